import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costDaysOf, readCostsSearch } from './costs-search.ts';
import { barsOf, daysBetween, lastDaysOf } from './windows.ts';

const NOW = Date.parse('2026-03-15T10:00:00Z');
const ends = ({ days }: { days: string[] }) => [days[0], days.at(-1), days.length];

test('an address says a window, and nonsense in it is left out', () => {
  const custom = { window: 'custom', from: '2026-01-31', to: '2026-02-02' };
  assert.deepEqual(readCostsSearch({ ...custom, other: 1 }), custom);
  assert.deepEqual(readCostsSearch({ window: 'ever', from: '2026-02-30', to: 20260202 }), {});
  assert.deepEqual(readCostsSearch({ from: '26-01-01', to: '2026-13-01' }), {});
});

test('a window is the days that it names, both ends in it', () => {
  assert.deepEqual(ends(costDaysOf({}, NOW)), ['2026-03-01', '2026-03-15', 15]);
  assert.deepEqual(ends(costDaysOf({ window: 'last_month' }, NOW)), ['2026-02-01', '2026-02-28', 28]);
  const january = Date.parse('2026-01-31T23:59:59Z');
  assert.deepEqual(ends(costDaysOf({ window: 'last_month' }, january)), ['2025-12-01', '2025-12-31', 31]);
  const own = costDaysOf({ window: 'custom', from: '2026-01-31', to: '2026-02-02' }, NOW);
  assert.deepEqual(own, {
    from: '2026-01-31T00:00:00.000Z',
    to: '2026-02-03T00:00:00.000Z',
    days: ['2026-01-31', '2026-02-01', '2026-02-02'],
  });
});

test('a window that is half, turned round or endless still shows something', () => {
  const days = (from?: string, to?: string) =>
    ends(costDaysOf({ window: 'custom', ...(from ? { from } : {}), ...(to ? { to } : {}) }, NOW));
  assert.deepEqual(days(), ['2026-03-09', '2026-03-15', 7]);
  assert.deepEqual(days(undefined, '2026-02-07'), ['2026-02-01', '2026-02-07', 7]);
  assert.deepEqual(days('2026-02-07'), ['2026-02-07', '2026-02-07', 1]);
  assert.deepEqual(days('2026-02-07', '2026-02-01'), ['2026-02-01', '2026-02-07', 7]);
  assert.deepEqual(days('1970-01-01', '2026-02-07')[2], 3_653);
  assert.deepEqual(days('2026-03-14', '2026-12-31'), ['2026-03-14', '2026-03-15', 2], 'up to today');
  assert.deepEqual(days('2027-01-01', '2027-12-31'), ['2026-03-15', '2026-03-15', 1]);
});

test('long windows have bars of weeks or months, and no more of them than the api gives', () => {
  const bars = (first: string, last: string) => barsOf(daysBetween(first, last));
  assert.equal(bars('2026-01-01', '2026-03-03').stepDays, 1);
  const weeks = bars('2026-01-01', '2026-03-04');
  assert.deepEqual([weeks.stepDays, weeks.starts.length, weeks.starts[1]], [7, 9, '2026-01-08']);
  const all = bars('2016-03-01', '2026-03-01');
  assert.equal(all.stepDays, 31);
  assert.ok(all.starts.length <= 200);
  assert.equal(bars('2025-01-01', '2026-02-04').stepDays, 7);
});

test('of a window the last days are kept where no more can be read', () => {
  assert.deepEqual(ends(lastDaysOf(daysBetween('2026-01-01', '2026-03-01'), 31)), [
    '2026-01-30',
    '2026-03-01',
    31,
  ]);
  assert.deepEqual(ends(lastDaysOf(daysBetween('2026-03-01', '2026-03-02'), 31)), [
    '2026-03-01',
    '2026-03-02',
    2,
  ]);
});
