import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEuros, microsOf } from '../widgets/euros.ts';
import { budgetBodyOf, budgetTextsOf, budgetUses } from './key-budget.ts';

test('euros become micro-euros exactly, and back', () => {
  assert.equal(microsOf('0.1'), 100_000);
  assert.equal(microsOf('1,000001'), 1_000_001);
  assert.equal(microsOf(' 12 '), 12_000_000);
  assert.equal(microsOf(''), null);
  const budget = { day_micros: 1_230_000, month_micros: null, total_micros: 0 };
  assert.deepEqual(budgetBodyOf(budgetTextsOf({ budget })), budget);
});

test('what is no amount is never sent as one', () => {
  for (const text of ['', '0', '5', '0,25', '1000000000']) assert.equal(isEuros(text), true, text);
  for (const text of ['-1', '1e3', '1.0000001', 'ten', '1 000', '.5', '1000000001']) {
    assert.equal(isEuros(text), false, text);
  }
});

test('the fullest budget comes first, and one of nothing is full', () => {
  const budget = { day_micros: 100, month_micros: 1_000, total_micros: 0 };
  const spent = { day_micros: 50, month_micros: 900, total_micros: 5 };
  assert.deepEqual(
    budgetUses({ budget, spent }).map(({ span, share }) => [span, share]),
    [
      ['total', 1],
      ['month', 0.9],
      ['day', 0.5],
    ],
  );
  assert.deepEqual(
    budgetUses({ budget: { ...budget, total_micros: null }, spent: null }).map(({ spent: s }) => s),
    [0, 0],
  );
});
