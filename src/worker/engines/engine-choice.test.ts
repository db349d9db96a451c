import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { FlavourLayer } from '#contracts/flavour-choice.ts';
import { flavourOrderSchema } from '#contracts/worker.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { GpuReading } from '../probes/gpu-probe.ts';
import { readingOf } from '../probes/nvidia-smi.ts';
import type { EngineEvent } from './engine.ts';
import { engineFor, vllmLauncher } from './engine-choice.ts';
import { PLAIN_FLAVOUR, type VllmFlavour } from './vllm-command.ts';
import { vllmEngine } from './vllm-engine.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'engines-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function program(folder: string, name: string, text = '#!/bin/sh\n'): string {
  const place = path.join(dir, folder);
  const file = path.join(mkdtempSync(`${place}-`), name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return path.dirname(file);
}

test('a named program goes first, then a container, then a program that is there, then a refusal', () => {
  const [docker, podman, vllm] = ['docker', 'podman', 'vllm'].map((name) => program('path', name));
  const h100 = { vendor: 'nvidia', image: 'image:1' } as const;
  const all = { PATH: `${vllm}:${podman}:${docker}` };
  assert.deepEqual(vllmLauncher({ ...all, INVENTIV_VLLM_PROGRAM: '/opt/vllm' }, h100), {
    kind: 'native',
    program: '/opt/vllm',
  });
  const chosen = vllmLauncher(all, h100);
  assert(!('code' in chosen) && chosen.kind === 'container');
  assert.deepEqual([chosen.runtime, chosen.vendor], ['docker', 'nvidia']);
  const amd = vllmLauncher({ PATH: `${vllm}:${podman}` }, { vendor: 'amd', image: 'rocm:1' });
  assert(!('code' in amd) && amd.kind === 'container');
  assert.deepEqual([amd.runtime, amd.vendor], ['podman', 'amd']);
  assert.equal(amd.image, 'rocm:1');
  const own = vllmLauncher({ PATH: String(docker), INVENTIV_VLLM_IMAGE: 'own:2' }, h100);
  assert(!('code' in own) && own.kind === 'container' && own.image === 'own:2');
  assert.deepEqual(vllmLauncher({ PATH: String(vllm) }, h100), { kind: 'native', program: `${vllm}/vllm` });
  const dead = program('path', 'docker', '#!/bin/sh\necho no daemon >&2; exit 1\n');
  assert.deepEqual(vllmLauncher({ PATH: `${vllm}:${dead}` }, h100), {
    kind: 'native',
    program: `${vllm}/vllm`,
  });
  const alone = vllmLauncher({ PATH: dead }, h100);
  assert(!('code' in alone) && alone.kind === 'container', 'its own error says what is wrong');
  const refused = vllmLauncher({ PATH: dir }, h100);
  assert('code' in refused && refused.code === 'engine_not_installed');
});

/** Notes what it is asked, as the last of `run` its environment, and ends. */
const RECORDER = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >>"$0.words"
printf -- '---\\n' >>"$0.words"
env >"$0.env"
`;

async function recorded(
  runtime: 'docker' | 'podman',
  vendor: 'nvidia' | 'amd',
  flavour: VllmFlavour = PLAIN_FLAVOUR,
) {
  const folder = program('fake', runtime, RECORDER);
  const engine = vllmEngine(systemEnv(SILENT_LOG), {
    launcher: { kind: 'container', runtime, vendor, image: 'image:1' },
    cacheDir: '/models with space',
    env: { PATH: `${folder}:/usr/bin:/bin`, HF_TOKEN: 'a-token' },
    ...{ flavour, isRootReadOnly: true },
  });
  const model = { hf_id: 'org/name', served_name: 'org/name', weights_bytes: 1, context_length: 8 };
  const order = { model, args: ['--dtype', 'half; touch x'], host: '127.0.0.1', port: 8001 };
  await engine.start(order, () => undefined).exited;
  const [removal = '', run = ''] = readFileSync(path.join(folder, `${runtime}.words`), 'utf8').split('---\n');
  const environment = readFileSync(path.join(folder, `${runtime}.env`), 'utf8');
  return { removal: removal.trimEnd().split('\n'), run: run.trimEnd().split('\n'), environment };
}

test('docker is asked for a container that sees the GPUs, its models and the loopback alone', async () => {
  const { removal, run, environment } = await recorded('docker', 'nvidia');
  assert.deepEqual(removal, ['rm', '-f', 'inventiv-engine-8001']);
  assert.deepEqual(run.slice(0, 6), ['run', '--rm', '--name', 'inventiv-engine-8001', '--gpus', 'all']);
  const isPair = (one: string, other: string) =>
    run.some((word, at) => word === one && run[at + 1] === other);
  assert.ok(isPair('--cap-drop', 'ALL'));
  assert.ok(isPair('--security-opt', 'no-new-privileges'));
  assert.ok(isPair('-p', '127.0.0.1:8001:8000'));
  assert.ok(isPair('-v', '/models with space:/root/.cache/huggingface'));
  assert.ok(isPair('-e', 'HF_TOKEN'));
  assert.ok(isPair('--dtype', 'half; touch x'), 'a word stays one word, whatever is in it');
  assert.ok(run.includes('--read-only') && isPair('--tmpfs', '/tmp:rw,exec,nosuid,nodev'));
  assert.ok(
    isPair('-e', 'HOME=/root/.cache/huggingface/engine-home'),
    'what it writes lies beside the models',
  );
  assert.ok(isPair('-e', 'HF_HOME=/root/.cache/huggingface'));
  assert.ok(!run.includes('--network'));
  assert.ok(!run.includes('--privileged') && !run.some((word) => word.includes('a-token')));
  assert.ok(environment.includes('HF_TOKEN=a-token'), 'by its name, from the environment');
  assert.ok(!/INVENTIV|AWS_|SCW_/.test(environment));
});

test('podman and AMD are asked in their own words', async () => {
  const { run } = await recorded('podman', 'amd');
  assert.ok(run.includes('/dev/kfd') && run.includes('seccomp=unconfined'));
  assert.ok(!run.includes('--gpus'));
  const nvidia = await recorded('podman', 'nvidia');
  assert.ok(nvidia.run.includes('nvidia.com/gpu=all'));
});

test('a flavour adds its directories, devices, variables and network, and its arguments before those of the order', async () => {
  const { run } = await recorded('docker', 'nvidia', {
    args: ['--max-num-seqs', '64'],
    environment: { NCCL_DEBUG: 'INFO; x' },
    mounts: [
      { source: '/data/adapters', target: '/adapters', read_only: true },
      { source: '/data/scratch', target: '/scratch', read_only: false },
    ],
    devices: ['/dev/infiniband'],
    network: 'engines',
  });
  const isPair = (one: string, other: string) =>
    run.some((word, at) => word === one && run[at + 1] === other);
  assert.ok(isPair('-v', '/data/adapters:/adapters:ro') && isPair('-v', '/data/scratch:/scratch'));
  assert.ok(isPair('--device', '/dev/infiniband') && isPair('--network', 'engines'));
  assert.ok(isPair('-e', 'NCCL_DEBUG=INFO; x'), 'a value stays one word');
  assert.ok(isPair('-p', '127.0.0.1:8001:8000'), 'in any network its port is open on the loopback alone');
  assert.ok(run.indexOf('--max-num-seqs') < run.indexOf('--dtype') && run.includes('--read-only'));
  assert.ok(run.indexOf('--network') < run.indexOf('image:1'), 'words of the runtime stand before the image');
});

const LAYERS: readonly FlavourLayer[] = [
  {
    origin: 'instance_type',
    flavour: 'fast',
    records: [
      recordOf({ gpu_family: 'hopper', image: 'hopper:1', args: ['--block-size', '32'] }),
      recordOf({ gpu_family: 'ada', image: 'ada:1' }),
    ],
  },
  { origin: 'global', flavour: 'all', records: [recordOf({ environment: { VLLM_LOGGING_LEVEL: 'DEBUG' } })] },
];

function recordOf(parts: Partial<FlavourLayer['records'][number]>): FlavourLayer['records'][number] {
  const nothing = { image: null, args: null, environment: null, mounts: null, devices: null, network: null };
  return { gpu_vendor: 'nvidia', gpu_family: null, provider_id: null, ...nothing, ...parts };
}

/** Starts the engine as the agent does, on a machine with these GPUs and this container runtime. */
async function startedOn(gpus: readonly GpuReading[], docker: string, starts = 1) {
  const runtime = program('fake', 'docker', docker);
  const config = {
    ...{ controlUrl: '', instanceId: 'inst_x', bootstrapToken: new Secret('x'), listenAddress: '127.0.0.1' },
    ...{ agentPort: 1, dataPort: 2, engineHost: '127.0.0.1', enginePort: 8001, powerOffCommand: undefined },
    ...{ stateDir: dir, logDir: dir },
  };
  const events: EngineEvent[] = [];
  const engine = engineFor(systemEnv(SILENT_LOG), {
    ...{ config, program: [], variables: { PATH: `${runtime}:/usr/bin:/bin` } },
    report: async () => ({ gpus: [...gpus], problem: undefined }),
  })('vllm');
  const model = { hf_id: 'org/name', served_name: 'org/name', weights_bytes: 1, context_length: 8 };
  const flavours = flavourOrderSchema.parse({ gpu_kind: 'H100', layers: LAYERS });
  const order = { model, args: [], host: '127.0.0.1', port: 8001, flavours };
  for (let start = 0; start < starts; start++) {
    await engine.start(order, (event) => events.push(event)).exited;
  }
  const words = path.join(runtime, 'docker.words');
  const told = existsSync(words) ? readFileSync(words, 'utf8').split('---\n') : [];
  return { events, runs: told.map((run) => run.split('\n')).filter(([word]) => word === 'run') };
}

function gpu(name: string, capability: string | null): GpuReading {
  const nothing = { memoryTotalBytes: 1, memoryUsedBytes: 0, utilisation: 0, temperature: 0, power: 0 };
  return readingOf({ index: 0, name, capability, ...nothing });
}

test('the GPUs that the driver tells decide, whatever was ordered', async () => {
  const hopper = await startedOn([gpu('NVIDIA H200', '9.0')], RECORDER);
  assert.ok(hopper.runs[0]?.includes('hopper:1') && hopper.runs[0]?.includes('--block-size'));
  const ada = await startedOn([gpu('NVIDIA L40S', '8.9')], RECORDER);
  assert.ok(ada.runs[0]?.includes('ada:1') && !ada.runs[0]?.includes('--block-size'));
  assert.ok(
    ada.runs[0]?.includes('VLLM_LOGGING_LEVEL=DEBUG'),
    'what the nearest does not say, the next says',
  );
  const blackwell = await startedOn([gpu('NVIDIA B200', '10.0')], RECORDER);
  assert.ok(blackwell.runs[0]?.some((word) => word.startsWith('vllm/vllm-openai:v')));
  const silent = await startedOn([], RECORDER);
  assert.ok(silent.runs[0]?.includes('hopper:1'), 'as ordered, where the driver tells none');
});

test('a GPU that no flavour is for ends the start with a sentence, and nothing is run', async () => {
  const { events, runs } = await startedOn([gpu('AMD Radeon RX 6800 (gfx1030)', null)], RECORDER);
  assert.deepEqual(runs, []);
  const [event] = events;
  assert(event?.kind === 'fault' && event.isFinal);
  assert.equal(event.code, 'engine_flavour_missing');
  assert.match(event.message, /AMD GPUs of an unknown family/);
});

/** As the container runtime says it when a hook of the driver cannot write into the root. */
const STUBBORN = `${RECORDER}case " $* " in *" --read-only "*)
  echo 'docker: Error response from daemon: OCI runtime create failed: error running createContainer hook #6: exit status 1' >&2; exit 125;;
esac
`;

test('a runtime that cannot make a root without writing is found out once, and the next start does without', async () => {
  const { events, runs } = await startedOn([gpu('NVIDIA H100', '9.0')], STUBBORN, 2);
  assert.equal(runs.length, 2);
  assert.ok(runs[0]?.includes('--read-only') && !runs[1]?.includes('--read-only'));
  const faults = events.filter((event) => event.kind === 'fault');
  assert.deepEqual(
    faults.map(({ code, isFinal }) => [code, isFinal ?? false]),
    [['engine_root_read_only', false]],
  );
});
