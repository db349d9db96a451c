import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysOf, monthAtThisRate } from './windows.ts';

const at = (iso: string) => Date.parse(iso);

test('a window is whole days of UTC, today included', () => {
  assert.deepEqual(daysOf('7d', at('2026-03-02T23:59:59.999Z')), {
    from: '2026-02-24T00:00:00.000Z',
    to: '2026-03-03T00:00:00.000Z',
    days: ['2026-02-24', '2026-02-25', '2026-02-26', '2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'],
  });
  assert.deepEqual(daysOf('month', at('2026-03-01T00:00:00.000Z')).days, ['2026-03-01']);
  assert.equal(daysOf('month', at('2026-01-31T12:00:00.000Z')).days.length, 31);
  assert.equal(daysOf('30d', at('2026-01-31T12:00:00.000Z')).days.length, 30);
});

test('a month at this rate is what was spent and what is left of it', () => {
  assert.equal(monthAtThisRate(500, 1_000, at('2026-02-28T22:00:00.000Z')), 2_500);
  assert.equal(monthAtThisRate(500, 0, at('2026-12-31T22:00:00.000Z')), 500);
});
