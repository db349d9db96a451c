/**
 * The cloud's own invoice. Its arithmetic is written here a second time on purpose: the proof that our
 * cost intervals are right compares two independent calculations of one rule, which is exact milliseconds times
 * nano-euros per hour, rounded half up to a micro-euro, once per interval.
 */
export interface BilledInterval {
  readonly kind: BilledKind;
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly tags: readonly string[];
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly nanosPerHour: number;
}

/** Keys and security groups are free. */
export type BilledKind = 'server' | 'volume' | 'address';

/** 3,600,000 ms in an hour, 1,000 nano-euros in a micro-euro. */
const NANO_MS_PER_MICRO_HOUR = 3_600_000_000n;

export interface BillLine {
  readonly kind: BilledKind;
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly tags: readonly string[];
  readonly from_ms: number;
  readonly to_ms: number | null;
  readonly nanos_per_hour: number;
  readonly micros: number;
}

export interface Bill {
  readonly currency: 'EUR';
  readonly as_of_ms: number;
  readonly total_micros: number;
  readonly intervals: readonly BillLine[];
}

/** Every interval ever billed; an open one is priced up to now. */
export function makeBill(intervals: Iterable<BilledInterval>, nowMs: number): Bill {
  const lines = [...intervals].map((interval): BillLine => {
    const endMs = interval.toMs ?? Math.max(nowMs, interval.fromMs);
    return {
      kind: interval.kind,
      id: interval.id,
      type: interval.type,
      zone: interval.zone,
      tags: interval.tags,
      from_ms: interval.fromMs,
      to_ms: interval.toMs,
      nanos_per_hour: interval.nanosPerHour,
      micros: priceOf(endMs - interval.fromMs, interval.nanosPerHour),
    };
  });
  lines.sort((a, b) => a.from_ms - b.from_ms || (a.id < b.id ? -1 : 1));
  const total = lines.reduce((sum, line) => sum + line.micros, 0);
  return { currency: 'EUR', as_of_ms: nowMs, total_micros: total, intervals: lines };
}

function priceOf(durationMs: number, nanosPerHour: number): number {
  const exact = BigInt(durationMs) * BigInt(nanosPerHour);
  const whole = exact / NANO_MS_PER_MICRO_HOUR;
  const rest = exact % NANO_MS_PER_MICRO_HOUR;
  return Number(rest * 2n >= NANO_MS_PER_MICRO_HOUR ? whole + 1n : whole);
}
