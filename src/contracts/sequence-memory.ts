/** What a request keeps in memory while it is served, and how long one may be for a given room. */
import { kvBytesPerTokenAndLayer, type ModelShape } from './model-shape.ts';

export interface KeptModel {
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
  readonly shape: ModelShape | null;
}

/** Keeps a window's worth and what it computes in one step. */
const TOKENS_PER_STEP = 8_192;
/** Contexts that must be cut are cut to whole multiples of this. */
const CONTEXT_STEP = 256;
/** Where the attention's shape is unknown, a full context is taken for this share of the weights. */
const KV_SHARE_UNKNOWN = 0.2;

/** Bytes that one of so many parts keeps of a request of so many tokens. Grows with the tokens and never shrinks. */
export function sequenceBytes(model: KeptModel, tensorParallel: number, tokens: number): number {
  const { shape } = model;
  if (shape !== null) {
    const perLayer = kvBytesPerTokenAndLayer(shape, tensorParallel);
    return shape.attention.reduce((sum, { layers, window }) => {
      const kept = window === null ? tokens : Math.min(tokens, window - 1 + TOKENS_PER_STEP);
      return sum + layers * perLayer * kept;
    }, 0);
  }
  if (model.kvBytesPerToken !== null) return (model.kvBytesPerToken / tensorParallel) * tokens;
  return ((model.weightsBytes * KV_SHARE_UNKNOWN) / tensorParallel) * (tokens / model.contextLength);
}

/** The longest that has room, found by halving; whole where all of it has room. */
export function longestContext(per: (tokens: number) => number, wanted: number, available: number): number {
  if (per(wanted) <= available) return wanted;
  let [low, high] = [0, Math.floor(wanted / CONTEXT_STEP)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (per(middle * CONTEXT_STEP) <= available) low = middle;
    else high = middle - 1;
  }
  return low * CONTEXT_STEP;
}
