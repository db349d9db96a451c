import assert from 'node:assert/strict';
import { test } from 'node:test';
import { niceMax, stackOf } from './stack.ts';

const series = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index}`, label: `S${index}`, values: [index, 1] }));

test('many series become seven and the rest, and nothing is lost on the way', () => {
  const { drawn, totals } = stackOf(series(12), 2, 'Others');
  assert.equal(drawn.length, 8);
  assert.equal(drawn.at(-1)?.label, 'Others');
  assert.deepEqual(drawn.at(-1)?.values, [7 + 8 + 9 + 10 + 11, 5]);
  assert.deepEqual(totals, [66, 12]);
});

test('eight series are all drawn: a rest of one would hide its name for nothing', () => {
  assert.deepEqual(
    stackOf(series(8), 2, 'Others').drawn.map(({ label }) => label),
    series(8).map(({ label }) => label),
  );
});

test('an axis ends at a round number that is not below the largest bar', () => {
  for (const [value, expected] of [
    [0, 0],
    [1, 1],
    [0.0047, 0.005],
    [11, 12],
    [260, 300],
    [999, 1_000],
  ] as const) {
    assert.equal(niceMax(value), expected);
  }
});
