import * as z from 'zod';

export const PRICE_MAX_MICROS_PER_1K = 1_000_000_000;
const price = z
  .int()
  .min(0)
  .max(PRICE_MAX_MICROS_PER_1K)
  .describe('Micro-euros per 1,000 tokens, which is nano-euros per token: 1 EUR per million tokens is 1,000');

/** What tokens of an offering cost. Cached tokens are those of the prompt that the engine had computed before. */
export const tokenPriceSchema = z.strictObject({
  prompt_micros_per_1k: price,
  completion_micros_per_1k: price,
  cached_micros_per_1k: price,
});
export type TokenPrice = z.infer<typeof tokenPriceSchema>;

export const NO_PRICE: TokenPrice = {
  prompt_micros_per_1k: 0,
  completion_micros_per_1k: 0,
  cached_micros_per_1k: 0,
};

export interface PricedTokens {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  /** Of the prompt's tokens. */
  readonly cached_tokens: number;
}

const TOKENS_PER_PRICE = 1_000n;

/**
 * What one request costs, in micro-euros, rounded half up. This is the one place where a charge is rounded: every bill
 * is a sum of what it returned, so all of them agree.
 */
export function chargeOfTokens(tokens: PricedTokens, price: TokenPrice): number {
  const cached = Math.min(tokens.cached_tokens, tokens.prompt_tokens);
  const nanos =
    BigInt(tokens.prompt_tokens - cached) * BigInt(price.prompt_micros_per_1k) +
    BigInt(cached) * BigInt(price.cached_micros_per_1k) +
    BigInt(tokens.completion_tokens) * BigInt(price.completion_micros_per_1k);
  return Number((2n * nanos + TOKENS_PER_PRICE) / (2n * TOKENS_PER_PRICE));
}

export function isFree(price: TokenPrice): boolean {
  return (
    price.prompt_micros_per_1k === 0 &&
    price.completion_micros_per_1k === 0 &&
    price.cached_micros_per_1k === 0
  );
}
