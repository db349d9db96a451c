import * as z from 'zod';

const count = z.int().min(0).max(1_000_000_000);

/** Numbers in which weights are kept when nothing is quantised. */
export const MODEL_DTYPES = ['float32', 'bfloat16', 'float16', 'float8'] as const;
export type ModelDtype = (typeof MODEL_DTYPES)[number];

export const QUANTISATIONS = [
  'fp8',
  'int8',
  'awq',
  'gptq',
  'int4',
  'bitsandbytes_4bit',
  'bitsandbytes_8bit',
  'mxfp4',
  'nvfp4',
] as const;
export type Quantisation = (typeof QUANTISATIONS)[number];

/**
 * What of a model's architecture decides where it can be served: how its attention is divided over GPUs, and what it
 * keeps of each token.
 */
export const modelShapeSchema = z.strictObject({
  /** `model_type` of the configuration. */
  family: z.string().max(100).nullable(),
  layers: count,
  attention_heads: count.describe('A model is divided over a number of GPUs that divides these'),
  kv_heads: count,
  /** Of keys and of values. */
  head_dim: count,
  /** Values per token and layer where attention is compressed (MLA): every GPU keeps all of them. */
  latent_dim: count.nullable(),
  /** Layers that keep keys and values, by how far they look back; null is the whole context. */
  attention: z.array(z.strictObject({ layers: count, window: count.nullable() })).max(64),
  dtype: z.enum(MODEL_DTYPES).nullable(),
  quantisation: z.enum(QUANTISATIONS).nullable(),
  experts: count.nullable(),
});
export type ModelShape = z.infer<typeof modelShapeSchema>;

/** Keys and values are kept in two bytes, whatever the weights are kept in. */
const KV_BYTES = 2;

/**
 * Bytes that one GPU keeps of a token in one layer. Heads are divided; where there are fewer heads than GPUs, each
 * head is kept by several of them.
 */
export function kvBytesPerTokenAndLayer(shape: ModelShape, tensorParallel: number): number {
  if (shape.latent_dim !== null) return shape.latent_dim * KV_BYTES;
  return 2 * Math.ceil(shape.kv_heads / tensorParallel) * shape.head_dim * KV_BYTES;
}

/** Over all GPUs and layers, as if every layer looked at everything: the upper bound that a catalogue shows. */
export function kvBytesPerToken(shape: ModelShape): number {
  const layers = shape.attention.reduce((sum, group) => sum + group.layers, 0);
  return layers * kvBytesPerTokenAndLayer(shape, 1);
}
