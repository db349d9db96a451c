import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { EngineOrder } from './engine.ts';
import { parseEngineEvent } from './engine-events.ts';
import { simulatedCommand } from './simulated-engine.ts';
import { blobsDirOf, PLAIN_FLAVOUR, vllmCommand } from './vllm-command.ts';
import { parseVllmLine } from './vllm-log.ts';

const DOCKER = {
  kind: 'container',
  runtime: 'docker',
  vendor: 'nvidia',
  image: 'vllm/vllm-openai:v1',
} as const;
const NOTHING = { mounts: null, devices: null, network: null };
const PLAIN = { flavour: PLAIN_FLAVOUR, isRootReadOnly: true } as const;
const ORDER: EngineOrder = {
  model: { hf_id: 'org/name', served_name: 'name', weights_bytes: 1000, context_length: 8192 },
  args: ['--tensor-parallel-size', '2'],
  host: '127.0.0.1',
  port: 8001,
};

describe('the command line of vLLM', () => {
  it('serves the ordered model on loopback, order arguments last', () => {
    const { args } = vllmCommand(
      { launcher: { kind: 'native', program: '/opt/vllm' }, cacheDir: '/cache', env: {}, ...PLAIN },
      ORDER,
    );
    assert.deepEqual(args.slice(3), [
      ...['/opt/vllm', 'serve', 'org/name', '--host', '127.0.0.1', '--port', '8001'],
      ...['--served-model-name', 'name', '--max-model-len', '8192'],
      ...['--enable-prompt-tokens-details', '--disable-uvicorn-access-log'],
      ...['--allowed-media-domains', 'none.invalid'],
      ...['--tensor-parallel-size', '2'],
    ]);
  });

  it('is led to no address by a request, nor sent on from one that the order allows', () => {
    for (const launcher of [{ kind: 'native', program: '/opt/vllm' }, DOCKER] as const) {
      const order = { ...ORDER, args: ['--allowed-media-domains', 'pictures.example.com'] };
      const { args, env } = vllmCommand({ launcher, cacheDir: '/cache', env: {}, ...PLAIN }, order);
      const at = args.indexOf('--allowed-media-domains');
      assert.deepEqual(args.slice(at, at + 2), ['--allowed-media-domains', 'none.invalid']);
      assert.ok(args.lastIndexOf('--allowed-media-domains') > at, 'the order has the last word');
      assert.equal(env['VLLM_MEDIA_URL_ALLOW_REDIRECTS'], '0');
      if (launcher.kind === 'container') assert.ok(args.includes('VLLM_MEDIA_URL_ALLOW_REDIRECTS=0'));
    }
  });

  it('publishes a container only on the engine address, and never shows the token', () => {
    const command = vllmCommand(
      {
        launcher: DOCKER,
        cacheDir: '/cache',
        env: { HF_TOKEN: 'hf_secret', PATH: '/bin' },
        ...PLAIN,
      },
      ORDER,
    );
    const line = command.args.join(' ');
    assert.match(line, /docker run --rm --name inventiv-engine-8001 --gpus all --ipc=host/);
    assert.match(
      line,
      /--security-opt no-new-privileges --cap-drop ALL --cap-add DAC_OVERRIDE --pids-limit 16384 --read-only --tmpfs \/tmp:rw,exec,nosuid,nodev -v \/cache:\/root\/.cache\/huggingface -e HF_HOME=\/root\/.cache\/huggingface -e HOME=\/root\/.cache\/huggingface\/engine-home -p 127.0.0.1:8001:8000 -e HF_TOKEN -e VLLM_MEDIA_URL_ALLOW_REDIRECTS=0 --entrypoint vllm/,
    );
    assert.match(line, /vllm\/vllm-openai:v1 serve org\/name --host 0.0.0.0 --port 8000/);
    assert.ok(!line.includes('hf_secret'));
    assert.equal(command.env['HF_TOKEN'], 'hf_secret');
  });

  it('names the directory in which the download grows', () => {
    assert.equal(blobsDirOf('/cache', 'org/name'), '/cache/hub/models--org--name/blobs');
  });
});

