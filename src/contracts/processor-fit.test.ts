import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fitOf, type GpuShape, type ModelSize } from './model-fit.ts';

const GIB = 1024 ** 3;
const FILE: ModelSize = {
  name: 'F',
  weightsBytes: 4 * GIB,
  kvBytesPerToken: 114_688,
  contextLength: 32_768,
  shape: null,
  gguf: { source: '/f.gguf' },
};
const machine = (gib: number, gpuCount = 0): GpuShape => ({
  ...{ code: 'HERE', gpuCount, gpuKind: gpuCount === 0 ? 'CPU' : 'L4' },
  ...{ vramBytesPerGpu: gpuCount === 0 ? 0 : 24 * GIB, memoryBytes: gib * GIB },
});
const codesOf = (model: ModelSize, type: GpuShape) => fitOf(model, type).reasons.map(({ code }) => code);

test('files belong to machines without GPUs, and other models to those with GPUs', () => {
  assert.deepEqual(codesOf(FILE, machine(64)), []);
  assert.deepEqual(codesOf(FILE, machine(64, 1)), ['gpu_unused']);
  assert.deepEqual(codesOf({ ...FILE, gguf: null }, machine(64)), ['gpu_missing']);
  assert.match(fitOf(FILE, machine(64)).explanation, /slower than on a GPU/);
  assert.deepEqual(fitOf(FILE, machine(64)).engine_args, ['--max-num-seqs', '4']);
});

test('a small memory cuts the context, then the model', () => {
  assert.deepEqual(codesOf(FILE, machine(8)), ['context_cut']);
  assert.deepEqual(codesOf(FILE, machine(5.7)), ['context_too_small']);
  assert.deepEqual(codesOf(FILE, machine(4)), ['weights_too_large']);
  assert.equal(fitOf(FILE, machine(4)).context_length, 0);
});

test('all that it promises has room', () => {
  const kept = fc.integer({ min: 0, max: 1_000_000 });
  void fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 512 }),
      fc.double({ min: 0.1, max: 80, noNaN: true }),
      kept,
      (gib, weights, kv) => {
        const model = { ...FILE, weightsBytes: Math.ceil(weights * GIB), kvBytesPerToken: kv };
        const fit = fitOf(model, machine(gib));
        if (!fit.fits) return;
        const taken = fit.weights_bytes_per_gpu + fit.overhead_bytes_per_gpu + fit.activation_bytes_per_gpu;
        const atOnce = Number(fit.engine_args[1]);
        // One request always has its room; more are promised only where all of them have.
        assert.ok(atOnce >= 1 && atOnce <= 4);
        assert.ok(taken + atOnce * kv * fit.context_length <= fit.usable_bytes_per_gpu);
        assert.ok(fit.usable_bytes_per_gpu <= gib * GIB);
      },
    ),
  );
});
