/**
 * How many tokens a prompt has, before an engine has said so. Learned for each model from the
 * usage of past requests: the ratio of tokens to bytes depends on the tokenizer and on what is asked of the model.
 */
import type { PromptShape } from './prompt-blocks.ts';
import type { TokenCounts } from './token-counts.ts';

/** English text, and most tokenizers of today. */
const TOKENS_PER_BYTE_FIRST = 0.25;
const TOKENS_PER_BYTE_MIN = 0.02;
const TOKENS_PER_BYTE_MAX = 2;
/** A picture of usual size in usual models. */
const ATTACHMENT_TOKENS = 1_000;
/** What the first guess is worth, and about how much of the past counts. */
const BYTES_PRIOR = 4_000;
const BYTES_REMEMBERED = 2_000_000;
const MODELS_MAX = 10_000;

interface Learned {
  bytes: number;
  tokens: number;
}

export class PromptEstimates {
  readonly #models = new Map<string, Learned>();

  /** At least 1. */
  inputTokens(modelId: string, shape: PromptShape): number {
    const learned = this.#models.get(modelId);
    const tokens = learned ? learned.tokens : BYTES_PRIOR * TOKENS_PER_BYTE_FIRST;
    const ratio = clamp(tokens / (learned?.bytes ?? BYTES_PRIOR), TOKENS_PER_BYTE_MIN, TOKENS_PER_BYTE_MAX);
    const text = Math.max(0, shape.bytes - shape.tokenIds * 4) * ratio;
    return Math.max(1, Math.round(text + shape.tokenIds + shape.attachments * ATTACHMENT_TOKENS));
  }

  learn(modelId: string, shape: PromptShape, counts: TokenCounts): void {
    if (counts.promptTokens <= 0) return;
    const learned = this.#learnedOf(modelId);
    // Ids and pictures say nothing about the length of words.
    if (shape.tokenIds > 0 || shape.attachments > 0 || shape.bytes === 0) return;
    const kept = learned.bytes > BYTES_REMEMBERED ? 0.5 : 1;
    learned.bytes = learned.bytes * kept + shape.bytes;
    learned.tokens = learned.tokens * kept + counts.promptTokens;
  }

  #learnedOf(modelId: string): Learned {
    const known = this.#models.get(modelId);
    if (known) return known;
    if (this.#models.size >= MODELS_MAX) this.#models.clear();
    const fresh = {
      bytes: BYTES_PRIOR,
      tokens: BYTES_PRIOR * TOKENS_PER_BYTE_FIRST,
    };
    this.#models.set(modelId, fresh);
    return fresh;
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
