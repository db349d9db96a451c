import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microsPerHour, parseUsdRate } from './price.ts';

const rate = parseUsdRate('0.86@2026-11-01');

test('a price in euros keeps its figure, one in dollars is converted at the dated rate', () => {
  assert.equal(microsPerHour({ nanosPerHour: 787_500_000, currency: 'EUR' }, rate), 787_500);
  assert.equal(microsPerHour({ nanosPerHour: 1_006_000_000, currency: 'USD' }, rate), 865_160);
});

test('rounding happens once, half up', () => {
  assert.equal(microsPerHour({ nanosPerHour: 499, currency: 'EUR' }, rate), 0);
  assert.equal(microsPerHour({ nanosPerHour: 500, currency: 'EUR' }, rate), 1);
  assert.equal(microsPerHour({ nanosPerHour: 1_500, currency: 'USD' }, rate), 1);
});

test('an unknown price and an unknown currency stay unknown', () => {
  assert.equal(microsPerHour(null, rate), null);
  assert.equal(microsPerHour({ nanosPerHour: 1_000, currency: 'CHF' }, rate), null);
});

test('a rate is exact and has its day, or is refused', () => {
  assert.deepEqual(rate, { eurMillionths: 860_000, asOf: '2026-11-01' });
  for (const text of [
    '0.86',
    '0@2026-11-01',
    '-1@2026-11-01',
    '0.8600001@2026-11-01',
    '1e3@2026-11-01',
    '',
  ]) {
    assert.throws(() => parseUsdRate(text), text);
  }
});
