import { kvBytesPerToken, type ModelShape } from '#contracts/model-shape.ts';
import type { ModelSeed } from './seed.ts';

/**
 * Models that run on the engine as they are. Weights are the bytes of the published tensors; what the
 * attention keeps follows from the model's shape.
 */
export const MODELS: readonly ModelSeed[] = [
  model('Qwen/Qwen3-0.6B', 751_632_384, shape('qwen3', [28, 16, 8, 128]), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-1.7B', 2_031_739_904, shape('qwen3', [28, 16, 8, 128]), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-4B', 4_022_468_096, shape('qwen3', [36, 32, 8, 128]), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-8B', 8_190_735_360, shape('qwen3', [36, 32, 8, 128]), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-14B', 14_768_307_200, shape('qwen3', [40, 40, 8, 128]), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-32B', 32_762_123_264, shape('qwen3', [64, 64, 8, 128]), 40_960, 'apache-2.0'),
  model(
    'Qwen/Qwen3-30B-A3B',
    30_532_122_624,
    shape('qwen3_moe', [48, 32, 4, 128], { experts: 128 }),
    40_960,
    'apache-2.0',
  ),
  model(
    'Qwen/Qwen3-235B-A22B',
    235_093_634_560,
    shape('qwen3_moe', [94, 64, 4, 128], { experts: 128 }),
    40_960,
    'apache-2.0',
  ),
  model('Qwen/Qwen2.5-7B-Instruct', 7_615_616_512, shape('qwen2', [28, 28, 4, 128]), 32_768, 'apache-2.0'),
  model('Qwen/Qwen2.5-72B-Instruct', 72_706_203_648, shape('qwen2', [80, 64, 8, 128]), 32_768, 'qwen'),
  model(
    'meta-llama/Llama-3.2-3B-Instruct',
    3_212_749_824,
    shape('llama', [28, 24, 8, 128]),
    131_072,
    'llama3.2',
  ),
  model(
    'meta-llama/Llama-3.1-8B-Instruct',
    8_030_261_248,
    shape('llama', [32, 32, 8, 128]),
    131_072,
    'llama3.1',
  ),
  model(
    'meta-llama/Llama-3.3-70B-Instruct',
    70_553_706_496,
    shape('llama', [80, 64, 8, 128]),
    131_072,
    'llama3.3',
  ),
  model(
    'mistralai/Mistral-7B-Instruct-v0.3',
    7_248_023_552,
    shape('mistral', [32, 32, 8, 128]),
    32_768,
    'apache-2.0',
  ),
  model(
    'mistralai/Mistral-Small-24B-Instruct-2501',
    23_572_403_200,
    shape('mistral', [40, 32, 8, 128]),
    32_768,
    'apache-2.0',
  ),
  model(
    'mistralai/Mixtral-8x7B-Instruct-v0.1',
    46_702_792_704,
    shape('mixtral', [32, 32, 8, 128], { experts: 8 }),
    32_768,
    'apache-2.0',
  ),
  model(
    'google/gemma-3-4b-it',
    4_300_079_472,
    shape('gemma3_text', [34, 8, 4, 256], { windowed: [29, 1_024] }),
    131_072,
    'gemma',
  ),
  model(
    'google/gemma-3-27b-it',
    27_432_406_640,
    shape('gemma3_text', [62, 32, 16, 128], { windowed: [52, 1_024] }),
    131_072,
    'gemma',
  ),
  model('microsoft/phi-4', 14_659_507_200, shape('phi3', [40, 40, 10, 128]), 16_384, 'mit'),
  model(
    'deepseek-ai/DeepSeek-R1-Distill-Qwen-32B',
    32_763_876_352,
    shape('qwen2', [64, 40, 8, 128]),
    131_072,
    'mit',
  ),
  // Published in four bits (MXFP4) and eight bits (FP8): fewer bytes than two per parameter.
  model(
    'openai/gpt-oss-20b',
    20_914_757_184,
    shape('gpt_oss', [24, 64, 8, 64], { experts: 32, windowed: [12, 128], quantisation: 'mxfp4' }),
    131_072,
    'apache-2.0',
    13_761_300_984,
  ),
  model(
    'openai/gpt-oss-120b',
    116_829_156_672,
    shape('gpt_oss', [36, 64, 8, 64], { experts: 128, windowed: [18, 128], quantisation: 'mxfp4' }),
    131_072,
    'apache-2.0',
    65_248_815_744,
  ),
  // Its attention keeps one compressed row of 512 + 64 values per layer.
  model(
    'deepseek-ai/DeepSeek-R1',
    684_531_386_000,
    shape('deepseek_v3', [61, 128, 128, 0], { latent: 512 + 64, quantisation: 'fp8', experts: 256 }),
    163_840,
    'mit',
    688_586_727_753,
  ),
  model('Qwen/Qwen3-Embedding-0.6B', 595_776_512, shape('qwen3', [28, 16, 8, 128]), 32_768, 'apache-2.0'),
  // Encodes in one pass and keeps nothing between tokens. Published in 32 bits.
  model(
    'BAAI/bge-m3',
    567_754_752,
    shape('xlm-roberta', [24, 16, 16, 64], { isEncoder: true, dtype: 'float32' }),
    8_192,
    'mit',
    2_271_019_008,
  ),
];

interface ShapeOptions {
  readonly dtype?: ModelShape['dtype'];
  readonly quantisation?: ModelShape['quantisation'];
  readonly experts?: number;
  /** So many layers look back so far only. */
  readonly windowed?: readonly [layers: number, window: number];
  readonly latent?: number;
  readonly isEncoder?: boolean;
}

function shape(
  family: string,
  [layers, heads, kvHeads, headDim]: readonly [
    layers: number,
    heads: number,
    kvHeads: number,
    headDim: number,
  ],
  options: ShapeOptions = {},
): ModelShape {
  const { windowed: [sliding, window] = [0, null], isEncoder = false } = options;
  const attention = [
    { layers: layers - sliding, window: null },
    { layers: sliding, window },
  ];
  return {
    family,
    layers,
    attention_heads: heads,
    kv_heads: kvHeads,
    head_dim: headDim,
    latent_dim: options.latent ?? null,
    attention: isEncoder ? [] : attention.filter((group) => group.layers > 0),
    dtype: options.dtype ?? 'bfloat16',
    quantisation: options.quantisation ?? null,
    experts: options.experts ?? null,
  };
}

function model(
  hfId: string,
  parameters: number,
  found: ModelShape,
  contextLength: number,
  licence: string,
  weightsBytes = parameters * 2,
): ModelSeed {
  return {
    hfId,
    name: hfId.slice(hfId.indexOf('/') + 1),
    parameters,
    weightsBytes,
    kvBytesPerToken: kvBytesPerToken(found),
    shape: found,
    contextLength,
    licence,
  };
}
