import assert from 'node:assert';

/** Integer micro-euros (1 EUR = 1,000,000). Safe up to nine billion euros. */
export type Micros = number;

/** Integer nano-units of a currency per hour: 1.2345 EUR/h = 1,234,500,000. */
export type NanosPerHour = number;

const MS_PER_HOUR = 3_600_000n;
const NANOS_PER_MICRO = 1_000n;

/** Exchange rate to the euro in millionths: 1 EUR = 1,000,000. */
export type EurRateMillionths = number;

export const EUR_TO_EUR: EurRateMillionths = 1_000_000;
const RATE_UNIT = 1_000_000n;

/**
 * What a resource costs for a span, in micro-euros, rounded half up once.
 * Every party that prices a span calls this, or repeats exactly this rule:
 * milliseconds x nano-units per hour x rate, divided by 3,600,000 ms, 1,000 nanos per micro and the rate's unit.
 */
export function costOfSpan(
  durationMs: number,
  rate: NanosPerHour,
  eurRate: EurRateMillionths = EUR_TO_EUR,
): Micros {
  assert(Number.isSafeInteger(durationMs) && durationMs >= 0, 'a span is a whole number of milliseconds');
  assert(Number.isSafeInteger(rate) && rate >= 0, 'a rate is a whole number of nano-units');
  assert(
    Number.isSafeInteger(eurRate) && eurRate > 0,
    'an exchange rate is a positive whole number of millionths',
  );
  const divisor = MS_PER_HOUR * NANOS_PER_MICRO * RATE_UNIT;
  return Number((2n * BigInt(durationMs) * BigInt(rate) * BigInt(eurRate) + divisor) / (2n * divisor));
}

/** Micro-euros per hour of a rate, rounded half up: for showing, never for summing. */
export function microsPerHour(rate: NanosPerHour, eurRate: EurRateMillionths = EUR_TO_EUR): Micros {
  return costOfSpan(Number(MS_PER_HOUR), rate, eurRate);
}

/** Nano-units per hour from a decimal string such as "1.2345"; exact, refuses anything else. */
export function parseRate(decimal: string): NanosPerHour {
  const match = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(decimal);
  assert(match, `not a price: ${decimal}`);
  return Number(match[1]) * 1_000_000_000 + Number((match[2] ?? '').padEnd(9, '0'));
}
