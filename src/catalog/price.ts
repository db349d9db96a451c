import assert from 'node:assert';
import { EUR_TO_EUR, microsPerHour as eurosPerHour, type Micros, type NanosPerHour } from '#kernel/money.ts';

/** What a provider asks, in its own currency. */
export interface Price {
  readonly nanosPerHour: NanosPerHour;
  readonly currency: string;
}

/** Euros per unit of a foreign currency, in millionths, and the day on which that was so. */
export interface ExchangeRate {
  readonly eurMillionths: number;
  readonly asOf: string;
}

/**
 * The price in whole micro-euros per hour, rounded half up once; null when it is unknown or in a currency
 * for which there is no rate. Unknown is never zero.
 */
export function microsPerHour(price: Price | null, usdRate: ExchangeRate): Micros | null {
  const rate = price && eurMillionthsOf(price.currency, usdRate);
  if (!price || rate === null) return null;
  return eurosPerHour(price.nanosPerHour, rate);
}

/** Millionths of a euro per unit of the currency; null when there is no rate for it. */
export function eurMillionthsOf(currency: string, usdRate: ExchangeRate): number | null {
  if (currency === 'EUR') return EUR_TO_EUR;
  return currency === 'USD' ? usdRate.eurMillionths : null;
}

/** Reads the setting, such as `0.86@2026-11-01`; exact, refuses anything else. */
export function parseUsdRate(text: string): ExchangeRate {
  const match = /^(\d{1,3})(?:\.(\d{1,6}))?@(\d{4}-\d{2}-\d{2})$/.exec(text);
  assert(match, `not a rate with its date, such as 0.86@2026-11-01: ${text}`);
  const [, whole = '0', fraction = '', asOf = ''] = match;
  const eurMillionths = Number(whole) * EUR_TO_EUR + Number(fraction.padEnd(6, '0'));
  assert(eurMillionths > 0, `an exchange rate is more than zero: ${text}`);
  return { eurMillionths, asOf };
}
