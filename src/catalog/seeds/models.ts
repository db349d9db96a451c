import type { ModelSeed } from './seed.ts';

/**
 * Models that run on the engine as they are. Weights are the bytes of the published tensors; the attention's bytes
 * per token follow from the model's shape at 16 bits (for gemma-3 the upper bound, as most of its layers look at a
 * window only).
 */
export const MODELS: readonly ModelSeed[] = [
  model('Qwen/Qwen3-0.6B', 751_632_384, kv(28, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-1.7B', 2_031_739_904, kv(28, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-4B', 4_022_468_096, kv(36, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-8B', 8_190_735_360, kv(36, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-14B', 14_768_307_200, kv(40, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-32B', 32_762_123_264, kv(64, 8, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-30B-A3B', 30_532_122_624, kv(48, 4, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen3-235B-A22B', 235_093_634_560, kv(94, 4, 128), 40_960, 'apache-2.0'),
  model('Qwen/Qwen2.5-7B-Instruct', 7_615_616_512, kv(28, 4, 128), 32_768, 'apache-2.0'),
  model('Qwen/Qwen2.5-72B-Instruct', 72_706_203_648, kv(80, 8, 128), 32_768, 'qwen'),
  model('meta-llama/Llama-3.2-3B-Instruct', 3_212_749_824, kv(28, 8, 128), 131_072, 'llama3.2'),
  model('meta-llama/Llama-3.1-8B-Instruct', 8_030_261_248, kv(32, 8, 128), 131_072, 'llama3.1'),
  model('meta-llama/Llama-3.3-70B-Instruct', 70_553_706_496, kv(80, 8, 128), 131_072, 'llama3.3'),
  model('mistralai/Mistral-7B-Instruct-v0.3', 7_248_023_552, kv(32, 8, 128), 32_768, 'apache-2.0'),
  model('mistralai/Mistral-Small-24B-Instruct-2501', 23_572_403_200, kv(40, 8, 128), 32_768, 'apache-2.0'),
  model('mistralai/Mixtral-8x7B-Instruct-v0.1', 46_702_792_704, kv(32, 8, 128), 32_768, 'apache-2.0'),
  model('google/gemma-3-4b-it', 4_300_079_472, kv(34, 4, 256), 131_072, 'gemma'),
  model('google/gemma-3-27b-it', 27_432_406_640, kv(62, 16, 128), 131_072, 'gemma'),
  model('microsoft/phi-4', 14_659_507_200, kv(40, 10, 128), 16_384, 'mit'),
  model('deepseek-ai/DeepSeek-R1-Distill-Qwen-32B', 32_763_876_352, kv(64, 8, 128), 131_072, 'mit'),
  // Published in four bits (MXFP4) and eight bits (FP8): fewer bytes than two per parameter.
  model('openai/gpt-oss-20b', 20_914_757_184, kv(24, 8, 64), 131_072, 'apache-2.0', 13_761_300_984),
  model('openai/gpt-oss-120b', 116_829_156_672, kv(36, 8, 64), 131_072, 'apache-2.0', 65_248_815_744),
  // Its attention keeps one compressed row of 512 + 64 values per layer.
  model('deepseek-ai/DeepSeek-R1', 684_531_386_000, 61 * (512 + 64) * 2, 163_840, 'mit', 688_586_727_753),
  model('Qwen/Qwen3-Embedding-0.6B', 595_776_512, kv(28, 8, 128), 32_768, 'apache-2.0'),
  // Encodes in one pass and keeps nothing between tokens. Published in 32 bits.
  model('BAAI/bge-m3', 567_754_752, 0, 8_192, 'mit', 2_271_019_008),
];

/** Keys and values of one token over all layers, two bytes each. */
function kv(layers: number, heads: number, headSize: number): number {
  return 2 * layers * heads * headSize * 2;
}

function model(
  hfId: string,
  parameters: number,
  kvBytesPerToken: number,
  contextLength: number,
  licence: string,
  weightsBytes = parameters * 2,
): ModelSeed {
  const name = hfId.slice(hfId.indexOf('/') + 1);
  return { hfId, name, parameters, weightsBytes, kvBytesPerToken, contextLength, licence };
}
