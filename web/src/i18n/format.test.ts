import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormat } from './format.ts';

const en = createFormat('en');
const fr = createFormat('fr');

test('amounts are written as each language writes money', () => {
  assert.equal(en.money(1_234_567_890_000), '€1,234,567.89');
  assert.equal(fr.money(1_234_567_890_000), '1\u202f234\u202f567,89\u00a0€');
});

test('small amounts show the digits that matter, and zero stays short', () => {
  assert.equal(en.money(0), '€0.00');
  assert.equal(en.money(412), '€0.000412');
  assert.equal(en.money(31_200), '€0.0312');
  assert.equal(fr.moneyExact(9_750_001), '9,750001\u00a0€');
});

test('unit prices have as many digits as they need, up to six', () => {
  assert.equal(en.unitPrice(2_740_000), '€2.74');
  assert.equal(en.unitPrice(1_400_123), '€1.400123');
  assert.equal(fr.unitPrice(412), '0,000412\u00a0€');
});

test('durations name their two largest units', () => {
  assert.equal(en.duration(230), '230ms');
  assert.equal(en.duration(1_840), '1.8s');
  assert.equal(en.duration(102_000), '1m 42s');
  assert.equal(en.duration(11_520_000), '3h 12m');
  assert.equal(en.duration(86_400_000 * 3), '3d');
  assert.equal(en.age(3_999), '3s');
  assert.equal(en.age(-5), '0s');
});

test('memory is counted in binary multiples', () => {
  assert.equal(en.bytes(24 * 2 ** 30), '24\u00a0GiB');
  assert.equal(fr.bytes(18.5 * 2 ** 30), '18,5\u00a0Gio');
  assert.equal(en.bytes(0), '0\u00a0B');
});