/** The leash of the real command around any program. */
function onLeash(...program: string[]): ChildProcess {
  const { command, args } = vllmCommand(
    { launcher: { kind: 'native', program: '/bin/true' }, cacheDir: '/cache', env: {}, ...PLAIN },
    ORDER,
  );
  return spawn(command, [...args.slice(0, 3), ...program], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [text] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return text.toString().trim();
}

describe('the leash of an engine that does not watch its stdin', { timeout: 20_000 }, () => {
  it('ends the engine when the pipe closes', async () => {
    const child = onLeash('/bin/sh', '-c', 'echo $$; exec sleep 60');
    const pid = Number(await firstLine(child));
    assert.ok(isAlive(pid));
    child.stdin?.destroy();
    await once(child, 'exit');
    assert.ok(!isAlive(pid));
  });

  it('passes a signal on and gives the exit status of the engine', async () => {
    const child = onLeash('/bin/sh', '-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done');
    await firstLine(child);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 7);
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  });
});

describe('the log of vLLM', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    [
      'Loading safetensors checkpoint shards:  50% Completed | 2/4 [00:01<00:01]',
      { kind: 'loading', bytes: 500, total: 1000 },
    ],
    [
      'INFO 11-01 [gpu_model_runner.py:1] Starting to load model org/name...',
      { kind: 'loading', bytes: 0, total: 1000 },
    ],
    ['INFO Model loading took 14.99 GiB and 3.1 seconds', { kind: 'loading', bytes: 1000, total: 1000 }],
    ['INFO:     Application startup complete.', { kind: 'ready' }],
    ['INFO something else', undefined],
  ];
  for (const [line, event] of cases) {
    it(`is understood: ${line.slice(0, 50)}`, () => assert.deepEqual(parseVllmLine(line, 1000), event));
  }

  it('names the known reasons of a failure', () => {
    const code = (line: string): string | undefined => {
      const event = parseVllmLine(line, 1);
      return event?.kind === 'fault' ? event.code : undefined;
    };
    assert.equal(code('torch.OutOfMemoryError: CUDA out of memory. Tried'), 'engine_out_of_memory');
    assert.equal(code('ValueError: No available memory for the cache blocks.'), 'engine_out_of_memory');
    assert.equal(code('huggingface_hub.errors.GatedRepoError: 403 Client Error.'), 'model_access_denied');
    assert.equal(code('RepositoryNotFoundError: 404'), 'model_not_found');
    assert.equal(code('OSError: [Errno 28] No space left on device'), 'disk_full');
    assert.equal(code('RuntimeError: No CUDA GPUs are available'), 'gpu_unusable');
  });
});

describe('the simulated engine', () => {
  it('is started with the flags of its order and told to die with its parent', () => {
    const { command, args } = simulatedCommand({ command: ['/bin/engine', 'x'], env: {} }, ORDER);
    assert.equal(command, '/bin/engine');
    assert.equal(
      args.join(' '),
      'x --host 127.0.0.1 --port 8001 --model org/name --served-model-name name --max-model-len 8192 --weights-bytes 1000 --enable-prompt-tokens-details --die-with-parent --tensor-parallel-size 2',
    );
  });

  it('takes the variables and arguments of the flavour for the GPUs of its order', () => {
    const part = { gpu_vendor: 'nvidia', provider_id: null, image: null, ...NOTHING } as const;
    const record = { ...part, gpu_family: 'hopper', args: ['--max-num-seqs', '3'], environment: { A: '1' } };
    const layers = [{ origin: 'global' as const, flavour: 'fast', records: [record as never] }];
    const commandOn = (gpuKind: string) =>
      simulatedCommand(
        { command: ['/bin/engine'], env: { PATH: '/bin' } },
        { ...ORDER, flavours: { gpu_kind: gpuKind, layers } },
      );
    const hopper = commandOn('H100');
    assert.ok(hopper.args.join(' ').endsWith('--max-num-seqs 3 --tensor-parallel-size 2'));
    assert.deepEqual(hopper.env, { PATH: '/bin', A: '1' });
    assert.ok(!commandOn('L4').args.includes('--max-num-seqs'));
  });

  it('tells its start in events; other lines are none', () => {
    assert.deepEqual(parseEngineEvent('{"event":"pull","bytes":1,"total":2}'), {
      kind: 'pulling',
      bytes: 1,
      total: 2,
    });
    assert.deepEqual(parseEngineEvent('{"event":"ready"}'), { kind: 'ready' });
    for (const line of ['', 'hello', '[]', 'null', '{"event":"other"}', '{"level":"info"}']) {
      assert.equal(parseEngineEvent(line), undefined);
    }
  });
});
