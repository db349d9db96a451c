import type { CostSummary } from '#contracts/management.ts';
import type { CostSeries } from '../api/types.ts';

const MS_PER_HOUR = 3_600_000;
const NANOS_PER_MICRO = 1_000;
const MS_PER_DAY = 86_400_000;

/**
 * What a rate costs for a span, in micro-euros: milliseconds x nano-euros per hour, rounded half up once. The
 * server's rule, so that an open interval shows here what it would be closed with.
 */
export function costOfSpan(durationMs: number, nanosPerHour: number): number {
  const divisor = BigInt(MS_PER_HOUR * NANOS_PER_MICRO);
  const ms = BigInt(Math.max(0, Math.floor(durationMs)));
  return Number((2n * ms * BigInt(nanosPerHour) + divisor) / (2n * divisor));
}

/** What has been added to sums that were told `sinceMs` ago. */
export function growth(microsPerHour: number, sinceMs: number): number {
  return costOfSpan(sinceMs, microsPerHour * NANOS_PER_MICRO);
}

/** The summary as it would be answered now: what runs has gone on costing since. */
export function accrueSummary(summary: CostSummary, sinceMs: number): CostSummary {
  const added = growth(summary.micros_per_hour, sinceMs);
  return {
    ...summary,
    cumulative_micros: summary.cumulative_micros + added,
    today_micros: summary.today_micros + added,
    month_micros: summary.month_micros + added,
  };
}

/** Days and months of the server end at midnight UTC; sums of a day that has ended must not grow on. */
export function msUntilNextDay(nowMs: number): number {
  return MS_PER_DAY - (nowMs % MS_PER_DAY);
}

export interface CurvePoint {
  atMs: number;
  cumulativeMicros: number;
}

/** The curve up to now: the answered points of the window, and the present sum as its moving end. */
export function extendCurve(
  points: CostSeries['points'],
  window: { fromMs: number; toMs: number },
  cumulativeMicros: number | undefined,
): CurvePoint[] {
  const curve = points
    .map((point) => ({ atMs: Date.parse(point.at), cumulativeMicros: point.cumulative_micros }))
    .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs);
  const last = curve.at(-1)?.cumulativeMicros ?? 0;
  if (cumulativeMicros === undefined) return curve;
  // A sum told before the last point was drawn may be a hair smaller; the curve never falls.
  return [...curve, { atMs: window.toMs, cumulativeMicros: Math.max(last, cumulativeMicros) }];
}
