import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { costOfSpan, microsPerHour, parseRate } from './money.ts';

test('an hour costs exactly its rate', () => {
  assert.equal(costOfSpan(3_600_000, parseRate('0.7875')), 787_500);
  assert.equal(microsPerHour(parseRate('60.00')), 60_000_000);
});

test('half a micro-euro is rounded up, less is dropped', () => {
  const halfMicroPerMs = 1_800_000_000;
  assert.equal(costOfSpan(1, halfMicroPerMs), 1);
  assert.equal(costOfSpan(1, halfMicroPerMs - 1), 0);
});

test('another currency is converted before the only rounding', () => {
  assert.equal(costOfSpan(3_600_000, parseRate('1.0000005'), 860_000), 860_000);
});

test('a longer span never costs less, and a rate beyond 2^53 in the product stays exact', () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.nat(1e9), fc.nat(1e12), (ms, more, rate) => {
      assert(costOfSpan(ms + more, rate) >= costOfSpan(ms, rate));
      const exact = (BigInt(ms) * BigInt(rate) + 1_800_000_000n) / 3_600_000_000n;
      assert.equal(BigInt(costOfSpan(ms, rate)), exact);
    }),
  );
});

test('a price that is not a plain decimal is refused', () => {
  for (const bad of ['', '1,5', '-1', '1e3', '1.0000000001', 'NaN']) assert.throws(() => parseRate(bad));
});

test('a span that is not a whole number of milliseconds is refused', () => {
  assert.throws(() => costOfSpan(0.5, 1));
  assert.throws(() => costOfSpan(-1, 1));
});
