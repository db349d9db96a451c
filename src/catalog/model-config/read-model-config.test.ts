import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#kernel/errors.ts';
import { GPT_OSS_20B, LLAMA_3_1_8B, MIXTRAL, QWEN2_5_7B, QWEN3_8B } from '../testing/base-configs.ts';
import { CONFIGS } from '../testing/published-configs.ts';
import { readModelConfig } from './read-model-config.ts';

test('parameters agree with what was published, within two percent', () => {
  assert.ok(CONFIGS.length >= 25);
  for (const { name, config, parameters } of CONFIGS) {
    const found = readModelConfig(config, 4_096);
    const off = Math.abs(found.parameters - parameters) / parameters;
    assert.ok(off < 0.02, `${name}: ${found.parameters} for ${parameters}, ${(off * 100).toFixed(2)} % off`);
    assert.deepEqual(found.warnings, [], name);
  }
});

test('bytes of weights agree with the published files, by type and quantisation', () => {
  const bits4 = { quant_method: 'awq', bits: 4, group_size: 128, zero_point: true };
  const bnb = { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_use_double_quant: true };
  const fp8 = {
    quant_method: 'compressed-tensors',
    config_groups: { group_0: { weights: { num_bits: 8, type: 'float', strategy: 'tensor' } } },
    ignore: ['lm_head'],
  };
  const cases: [string, object, number][] = [
    ['Llama-3.1-8B', LLAMA_3_1_8B, 16_060_522_496],
    ['Mixtral-8x7B', MIXTRAL, 93_405_585_408],
    ['gpt-oss-20b', GPT_OSS_20B, 13_761_300_984],
    ['Qwen2.5-7B-Instruct-AWQ', { ...QWEN2_5_7B, quantization_config: bits4 }, 5_570_000_000],
    [
      'Qwen2.5-7B GPTQ',
      { ...QWEN2_5_7B, quantization_config: { ...bits4, quant_method: 'gptq' } },
      5_570_000_000,
    ],
    ['Llama-3.1-8B FP8', { ...LLAMA_3_1_8B, quantization_config: fp8 }, 9_080_000_000],
    ['Llama-3.1-8B bnb 4 bits', { ...LLAMA_3_1_8B, quantization_config: bnb }, 5_700_000_000],
    ['Llama-3.1-8B in 32 bits', { ...LLAMA_3_1_8B, torch_dtype: 'float32' }, 32_121_044_992],
  ];
  for (const [name, config, bytes] of cases) {
    const found = readModelConfig(config).weightsBytes;
    assert.ok(Math.abs(found - bytes) / bytes < 0.02, `${name}: ${found} for ${bytes}`);
  }
  // The published file has a layer that predicts one token more, of 14 GB, which is not loaded.
  const deepseek = CONFIGS.find(({ name }) => name === 'DeepSeek-V3');
  const found = readModelConfig(deepseek?.config).weightsBytes;
  assert.ok(Math.abs(found - 674e9) / 674e9 < 0.02, `${found}`);
});

test('the attention keeps what its kind keeps', () => {
  const of = (name: string) => readModelConfig(CONFIGS.find((one) => one.name === name)?.config);
  assert.equal(readModelConfig(LLAMA_3_1_8B).kvBytesPerToken, 131_072);
  assert.equal(of('DeepSeek-V3').kvBytesPerToken, 61 * (512 + 64) * 2, 'compressed: one row per layer');
  assert.equal(of('DeepSeek-V3').shape.latent_dim, 576);
  assert.equal(of('bge-m3').kvBytesPerToken, 0, 'an encoder keeps nothing');
  assert.deepEqual(of('gemma-3-27b-it').shape.attention, [
    { layers: 10, window: null },
    { layers: 52, window: 1_024 },
  ]);
  assert.deepEqual(of('gemma-2-9b').shape.attention, [
    { layers: 21, window: null },
    { layers: 21, window: 4_096 },
  ]);
  assert.deepEqual(readModelConfig(GPT_OSS_20B).shape.attention, [
    { layers: 12, window: null },
    { layers: 12, window: 128 },
  ]);
  assert.deepEqual(of('Phi-3-mini-4k').shape.attention, [{ layers: 32, window: 2_047 }]);
  assert.deepEqual(
    readModelConfig(QWEN2_5_7B).shape.attention,
    [{ layers: 28, window: null }],
    'its window is written down and switched off',
  );
});

