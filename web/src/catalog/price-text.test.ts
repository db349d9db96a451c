import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPriceText, priceTextOf } from './price-text.ts';

test('a price goes into the form without losing a digit', () => {
  assert.equal(priceTextOf(1_469_900_000), '1.4699');
  assert.equal(priceTextOf(2_000_000_000), '2');
  assert.equal(priceTextOf(1), '0.000000001');
  assert.equal(priceTextOf(0), '0');
  assert.equal(priceTextOf(null), '');
});

test('only exact decimals are taken', () => {
  assert(isPriceText('1.4699') && isPriceText(' 12 '));
  for (const text of ['1,5', '-1', '1e3', '.5', '1.', '1234567', '1.0000000001'])
    assert(!isPriceText(text), text);
});
