/**
 * Parameters by part, from the shapes of the matrices. Parts matter because they are kept in different numbers of
 * bytes: quantising leaves embeddings, norms and usually the output alone.
 */
import type { Attention } from './attention.ts';
import type { ConfigFields } from './config-fields.ts';
import { hasGate, isTiedByDefault } from './family.ts';

export interface Parameters {
  /** Embeddings and the output. */
  readonly embeddings: number;
  /** Matrices of attention and of dense layers. */
  readonly dense: number;
  readonly experts: number;
  /** Norms, biases, routers: never quantised. */
  readonly rest: number;
  /** Towers for pictures and sound with what joins them to the text. */
  readonly towers: number;
  readonly expertCount: number | null;
}

/** @throws model.config_invalid */
export function countParameters(
  fields: ConfigFields,
  attention: Attention,
  family: string,
): Omit<Parameters, 'towers'> {
  const { layers, hidden } = attention;
  const isGated = hasGate(family);
  const inner = innerSize(fields, hidden);
  const experts = readExperts(fields, { layers, inner, family });
  const matrices = isGated ? 3 : 2;
  const denseInner = fields.size('intermediate_size_mlp') ?? inner;
  const denseLayers = layers - experts.layers;
  const dense =
    layers * attentionWeights(attention) +
    denseLayers * matrices * hidden * denseInner +
    experts.layers * matrices * hidden * experts.sharedInner;
  const inExperts = experts.layers * experts.count * matrices * hidden * experts.inner;
  return {
    embeddings: embeddingWeights(fields, hidden, family),
    dense,
    experts: inExperts,
    rest: restWeights(fields, attention, { family, experts, denseLayers, denseInner, isGated }),
    expertCount: experts.layers === 0 ? null : experts.count,
  };
}

export function totalOf({ embeddings, dense, experts, rest, towers }: Parameters): number {
  return embeddings + dense + experts + rest + towers;
}

function innerSize(fields: ConfigFields, hidden: number): number {
  return (
    fields.size('intermediate_size', 'n_inner', 'ffn_hidden_size', 'ffn_dim', 'hidden_dim') ?? 4 * hidden
  );
}

function attentionWeights({ hidden, heads, kvHeads, headDim, latent }: Attention): number {
  if (latent === null) return 2 * hidden * heads * headDim + 2 * hidden * kvHeads * headDim;
  const { kvRank, qRank, ropeDim, plainDim, valueDim } = latent;
  const queries = heads * (plainDim + ropeDim);
  return (
    (qRank === null ? hidden * queries : hidden * qRank + qRank * queries) +
    hidden * (kvRank + ropeDim) +
    kvRank * heads * (plainDim + valueDim) +
    heads * valueDim * hidden
  );
}

interface Experts {
  readonly layers: number;
  readonly count: number;
  readonly inner: number;
  /** Of the expert that every token goes through. */
  readonly sharedInner: number;
}

function readExperts(
  fields: ConfigFields,
  { layers, inner, family }: { layers: number; inner: number; family: string },
): Experts {
  const count = fields.count('num_local_experts', 'n_routed_experts', 'num_experts', 'moe_num_experts') ?? 0;
  if (count <= 1) return { layers: 0, count: 0, inner: 0, sharedInner: 0 };
  const size = fields.size('moe_intermediate_size', 'expert_intermediate_size') ?? inner;
  const shared = fields.count('n_shared_experts', 'num_shared_experts') ?? (family === 'llama4_text' ? 1 : 0);
  const sharedInner = fields.count('shared_expert_intermediate_size') ?? shared * size;
  return { layers: sparseLayers(fields, layers), count, inner: size, sharedInner };
}

/** Layers with experts; the others are dense. */
function sparseLayers(fields: ConfigFields, layers: number): number {
  const firstDense = fields.count('first_k_dense_replace') ?? 0;
  const step =
    fields.size('decoder_sparse_step', 'interleave_moe_layer_step', 'moe_layer_freq', 'moe_layer_interval') ??
    1;
  const dense = new Set(fields.numbers('mlp_only_layers') ?? []);
  let sparse = 0;
  for (let layer = 0; layer < layers; layer++) {
    if (layer >= firstDense && (layer + 1) % step === 0 && !dense.has(layer)) sparse++;
  }
  return sparse;
}

