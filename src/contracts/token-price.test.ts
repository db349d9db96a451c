import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chargeOfTokens, isFree, NO_PRICE, PRICE_MAX_MICROS_PER_1K } from './token-price.ts';

const priceOf = (prompt: number, completion = 0, cached = 0) => ({
  prompt_micros_per_1k: prompt,
  completion_micros_per_1k: completion,
  cached_micros_per_1k: cached,
});
const tokensOf = (prompt: number, completion = 0, cached = 0) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  cached_tokens: cached,
});
const tokens = fc.nat({ max: 2 ** 31 - 1 });
const price = fc.nat({ max: PRICE_MAX_MICROS_PER_1K });

test('a million tokens at one euro per million cost one euro', () => {
  assert.equal(chargeOfTokens(tokensOf(1_000_000), priceOf(1_000)), 1_000_000);
  assert.equal(chargeOfTokens(tokensOf(0, 1_000_000), priceOf(0, 1_000)), 1_000_000);
});

test('the sum is rounded once, half up, and not each of its parts', () => {
  // 0.4 + 0.4 + 0.4: rounded one by one they would be nothing.
  assert.equal(chargeOfTokens(tokensOf(2, 1, 1), priceOf(400, 400, 400)), 1);
  assert.equal(chargeOfTokens(tokensOf(1), priceOf(499)), 0);
  assert.equal(chargeOfTokens(tokensOf(1), priceOf(500)), 1);
});

test('cached tokens cost their own price, and never more of them than the prompt has', () => {
  assert.equal(chargeOfTokens(tokensOf(10, 0, 4), priceOf(1_000, 0, 100)), 6);
  assert.equal(chargeOfTokens(tokensOf(10, 0, 4), priceOf(1_000, 0, 500)), 8);
  assert.equal(chargeOfTokens(tokensOf(10, 0, 99), priceOf(1_000, 0, 500)), 5);
});

test('what no price asks for costs nothing', () => {
  assert.equal(chargeOfTokens(tokensOf(2 ** 31 - 1, 2 ** 31 - 1), NO_PRICE), 0);
  assert.ok(isFree(NO_PRICE));
  assert.ok(!isFree(priceOf(0, 0, 1)));
});

test('any charge is a whole number within half a micro-euro of the exact one', () => {
  fc.assert(
    fc.property(tokens, tokens, tokens, price, price, price, (prompt, completion, cached, a, b, c) => {
      const charge = chargeOfTokens(tokensOf(prompt, completion, cached), priceOf(a, b, c));
      assert.ok(Number.isSafeInteger(charge) && charge >= 0);
      const used = BigInt(Math.min(cached, prompt));
      const exact = (BigInt(prompt) - used) * BigInt(a) + used * BigInt(c) + BigInt(completion) * BigInt(b);
      const difference = BigInt(charge) * 1_000n - exact;
      assert.ok(difference > -500n && difference <= 500n);
    }),
  );
});
