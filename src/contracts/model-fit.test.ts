import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findGpuKind } from './gpu-kinds.ts';
import { diskNeeded, fitOf, type GpuShape, type ModelSize, vramNeeded } from './model-fit.ts';
import { kvBytesPerToken, type ModelShape } from './model-shape.ts';

const GIB = 2 ** 30;

function shape(change: Partial<ModelShape> = {}): ModelShape {
  return {
    family: 'llama',
    layers: 32,
    attention_heads: 32,
    kv_heads: 8,
    head_dim: 128,
    latent_dim: null,
    attention: [{ layers: 32, window: null }],
    dtype: 'bfloat16',
    quantisation: null,
    experts: null,
    ...change,
  };
}
function model(change: Partial<ModelSize> = {}): ModelSize {
  const found = change.shape === undefined ? shape() : change.shape;
  return {
    name: 'M',
    weightsBytes: 16_060_522_496,
    kvBytesPerToken: found && kvBytesPerToken(found),
    contextLength: 131_072,
    shape: found,
    ...change,
  };
}
function machine(gpuKind: string, gib: number, gpuCount = 1): GpuShape {
  return { code: `${gpuKind}-${gpuCount}`, gpuKind, gpuCount, vramBytesPerGpu: gib * GIB };
}
const codesOf = (fit: ReturnType<typeof fitOf>) => fit.reasons.map(({ code }) => code);

test('room for tokens is what an engine logged on a real machine', () => {
  // vLLM issue 12330: Llama 3 8B on an A100 of 40 GB, 90 % of it: 14.96 GiB of weights, 0.10 and 9.37 beside them.
  const fit = fitOf(
    model({ weightsBytes: 14.96 * GIB, contextLength: 8_192 }),
    { ...machine('A100', 39.5) },
    { memoryShare: 0.9, overheadBytes: 0.1 * GIB, activationBytes: 9.37 * GIB },
  );
  assert.ok(Math.abs((fit.kv_tokens ?? 0) - 5_691 * 16) / (5_691 * 16) < 0.001, `${fit.kv_tokens}`);
  assert.equal(fit.verdict, 'fits');
});

test('fits, tight and no, each with its reason and its figures', () => {
  const fits = fitOf(model(), machine('H100', 80));
  assert.deepEqual([fits.verdict, fits.reasons, fits.context_length], ['fits', [], 131_072]);
  const tight = fitOf(model(), machine('L4', 22.35));
  assert.deepEqual([tight.verdict, codesOf(tight), tight.fits], ['tight', ['context_cut'], true]);
  assert.ok(tight.context_length > 8_192 && tight.context_length < 131_072);
  assert.ok((tight.sequences ?? 0) >= 1);
  const no = fitOf(model({ weightsBytes: 65e9 }), machine('L4', 22.35));
  assert.deepEqual([no.verdict, codesOf(no), no.context_length], ['no', ['weights_too_large'], 0]);
  assert.match(no.explanation, /^M needs 62\.0 GiB .* L4-1 offers 20\.6 GiB .*: 41\.5 GiB too little/);
  const noRoom = fitOf(model({ weightsBytes: 20e9 }), machine('L4', 22.35));
  assert.deepEqual([noRoom.verdict, codesOf(noRoom)], ['no', ['context_too_small']]);
  assert.match(noRoom.explanation, /request of 8192 tokens/);
  const many = fitOf(model(), machine('H100', 80), { sequences: 50 });
  assert.deepEqual([many.verdict, codesOf(many)], ['tight', ['sequences_too_many']]);
});

test('GPUs are judged by what they can compute', () => {
  const on = (gpu: string, change: Partial<ModelShape>) =>
    fitOf(model({ weightsBytes: 4e9, contextLength: 8_192, shape: shape(change) }), machine(gpu, 40));
  assert.deepEqual(codesOf(on('P100', {})), ['gpu_unsupported']);
  assert.match(on('V100', {}).explanation, /V100 cannot run the engine: compute capability 7\.0/);
  assert.match(on('Radeon Pro V520', {}).explanation, /V520 cannot run the engine/);
  const t4 = on('T4', {});
  assert.deepEqual(
    [t4.verdict, codesOf(t4), t4.engine_args],
    ['tight', ['dtype_converted'], ['--dtype', 'half']],
  );
  assert.deepEqual(codesOf(on('T4', { family: 'gemma3_text' })), ['dtype_unsupported']);
  assert.equal(on('T4', { dtype: 'float16' }).verdict, 'fits');
  assert.deepEqual(codesOf(on('T4', { dtype: 'float16', quantisation: 'fp8' })), [
    'quantisation_unsupported',
  ]);
  const a100 = on('A100', { quantisation: 'fp8' });
  assert.deepEqual([a100.verdict, codesOf(a100)], ['fits', ['quantisation_emulated']]);
  assert.deepEqual(codesOf(on('L4', { quantisation: 'fp8' })), []);
  const unheard = on('Q9000', {});
  assert.deepEqual([unheard.verdict, codesOf(unheard)], ['fits', ['gpu_unknown']]);
  const told = fitOf(model(), { ...machine('Q9000', 80), computeCapability: 6.1 });
  assert.equal(told.verdict, 'no', 'the driver knows better than the name');
  for (const [name, capability] of [
    ['NVIDIA H100 80GB HBM3', 9],
    ['H100-SXM', 9],
    ['NVIDIA L40S', 8.9],
    ['A10G', 8.6],
    ['B300-SXM', 10.3],
    ['RTX PRO 6000', 12],
    ['T4g', 7.5],
    ['NVIDIA A100-SXM4-80GB', 8],
  ] as const) {
    assert.equal(findGpuKind(name)?.computeCapability, capability, name);
  }
});

