import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { costOfSpan } from '#kernel/money.ts';
import { type BilledInterval, makeBill } from './bill.ts';

const interval = (fromMs: number, toMs: number | null, nanosPerHour: number): BilledInterval => ({
  kind: 'server',
  id: `srv-${fromMs}`,
  type: 'T',
  zone: 'z',
  tags: [],
  fromMs,
  toMs,
  nanosPerHour,
});

describe('bill', () => {
  it('agrees with our own calculation of every span and rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 31_536_000_000 }),
        fc.integer({ min: 0, max: 200_000_000_000 }),
        (durationMs, nanosPerHour) => {
          const [line] = makeBill([interval(5, 5 + durationMs, nanosPerHour)], 0).intervals;
          assert.equal(line?.micros, costOfSpan(durationMs, nanosPerHour));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('rounds half a micro-euro up, and less than half down', () => {
    const micros = (ms: number, rate: number) => makeBill([interval(0, ms, rate)], 0).total_micros;
    assert.equal(micros(1_800_000, 1_000), 1);
    assert.equal(micros(1_799_999, 1_000), 0);
    assert.equal(micros(3_600_000, 2_730_000_000), 2_730_000);
  });

  it('prices an open interval up to now and sums what is shown', () => {
    const bill = makeBill([interval(0, 3_600_000, 1_000_000), interval(1_000, null, 2_000_000)], 3_601_000);
    assert.deepEqual(
      bill.intervals.map((line) => [line.to_ms, line.micros]),
      [
        [3_600_000, 1_000],
        [null, 2_000],
      ],
    );
    assert.equal(bill.total_micros, 3_000);
  });

  it('a clock that was set back does not make an open interval negative', () => {
    assert.equal(makeBill([interval(10_000, null, 1_000_000)], 5_000).total_micros, 0);
  });
});
