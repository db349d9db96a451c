import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskNeeded, vramNeeded } from '#contracts/model-fit.ts';
import { requireEngineArgs, wishOfEngineArgs } from './engine-args.ts';
import { type FittedModel, fitOfModel } from './fit.ts';
import { readModelConfig } from './model-config/read-model-config.ts';
import { AWS } from './seeds/aws.ts';
import { MODELS } from './seeds/models.ts';
import { SCALEWAY } from './seeds/scaleway.ts';
import type { TypeSeed } from './seeds/seed.ts';
import { CONFIGS } from './testing/published-configs.ts';

const model = (hfId: string, engineArgs: readonly string[] = []): FittedModel => {
  const found = MODELS.find((candidate) => candidate.hfId === hfId);
  assert(found, hfId);
  return { ...found, engineArgs };
};
const type = (code: string): TypeSeed => {
  const found = [...SCALEWAY.types, ...AWS.types].find((candidate) => candidate.code === code);
  assert(found, code);
  return found;
};

test('what people know to fit fits, and what does not does not', () => {
  const cases: [string, string, string][] = [
    ['Qwen/Qwen3-8B', 'L4-1-24G', 'tight'],
    ['Qwen/Qwen3-4B', 'L4-1-24G', 'fits'],
    ['Qwen/Qwen3-14B', 'L4-1-24G', 'no'],
    ['Qwen/Qwen3-14B', 'L40S-1-48G', 'fits'],
    ['Qwen/Qwen3-32B', 'H100-1-80G', 'tight'],
    ['Qwen/Qwen3-32B', 'H100-2-80G', 'fits'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'H100-1-80G', 'no'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'H100-2-80G', 'tight'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'H100-SXM-4-80G', 'fits'],
    ['openai/gpt-oss-120b', 'H100-1-80G', 'fits'],
    ['deepseek-ai/DeepSeek-R1', 'H100-SXM-8-80G', 'no'],
    ['deepseek-ai/DeepSeek-R1', 'p5e.48xlarge', 'fits'],
    ['Qwen/Qwen3-0.6B', 'g6f.large', 'no'],
    ['Qwen/Qwen3-0.6B', 'g6f.4xlarge', 'fits'],
    ['Qwen/Qwen2.5-7B-Instruct', 'L40S-8-48G', 'tight'],
    ['BAAI/bge-m3', 'L4-1-24G', 'fits'],
  ];
  const found = cases.map(([hfId, code]) => [hfId, code, fitOfModel(model(hfId), type(code)).verdict]);
  assert.deepEqual(found, cases);
});

test('a GPU that the engine does not run on fits nothing, and it is said why', () => {
  for (const [code, reason] of [
    ['RENDER-S', /P100 cannot run the engine: compute capability 6\.0/],
    ['p3dn.24xlarge', /V100 cannot run the engine: compute capability 7\.0/],
    ['g4ad.xlarge', /V520 cannot run the engine/],
  ] as const) {
    const fit = fitOfModel(model('Qwen/Qwen3-0.6B'), type(code));
    assert.equal(fit.fits, false);
    assert.match(fit.explanation, reason);
  }
});

test('every model of ours says what it needs, and agrees with its published configuration', () => {
  for (const seed of MODELS) {
    assert(vramNeeded(seed) >= seed.weightsBytes, seed.hfId);
    assert(diskNeeded(seed) >= seed.weightsBytes * 2, seed.hfId);
    assert(seed.shape, seed.hfId);
    const published = CONFIGS.find(({ name }) => name === seed.name);
    if (!published) continue;
    const read = readModelConfig(published.config);
    assert.deepEqual(seed.shape, read.shape, seed.hfId);
    assert.equal(seed.contextLength, read.contextLength, seed.hfId);
    assert.equal(seed.kvBytesPerToken, read.kvBytesPerToken, seed.hfId);
  }
  const compared = MODELS.filter(({ name }) => CONFIGS.some((one) => one.name === name));
  assert(compared.length >= 8, `${compared.length}`);
});

test("a model's own arguments decide over how many GPUs it goes and how much of them it takes", () => {
  const args = ['--tensor-parallel-size', '1', '--gpu-memory-utilization=0.5'];
  const own = fitOfModel(model('Qwen/Qwen3-4B', args), type('H100-2-80G'));
  assert.deepEqual([own.tensor_parallel, own.engine_args], [1, []], 'and nothing is said twice');
  const usual = fitOfModel(model('Qwen/Qwen3-4B'), type('H100-2-80G'));
  assert.deepEqual(usual.engine_args, ['--tensor-parallel-size', '2']);
  assert(own.usable_bytes_per_gpu < usual.usable_bytes_per_gpu);
  assert.deepEqual(wishOfEngineArgs(['-tp', '4', '--gpu-memory-utilization', '7']), { tensorParallel: 4 });
  assert.equal(fitOfModel(model('Qwen/Qwen3-4B', ['-tp', '3']), type('H100-SXM-4-80G')).verdict, 'no');
});

test('arguments that would open the engine or contradict the platform are refused by name', () => {
  for (const arg of [
    '--host',
    '--port=1',
    '--api-key',
    '--served-model-name',
    '--served_model_name',
    '--SSL-keyfile',
    '--max-model-len',
    '--max-model',
    '--hos',
    '--hf_token=x',
    '-dp',
    '--reasoning-parser-p',
    '--allowed-local-media-path=/',
    '--allowed-loc',
    '--middleware',
    '--kv-transfer-config',
    '--data-parallel-size',
  ]) {
    assert.throws(() => requireEngineArgs(['--seed', '1', arg]), { code: 'request.invalid' }, arg);
  }
  assert.throws(() => requireEngineArgs(['8', '--seed']), /begin with/);
  requireEngineArgs([]);
  requireEngineArgs([
    '--max-num-seqs',
    '64',
    '--quantization=awq',
    '--enable-auto-tool-choice',
    '--tool-call-parser',
    'hermes',
    '--reasoning-parser',
    'qwen3',
  ]);
});