test('the context is what the engine makes of it', () => {
  const scaled = (rope_scaling: object) => readModelConfig({ ...QWEN3_8B, rope_scaling }).contextLength;
  assert.equal(readModelConfig(QWEN3_8B).contextLength, 40_960);
  assert.equal(scaled({ rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 }), 131_072);
  assert.equal(scaled({ type: 'linear', factor: 2 }), 81_920);
  assert.equal(scaled({ rope_type: 'llama3', factor: 8 }), 40_960, 'has its factor in it already');
  assert.equal(readModelConfig(GPT_OSS_20B).contextLength, 131_072);
  assert.equal(readModelConfig(QWEN3_8B, 20_000).contextLength, 20_000, 'a person may say otherwise');
  assert.equal(readModelConfig(CONFIGS.find(({ name }) => name === 'bge-m3')?.config).contextLength, 8_192);
});

test('what makes no sense is refused with its field and what to do', () => {
  const cases: [object, string, RegExp][] = [
    [{ num_hidden_layers: -1 }, 'config.num_hidden_layers', /whole number/],
    [{ num_hidden_layers: 1e6 }, 'config.num_hidden_layers', /more than any model has/],
    [{ num_hidden_layers: '32' }, 'config.num_hidden_layers', /"32"/],
    [{ hidden_size: 0 }, 'config.hidden_size', /from 1/],
    [{ hidden_size: null }, 'config.hidden_size', /is missing.*n_embd.*whole config\.json/],
    [{ hidden_size: 4_097 }, 'config.num_attention_heads', /does not divide the hidden size/],
    [{ num_key_value_heads: 7 }, 'config.num_key_value_heads', /does not divide the 32 heads/],
    [{ vocab_size: 1.5 }, 'config.vocab_size', /whole number/],
    [{ torch_dtype: 'complex64' }, 'config.torch_dtype', /known are float32/],
    [{ tie_word_embeddings: 'yes' }, 'config.tie_word_embeddings', /true or false/],
    [{ max_position_embeddings: null }, 'config.max_position_embeddings', /context_length/],
    [{ rope_scaling: { type: 'linear', factor: -2 } }, 'config.rope_scaling.factor', /above 0/],
    [{ rope_scaling: 'yarn' }, 'config.rope_scaling', /object/],
    [
      { quantization_config: { quant_method: 'magic' } },
      'config.quantization_config.quant_method',
      /`magic`; known/,
    ],
    [
      { quantization_config: { quant_method: 'awq', bits: 99 } },
      'config.quantization_config.bits',
      /16 bits/,
    ],
    [
      { quantization_config: { quant_method: 'compressed-tensors' } },
      'config.quantization_config.config_groups',
      /no group/,
    ],
    [{ layer_types: ['full_attention'] }, 'config.layer_types', /names 1 layers, and there are 32/],
  ];
  for (const [change, param, message] of cases) {
    assert.throws(
      () => readModelConfig({ ...LLAMA_3_1_8B, ...change }),
      (error: AppError) => {
        assert.equal(error.code, 'model.config_invalid');
        assert.equal(error.details?.['param'], param, JSON.stringify(change));
        assert.match(error.publicMessage, message);
        return true;
      },
      JSON.stringify(change),
    );
  }
  for (const wrong of [null, [], 'x', 7, {}]) {
    assert.throws(() => readModelConfig(wrong), { code: 'model.config_invalid' });
  }
});

test('an unknown family and unsaid types are estimated, and it is said', () => {
  const { torch_dtype: _, ...rest } = LLAMA_3_1_8B;
  const found = readModelConfig({ ...rest, model_type: 'quite_new', unheard_of: { deep: true } });
  assert.equal(found.warnings.length, 2);
  assert.match(found.warnings.join(' '), /`quite_new` is not a family.*16 bits are assumed/s);
  const hybrid = Array.from({ length: 32 }, (_, n) => (n % 4 === 3 ? 'full_attention' : 'linear_attention'));
  const next = readModelConfig({ ...LLAMA_3_1_8B, layer_types: hybrid });
  assert.deepEqual(next.shape.attention, [{ layers: 8, window: null }]);
  assert.match(next.warnings.join(' '), /24 of 32 layers are no attention/);
});

test('whatever is posted, it is read or refused by name, and never breaks', () => {
  const keys = [...new Set(CONFIGS.flatMap(({ config }) => Object.keys(config)))];
  const change = fc.dictionary(fc.constantFrom(...keys, 'x'), fc.jsonValue(), { maxKeys: 5 });
  fc.assert(
    fc.property(fc.constantFrom(...CONFIGS), change, ({ config }, changes) => {
      try {
        const found = readModelConfig({ ...config, ...changes }, 4_096);
        for (const figure of [found.parameters, found.weightsBytes, found.kvBytesPerToken]) {
          assert.ok(Number.isFinite(figure) && figure >= 0, `${figure}`);
        }
      } catch (error) {
        assert.ok(error instanceof AppError, String(error));
        assert.equal(error.code, 'model.config_invalid');
      }
    }),
    { numRuns: 2_000 },
  );
});
