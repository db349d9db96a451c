/**
 * How the cost of a prompt grows with its length, and how fast a GPU computes it, from what the catalogue knows.
 *
 * work(s, n) = n * (1 + (s + n/2) / C0), with C0 = 2 * parameters / (4 * layers * d_model): the context at which
 * attention costs as much as the rest. The catalogue does not know the shape; of dense transformers the product of
 * layers and width grows as parameters^0.742 (8B: 32 x 4096, 70B: 80 x 8192), which gives C0 within some per cent for
 * usual ones. Being wrong by a factor of two changes a choice in some hundred; see docs/guides/routing.md.
 */
export interface ModelFacts {
  /** C0. */
  readonly attentionTokens: number;
  /** R0: prompt tokens per second before anything was observed. */
  readonly tokensPerSecond: number;
}

const REFERENCE_PARAMETERS = 8e9;
const REFERENCE_ATTENTION_TOKENS = 30_500;
const REFERENCE_TOKENS_PER_SECOND = 22_000;
const ATTENTION_EXPONENT = 0.258;
const PARAMETERS_MIN = 1e7;

const known = new Map<number | null, ModelFacts>();

/** Unknown parameters count as eight billion. */
export function modelFactsOf(parameters: number | null | undefined): ModelFacts {
  const key = parameters ?? null;
  const found = known.get(key);
  if (found) return found;
  const ratio = Math.max(key ?? REFERENCE_PARAMETERS, PARAMETERS_MIN) / REFERENCE_PARAMETERS;
  const facts = {
    attentionTokens: REFERENCE_ATTENTION_TOKENS * ratio ** ATTENTION_EXPONENT,
    tokensPerSecond: REFERENCE_TOKENS_PER_SECOND / ratio,
  };
  if (known.size < 10_000) known.set(key, facts);
  return facts;
}

/** Cost, in tokens, of computing `tokens` prompt tokens that follow `computed` ones. */
export function prefillWork(attentionTokens: number, computed: number, tokens: number): number {
  return tokens * (1 + (computed + tokens / 2) / attentionTokens);
}
