import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { readingOf } from '../probes/nvidia-smi.ts';
import { vllmLauncher } from './engine-choice.ts';
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

function gpu(name: string) {
  const nothing = { memoryTotalBytes: 1, memoryUsedBytes: 0, utilisation: 0, temperature: 0, power: 0 };
  return readingOf({ index: 0, name, capability: null, ...nothing });
}

test('a named program goes first, then a container, then a program that is there, then a refusal', () => {
  const [docker, podman, vllm] = ['docker', 'podman', 'vllm'].map((name) => program('path', name));
  const h100 = [gpu('NVIDIA H100')];
  const all = { PATH: `${vllm}:${podman}:${docker}` };
  assert.deepEqual(vllmLauncher({ ...all, INVENTIV_VLLM_PROGRAM: '/opt/vllm' }, h100), {
    kind: 'native',
    program: '/opt/vllm',
  });
  const chosen = vllmLauncher(all, h100);
  assert(!('code' in chosen) && chosen.kind === 'container');
  assert.deepEqual([chosen.runtime, chosen.vendor], ['docker', 'nvidia']);
  const amd = vllmLauncher({ PATH: `${vllm}:${podman}` }, [gpu('AMD Instinct MI300X (gfx942)')]);
  assert(!('code' in amd) && amd.kind === 'container');
  assert.deepEqual([amd.runtime, amd.vendor], ['podman', 'amd']);
  assert.match(amd.image, /rocm/);
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

async function recorded(runtime: 'docker' | 'podman', vendor: 'nvidia' | 'amd') {
  const folder = program('fake', runtime, RECORDER);
  const engine = vllmEngine(systemEnv(SILENT_LOG), {
    launcher: { kind: 'container', runtime, vendor, image: 'image:1' },
    cacheDir: '/models with space',
    env: { PATH: `${folder}:/usr/bin:/bin`, HF_TOKEN: 'a-token' },
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