test('heads are divided evenly: idle GPUs are told, and what cannot be divided is refused', () => {
  const seven = shape({ attention_heads: 28, kv_heads: 4 });
  const eight = fitOf(model({ shape: seven }), machine('L40S', 44.7, 8));
  assert.deepEqual([eight.tensor_parallel, eight.verdict, codesOf(eight)], [4, 'tight', ['gpus_idle']]);
  assert.deepEqual(fitOf(model({ shape: seven }), machine('L40S', 44.7, 4)).engine_args, [
    '--tensor-parallel-size',
    '4',
  ]);
  const asked = fitOf(model({ shape: seven }), machine('L40S', 44.7, 8), { tensorParallel: 8 });
  assert.deepEqual([asked.verdict, codesOf(asked)], ['no', ['heads_indivisible']]);
  const over = fitOf(model(), machine('H100', 80, 2), { tensorParallel: 4 });
  assert.deepEqual([over.verdict, codesOf(over)], ['no', ['heads_indivisible']]);
  // Fewer heads than GPUs: each is kept twice, so more GPUs hold no more of one token.
  const wide = machine('H100', 80, 8);
  const of = (kv: number) =>
    fitOf(model({ weightsBytes: 8e9, shape: shape({ kv_heads: kv }) }), wide).kv_tokens ?? 0;
  assert.ok(Math.abs(of(8) / of(4) - 1) < 0.01);
});

test('a window bounds what a layer keeps, compressed attention is kept by every GPU, an encoder keeps nothing', () => {
  const h100 = machine('H100', 80);
  const sliding = shape({
    attention: [
      { layers: 16, window: null },
      { layers: 16, window: 1_024 },
    ],
  });
  const [bounded, whole] = [fitOf(model({ shape: sliding }), h100), fitOf(model(), h100)];
  assert.ok((bounded.sequences ?? 0) > 1.7 * (whole.sequences ?? 0));
  const latent = shape({ latent_dim: 576, attention_heads: 128, kv_heads: 128 });
  const [one, four] = [1, 4].map((count) =>
    fitOf(model({ weightsBytes: 0, shape: latent }), machine('H100', 80, count)),
  );
  assert.equal(one?.kv_tokens, four?.kv_tokens);
  const encoder = fitOf(
    model({ kvBytesPerToken: 0, shape: shape({ attention: [] }), contextLength: 8_192 }),
    h100,
  );
  assert.deepEqual([encoder.verdict, encoder.kv_tokens, encoder.sequences], ['fits', null, null]);
});

test('unknown attention is never more than tight', () => {
  const unknown = model({ shape: null, kvBytesPerToken: null });
  const fit = fitOf(unknown, machine('H100', 80));
  assert.deepEqual([fit.verdict, codesOf(fit), fit.kv_tokens], ['tight', ['attention_unknown'], null]);
  const given = fitOf({ ...unknown, kvBytesPerToken: 131_072 }, machine('H100', 80));
  assert.equal(given.verdict, 'fits');
});

test('a disk has room for the system and for the weights twice', () => {
  for (const weightsBytes of [0, 1, 1e9, 16e9, 141e9, 689e9]) {
    const disk = diskNeeded({ weightsBytes });
    assert.ok(disk >= 130e9 && disk >= 40e9 + 2 * weightsBytes, `${disk}`);
    assert.equal(disk % 10e9, 0);
  }
});

const anyShape = fc
  .record({
    kvHeads: fc.constantFrom(1, 2, 4, 8, 16),
    perKv: fc.constantFrom(1, 2, 4, 5, 7, 8),
    headDim: fc.constantFrom(64, 128, 256),
    full: fc.integer({ min: 0, max: 60 }),
    sliding: fc.integer({ min: 0, max: 60 }),
    window: fc.constantFrom(128, 1_024, 4_096),
    latent: fc.constantFrom(null, 576),
    dtype: fc.constantFrom('bfloat16', 'float16', null),
    quantisation: fc.constantFrom(null, 'fp8', 'awq', 'mxfp4'),
  })
  .map(({ kvHeads, perKv, headDim, full, sliding, window, latent, dtype, quantisation }) =>
    shape({
      attention_heads: kvHeads * perKv,
      kv_heads: kvHeads,
      head_dim: headDim,
      layers: full + sliding,
      attention: [
        { layers: full, window: null },
        { layers: sliding, window },
      ],
      latent_dim: latent,
      dtype: dtype as ModelShape['dtype'],
      quantisation: quantisation as ModelShape['quantisation'],
    }),
  );
