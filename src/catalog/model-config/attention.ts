/** How a model attends: its heads, what it keeps of a token, and how far each layer looks back. */
import type { ModelShape } from '#contracts/model-shape.ts';
import type { ConfigFields } from './config-fields.ts';
import { isEncoder } from './family.ts';

export interface Attention {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Compressed attention; the heads' own keys and values are made from one row per token. */
  readonly latent: Latent | null;
  readonly groups: ModelShape['attention'];
}

export interface Latent {
  readonly kvRank: number;
  readonly qRank: number | null;
  readonly ropeDim: number;
  readonly plainDim: number;
  readonly valueDim: number;
}

/** Layers of a model are no more than this. */
const LAYERS_MAX = 2_000;

/** @throws model.config_invalid */
export function readAttention(fields: ConfigFields, family: string): Attention {
  const hidden = fields.required('hidden_size', 'n_embd', 'd_model', 'dim');
  const layers = fields.required('num_hidden_layers', 'n_layer', 'num_layers', 'n_layers');
  if (layers > LAYERS_MAX) throw fields.wrong('num_hidden_layers', `is ${layers}, more than any model has`);
  const heads = fields.required('num_attention_heads', 'n_head', 'n_heads');
  const kvHeads = readKvHeads(fields, heads);
  const latent = readLatent(fields);
  const headDim = readHeadDim(fields, { hidden, heads, isLatent: latent !== null });
  const groups = isEncoder(family) ? [] : groupsOf(fields, family, layers);
  return { layers, hidden, heads, kvHeads, headDim, latent, groups };
}

function readKvHeads(fields: ConfigFields, heads: number): number {
  const named = fields.size('num_key_value_heads', 'num_kv_heads', 'n_head_kv', 'multi_query_group_num');
  const isSingle = fields.value('multi_query')?.value === true && !fields.flag('new_decoder_architecture');
  const kvHeads = isSingle ? 1 : (named ?? heads);
  if (heads % kvHeads !== 0) {
    throw fields.wrong('num_key_value_heads', `is ${kvHeads}, which does not divide the ${heads} heads`);
  }
  return kvHeads;
}

function readHeadDim(
  fields: ConfigFields,
  size: { readonly hidden: number; readonly heads: number; readonly isLatent: boolean },
): number {
  const { hidden, heads, isLatent } = size;
  const named = fields.size('head_dim', 'attention_head_dim');
  if (named !== undefined) return named;
  if (hidden % heads === 0) return hidden / heads;
  if (isLatent) return 0;
  throw fields.wrong(
    'num_attention_heads',
    `is ${heads}, which does not divide the hidden size of ${hidden}, and there is no head_dim`,
  );
}

function readLatent(fields: ConfigFields): Latent | null {
  const kvRank = fields.size('kv_lora_rank');
  if (kvRank === undefined) return null;
  return {
    kvRank,
    qRank: fields.size('q_lora_rank') ?? null,
    ropeDim: fields.required('qk_rope_head_dim'),
    plainDim: fields.required('qk_nope_head_dim'),
    valueDim: fields.required('v_head_dim'),
  };
}

/** Layers by how far they look back; those of another kind than attention keep nothing that grows. */
function groupsOf(fields: ConfigFields, family: string, layers: number): ModelShape['attention'] {
  const window = windowOf(fields);
  const kinds = kindsOf(fields, { family, layers, hasWindow: window !== null });
  const sliding = kinds.filter((kind) => kind === 'sliding').length;
  const full = kinds.filter((kind) => kind === 'full').length;
  return [
    ...(full > 0 ? [{ layers: full, window: null }] : []),
    ...(sliding > 0 ? [{ layers: sliding, window }] : []),
  ];
}

type LayerKind = 'full' | 'sliding' | 'none';

function windowOf(fields: ConfigFields): number | null {
  if (fields.flag('use_sliding_window') === false) return null;
  return fields.size('sliding_window', 'attention_chunk_size') ?? null;
}

function kindsOf(
  fields: ConfigFields,
  { family, layers, hasWindow }: { family: string; layers: number; hasWindow: boolean },
): LayerKind[] {
  const named = fields.texts('layer_types');
  if (named) {
    if (named.length !== layers) {
      throw fields.wrong('layer_types', `names ${named.length} layers, and there are ${layers}`);
    }
    return named.map((kind) => {
      if (kind === 'full_attention') return 'full';
      if (kind === 'sliding_attention' || kind === 'chunked_attention') return hasWindow ? 'sliding' : 'full';
      return 'none';
    });
  }
  const every = hasWindow ? fullEvery(fields, family) : 1;
  return Array.from({ length: layers }, (_, layer) => ((layer + 1) % every === 0 ? 'full' : 'sliding'));
}

/** One of so many layers looks at everything; infinity: none does. */
function fullEvery(fields: ConfigFields, family: string): number {
  const named = fields.size('sliding_window_pattern', '_sliding_window_pattern');
  if (named !== undefined) return named;
  if (family === 'gemma2' || family === 'gpt_oss') return 2;
  if (family === 'gemma3_text') return 6;
  if (family === 'cohere2' || family === 'llama4_text') return 4;
  // Qwen's windows begin at a layer and are of no use to rely on; they are off in everything published.
  if (family.startsWith('qwen')) return 1;
  return Number.POSITIVE_INFINITY;
}
