import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingOf } from '../probes/nvidia-smi.ts';
import type { Engine, EngineEvent, EngineOrder } from './engine.ts';
import { gpuRefusal, withUsableGpus } from './gpu-requirement.ts';

const ORDER: EngineOrder = {
  model: { hf_id: 'm', served_name: 'm', weights_bytes: 1, context_length: 1 },
  args: [],
  host: '127.0.0.1',
  port: 1,
};

function gpu(name: string, capability: string | null) {
  const nothing = { memoryTotalBytes: 1, memoryUsedBytes: 0, utilisation: 0, temperature: 0, power: 0 };
  return readingOf({ index: 0, name, capability, ...nothing });
}

test('what the driver says decides, and the name only where it says nothing', () => {
  const codes = (name: string, capability: string | null) =>
    gpuRefusal({ gpus: [gpu(name, capability)], problem: undefined })?.code;
  assert.equal(codes('Tesla P100-PCIE-16GB', '6.0'), 'gpu_unsupported');
  assert.equal(codes('Tesla V100-SXM2-16GB', '7.0'), 'gpu_unsupported');
  assert.equal(codes('Tesla T4', '7.5'), undefined);
  assert.equal(codes('NVIDIA B200', '10.0'), undefined);
  // Named like one that is too old, by a driver that knows better.
  assert.equal(codes('P100 of tomorrow', '13.0'), undefined);
  assert.equal(codes('AMD Instinct MI300X (gfx942)', null), undefined);
  assert.equal(codes('AMD Instinct MI100', null), 'gpu_unsupported');
  assert.equal(codes('never heard of', null), undefined);
  assert.equal(gpuRefusal({ gpus: [], problem: 'restart' })?.code, 'gpu_unusable');
  assert.equal(gpuRefusal({ gpus: [], problem: undefined }), undefined);
});

test('one old GPU among new ones is enough for a refusal, which is final and names it', async () => {
  const events: EngineEvent[] = [];
  let starts = 0;
  const engine: Engine = {
    name: 'vllm',
    pollMs: 1,
    start() {
      starts += 1;
      return { exited: Promise.resolve({ reason: 'ended', lastLines: [] }), stop: async () => undefined };
    },
  };
  const gpus = [gpu('NVIDIA H100', '9.0'), gpu('Tesla V100', '7.0')];
  const guarded = withUsableGpus(
    engine,
    async () => ({ gpus, problem: undefined }),
    () => engine,
  );
  await guarded.start(ORDER, (event) => events.push(event)).exited;
  assert.equal(starts, 0);
  assert.equal(events.length, 1);
  const [event] = events;
  assert(event?.kind === 'fault' && event.isFinal);
  assert.match(event.message, /Tesla V100.*7\.0.*7\.5/);
  const fine = withUsableGpus(
    engine,
    async () => ({ gpus: gpus.slice(0, 1), problem: undefined }),
    () => engine,
  );
  assert.equal((await fine.start(ORDER, () => undefined).exited).reason, 'ended');
  assert.equal(starts, 1);
});

test('told to end while the GPUs are looked at, it never starts', async () => {
  let answer: (report: { gpus: []; problem: undefined }) => void = () => undefined;
  const engine: Engine = {
    name: 'vllm',
    pollMs: 1,
    start() {
      throw new Error('started');
    },
  };
  const report = new Promise<{ gpus: []; problem: undefined }>((resolve) => {
    answer = resolve;
  });
  const run = withUsableGpus(
    engine,
    () => report,
    () => engine,
  ).start(ORDER, () => undefined);
  const stopped = run.stop(1_000);
  answer({ gpus: [], problem: undefined });
  await stopped;
  assert.equal((await run.exited).reason, 'told to end');
});
