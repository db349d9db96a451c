import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskNeeded, fits, vramNeeded, vramUsable } from './fit.ts';
import { AWS } from './seeds/aws.ts';
import { MODELS } from './seeds/models.ts';
import { SCALEWAY } from './seeds/scaleway.ts';
import type { ModelSeed, TypeSeed } from './seeds/seed.ts';

const model = (hfId: string): ModelSeed => {
  const found = MODELS.find((candidate) => candidate.hfId === hfId);
  assert(found, hfId);
  return found;
};
const type = (code: string): TypeSeed => {
  const found = [...SCALEWAY.types, ...AWS.types].find((candidate) => candidate.code === code);
  assert(found, code);
  return found;
};

test('what people know to fit fits, and what does not does not', () => {
  const cases: [string, string, boolean][] = [
    ['Qwen/Qwen3-8B', 'L4-1-24G', true],
    ['Qwen/Qwen3-14B', 'L4-1-24G', false],
    ['Qwen/Qwen3-14B', 'L40S-1-48G', true],
    ['Qwen/Qwen3-32B', 'H100-1-80G', true],
    ['meta-llama/Llama-3.3-70B-Instruct', 'H100-1-80G', false],
    ['meta-llama/Llama-3.3-70B-Instruct', 'H100-2-80G', true],
    ['openai/gpt-oss-120b', 'H100-1-80G', true],
    ['deepseek-ai/DeepSeek-R1', 'H100-SXM-8-80G', false],
    ['deepseek-ai/DeepSeek-R1', 'p5e.48xlarge', true],
    ['Qwen/Qwen3-0.6B', 'g6f.large', false],
    ['Qwen/Qwen3-0.6B', 'g6f.4xlarge', true],
  ];
  for (const [hfId, code, expected] of cases) {
    assert.equal(fits(model(hfId), type(code)).fits, expected, `${hfId} on ${code}`);
  }
});

test('a GPU that the engine does not run on fits nothing, and it is said why', () => {
  for (const [code, reason] of [
    ['RENDER-S', /P100 cannot run the engine: compute capability 6\.0/],
    ['p3dn.24xlarge', /V100 cannot run the engine: compute capability 7\.0/],
    ['g4ad.xlarge', /V520 cannot run the engine/],
  ] as const) {
    const fit = fits(model('Qwen/Qwen3-0.6B'), type(code));
    assert.equal(fit.fits, false);
    assert.match(fit.explanation, reason);
  }
});

test('the explanation names need, offer and what is missing', () => {
  const fit = fits(model('Qwen/Qwen3-14B'), type('L4-1-24G'));
  assert.match(
    fit.explanation,
    /^Qwen3-14B needs 30\.0 GiB .* L4-1-24G offers 19\.1 GiB .*: 10\.9 GiB too little\.$/,
  );
});

test('more memory never makes a model stop fitting, and every need is positive', () => {
  for (const seed of MODELS) {
    const needed = vramNeeded(seed);
    assert(needed >= seed.weightsBytes);
    const shape = { code: 'x', gpuCount: 1, gpuKind: 'H100' };
    let fitted = false;
    for (let gib = 1; gib <= 1_024; gib *= 2) {
      const now = fits(seed, { ...shape, vramBytesPerGpu: gib * 2 ** 30 }).fits;
      assert(now || !fitted, `${seed.hfId} at ${gib} GiB`);
      fitted = now;
    }
    assert(diskNeeded(seed) >= seed.weightsBytes * 2);
  }
  assert.equal(vramUsable({ code: 'x', gpuCount: 1, gpuKind: 'x', vramBytesPerGpu: 1 }), 0);
});

test('a model of unknown attention gets a share of its weights', () => {
  const size = { weightsBytes: 10_000_000_000, kvBytesPerToken: null, contextLength: 8_192 };
  assert.equal(vramNeeded(size), 12_000_000_000);
});