const anyModel = fc
  .record({
    weightsBytes: fc.integer({ min: 1e8, max: 8e11 }),
    contextLength: fc.integer({ min: 256, max: 1_000_000 }),
    shape: fc.option(anyShape, { freq: 5 }),
    kv: fc.option(fc.integer({ min: 0, max: 2_000_000 })),
  })
  .map(({ weightsBytes, contextLength, shape: found, kv }) =>
    model({
      weightsBytes,
      contextLength,
      shape: found,
      kvBytesPerToken: found ? kvBytesPerToken(found) : kv,
    }),
  );
const anyMachine = fc
  .record({
    kind: fc.constantFrom('T4', 'A100', 'L4', 'H100', 'B200', 'Q9'),
    gib: fc.integer({ min: 1, max: 288 }),
    count: fc.constantFrom(1, 2, 4, 8),
  })
  .map(({ kind, gib, count }) => machine(kind, gib, count));
const RANK = { no: 0, tight: 1, fits: 2 } as const;

test('more memory never makes it worse', () => {
  fc.assert(
    fc.property(anyModel, anyMachine, fc.integer({ min: 0, max: 100 * GIB }), (one, type, more) => {
      const less = fitOf(one, type);
      const larger = fitOf(one, { ...type, vramBytesPerGpu: type.vramBytesPerGpu + more });
      assert.ok(RANK[larger.verdict] >= RANK[less.verdict]);
      assert.ok(larger.kv_bytes_per_gpu >= less.kv_bytes_per_gpu);
      assert.ok(larger.context_length >= less.context_length);
    }),
    { numRuns: 1_000 },
  );
});

test('asking for a shorter context never makes it worse', () => {
  fc.assert(
    fc.property(
      anyModel,
      anyMachine,
      fc.tuple(fc.integer({ min: 1 }), fc.integer({ min: 1 })),
      (one, type, pair) => {
        const [short = 1, long = 1] = [...pair].sort((a, b) => a - b);
        const shorter = fitOf(one, type, { contextLength: short });
        const longer = fitOf(one, type, { contextLength: long });
        assert.ok(
          RANK[shorter.verdict] >= RANK[longer.verdict],
          `${shorter.explanation} / ${longer.explanation}`,
        );
        if (longer.fits) assert.ok((shorter.sequences ?? 0) >= (longer.sequences ?? 0));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('more GPUs that can share it evenly never make it worse', () => {
  fc.assert(
    fc.property(anyModel, anyMachine, fc.constantFrom(2, 4), (one, type, times) => {
      const wider = { ...type, gpuCount: type.gpuCount * times };
      const [few, many] = [fitOf(one, type), fitOf(one, wider)];
      fc.pre(many.tensor_parallel === wider.gpuCount && few.tensor_parallel === type.gpuCount);
      assert.ok(RANK[many.verdict] >= RANK[few.verdict], `${few.explanation} / ${many.explanation}`);
    }),
    { numRuns: 1_000 },
  );
});

test('it never fits when the weights exceed the memory, and what it says adds up', () => {
  fc.assert(
    fc.property(anyModel, anyMachine, (one, type) => {
      const fit = fitOf(one, type);
      if (one.weightsBytes > type.vramBytesPerGpu * type.gpuCount) assert.equal(fit.verdict, 'no');
      assert.equal(fit.fits, fit.verdict !== 'no');
      assert.equal(fit.fits, fit.context_length > 0);
      assert.ok(fit.context_length <= one.contextLength);
      if (!fit.fits) return;
      const { weights_bytes_per_gpu: weights, overhead_bytes_per_gpu: overhead } = fit;
      const taken = weights + overhead + fit.activation_bytes_per_gpu + fit.kv_bytes_per_gpu;
      assert.ok(taken <= fit.usable_bytes_per_gpu && fit.usable_bytes_per_gpu <= type.vramBytesPerGpu);
      if (fit.sequences !== null) assert.ok(fit.sequences >= 1, fit.explanation);
      assert.ok(type.gpuCount % 1 === 0 && fit.tensor_parallel <= type.gpuCount);
      assert.ok(vramNeeded(one) >= one.weightsBytes);
      assert.ok(fit.explanation.length > 20 && !/NaN|Infinity|undefined/.test(fit.explanation));
    }),
    { numRuns: 1_000 },
  );
});

test('memory is planned as drivers report it, not as it is sold, unless a driver told it', () => {
  const sold = fitOf(model(), machine('L40S', 48));
  assert.equal(sold.vram_bytes_per_gpu, 45_776 * 2 ** 20);
  const told = fitOf(model(), { ...machine('L40S', 48), computeCapability: 8.9 });
  assert.equal(told.vram_bytes_per_gpu, 48 * GIB);
  const part = fitOf(model({ weightsBytes: 1e9 }), machine('L4', 2.8));
  assert.equal(part.vram_bytes_per_gpu, 2.8 * GIB, 'a part of a GPU is no whole one');
});
