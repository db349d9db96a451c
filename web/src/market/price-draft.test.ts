import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRICE_MAX_MICROS_PER_1K } from '../../../src/contracts/token-price.ts';
import { momentOf, NO_TEXTS, PRICE_EUROS_MAX, priceOf, priceTextsOf } from './price-draft.ts';

test('every price comes out of the form as it went in', () => {
  const part = fc.integer({ min: 0, max: PRICE_MAX_MICROS_PER_1K });
  fc.assert(
    fc.property(part, part, part, (prompt, cached, completion) => {
      const price = {
        prompt_micros_per_1k: prompt,
        cached_micros_per_1k: cached,
        completion_micros_per_1k: completion,
      };
      assert.deepEqual(priceOf(priceTextsOf(price)), price);
    }),
  );
});

test('a price is not sent before all of it is an amount', () => {
  const full = { prompt: '0,001', cached: '0', completion: '0.000002' };
  assert.deepEqual(priceOf(full), {
    prompt_micros_per_1k: 1_000,
    cached_micros_per_1k: 0,
    completion_micros_per_1k: 2,
  });
  assert.equal(priceOf(NO_TEXTS), null);
  for (const wrong of ['', ' ', '-1', '1e3', '0.0000001', '1000.000001', 'free']) {
    assert.equal(priceOf({ ...full, cached: wrong }), null, wrong);
  }
  assert.equal(PRICE_EUROS_MAX * 1_000_000, PRICE_MAX_MICROS_PER_1K);
  assert.ok(priceOf({ ...full, cached: String(PRICE_EUROS_MAX) }), 'the highest price there is');
});

test('a moment that is not chosen, or not whole, is none', () => {
  assert.equal(momentOf(''), undefined);
  assert.equal(momentOf('2026-13-45T00:00'), undefined);
  const local = new Date(2026, 10, 22, 9, 30);
  assert.equal(momentOf('2026-11-22T09:30'), local.toISOString());
});
