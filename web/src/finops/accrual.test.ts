import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOfSpan as costOfSpanOnServer } from '../../../src/kernel/money.ts';
import { accrueSummary, costOfSpan, extendCurve, msUntilNextDay } from './accrual.ts';

test('an open interval is priced to the micro-euro as the server closes it', () => {
  for (const durationMs of [0, 1, 999, 3_600_000, 86_399_999, 31_536_000_000])
    for (const rate of [0, 1, 9_440_000, 1_400_000_000, 23_030_000_000, 98_765_432_101])
      assert.equal(
        costOfSpan(durationMs, rate),
        costOfSpanOnServer(durationMs, rate),
        `${durationMs} ${rate}`,
      );
});

test('half a micro-euro is rounded up, and a clock behind the start counts as no time', () => {
  assert.equal(costOfSpan(1_800_000, 1_000), 1);
  assert.equal(costOfSpan(1_799_999, 1_000), 0);
  assert.equal(costOfSpan(-5_000, 1_400_000_000), 0);
});

test('sums grow by the rate of what runs, the rate itself does not', () => {
  const summary = {
    currency: 'EUR',
    micros_per_hour: 3_600_000,
    micros_per_minute: 60_000,
    cumulative_micros: 10_000_000,
    today_micros: 500,
    month_micros: 7_000,
    unpriced_resources: 0,
    at: '2026-01-01T00:00:00.000Z',
  } as const;
  assert.deepEqual(accrueSummary(summary, 2_000), {
    ...summary,
    cumulative_micros: 10_002_000,
    today_micros: 2_500,
    month_micros: 9_000,
  });
});

test('the next day begins at midnight UTC', () => {
  assert.equal(msUntilNextDay(Date.parse('2026-01-01T23:59:59.000Z')), 1_000);
  assert.equal(msUntilNextDay(Date.parse('2026-01-02T00:00:00.000Z')), 86_400_000);
});

test('the curve moves with its window, ends with the present sum and never falls', () => {
  const points = [
    { at: '2026-01-01T00:00:00.000Z', micros: 0, cumulative_micros: 100 },
    { at: '2026-01-01T00:00:10.000Z', micros: 50, cumulative_micros: 150 },
  ];
  const fromMs = Date.parse('2026-01-01T00:00:05.000Z');
  const toMs = Date.parse('2026-01-01T00:00:15.000Z');
  const kept = { atMs: Date.parse('2026-01-01T00:00:10.000Z'), cumulativeMicros: 150 };
  assert.deepEqual(extendCurve(points, { fromMs, toMs }, 175), [kept, { atMs: toMs, cumulativeMicros: 175 }]);
  assert.deepEqual(extendCurve(points, { fromMs, toMs }, 149), [kept, { atMs: toMs, cumulativeMicros: 150 }]);
  assert.deepEqual(extendCurve(points, { fromMs, toMs }, undefined), [kept]);
});