function embeddingWeights(fields: ConfigFields, hidden: number, family: string): number {
  const vocabulary = fields.required('vocab_size', 'n_vocab', 'padded_vocab_size');
  const isTied = fields.flag('tie_word_embeddings') ?? isTiedByDefault(family);
  const hasPositions = ['gpt2', 'gpt_bigcode', 'opt', 'bert', 'roberta', 'xlm-roberta'].includes(family);
  const positions = hasPositions ? (fields.size('n_positions', 'max_position_embeddings') ?? 0) : 0;
  return vocabulary * hidden * (isTied ? 1 : 2) + positions * hidden;
}

/** Small, but a few percent of a small model. */
function restWeights(
  fields: ConfigFields,
  attention: Attention,
  made: {
    readonly family: string;
    readonly experts: Experts;
    readonly denseLayers: number;
    readonly denseInner: number;
    readonly isGated: boolean;
  },
): number {
  const { layers, hidden, heads, kvHeads, headDim } = attention;
  const { family, experts, denseLayers, denseInner, isGated } = made;
  const norms = family.startsWith('gemma2') || family.startsWith('gemma3') ? 4 : 2;
  const queriesAndKeys = (heads + 2 * kvHeads) * headDim;
  const hasBias = fields.flag('attention_bias') ?? (/^qwen2/.test(family) || !isGated);
  const hasWholeBias = !isGated || family === 'gpt_oss';
  // Some norm queries and keys of each head too.
  const headNorms = /^(?:qwen3|gemma3)/.test(family) ? 2 * headDim : 0;
  const perLayer =
    norms * hidden +
    headNorms +
    (hasBias ? queriesAndKeys + (hasWholeBias ? hidden : 0) : 0) +
    (isGated ? 0 : hidden + denseInner);
  const perSparse =
    experts.count * hidden + (family === 'gpt_oss' ? experts.count * (2 * experts.inner + hidden) : 0);
  const perDense = isGated || denseLayers === 0 ? 0 : norms * hidden;
  return hidden + layers * perLayer + experts.layers * perSparse + perDense;
}

/** Their towers have a gate beside the first matrix. */
const GATED_TOWERS: readonly string[] = ['qwen2_5_vl', 'pixtral'];

/** An encoder of pictures beside the language model, with the layers that join the two. */
export function countTower(vision: ConfigFields, textHidden: number, outerFamily: string): number {
  const width = vision.size('embed_dim', 'hidden_size', 'width');
  const depth = vision.size('num_hidden_layers', 'depth', 'layers');
  if (width === undefined || depth === undefined) return 0;
  const isVl = outerFamily.startsWith('qwen2_vl') || outerFamily.startsWith('qwen2_5_vl');
  // Here `hidden_size` of the older one is the text's.
  const own =
    outerFamily === 'qwen2_vl' ? (vision.size('embed_dim') ?? width) : (vision.size('hidden_size') ?? width);
  const inner = vision.size('intermediate_size') ?? own * Math.round(vision.factor('mlp_ratio') ?? 4);
  const family = vision.text('model_type') ?? outerFamily;
  const isGated = GATED_TOWERS.includes(family) || GATED_TOWERS.includes(outerFamily);
  const patch = vision.size('patch_size') ?? 14;
  const image = vision.size('image_size');
  const positions = image === undefined || isVl ? 0 : Math.floor(image / patch) ** 2;
  const merged = isVl ? own * (vision.size('spatial_merge_size') ?? 2) ** 2 : own;
  const joint = isVl ? merged * merged + merged * textHidden : merged * textHidden + textHidden * textHidden;
  const simpleJoint = outerFamily.startsWith('gemma3') ? own * textHidden : joint;
  return (
    depth * (4 * own * own + (isGated ? 3 : 2) * own * inner + 4 * own) +
    3 * patch * patch * own +
    positions * own +
    simpleJoint
  );
}
