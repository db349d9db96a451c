import type { Language } from './i18n.ts';

const MICROS_PER_EURO = 1_000_000;
const LOCALES: Record<Language, string> = { en: 'en-GB', fr: 'fr-FR' };
/** Binary multiples, as GPU makers and engines count memory. */
const BYTE_UNITS = {
  en: ['B', 'KiB', 'MiB', 'GiB', 'TiB'],
  fr: ['o', 'Kio', 'Mio', 'Gio', 'Tio'],
} as const;
const DURATION_UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

export type Format = ReturnType<typeof buildFormat>;

/** Numbers, money and dates as the reader writes them. Built once per language: Intl objects are costly. */
export function createFormat(language: Language): Format {
  let format = built.get(language);
  if (!format) {
    format = buildFormat(language);
    built.set(language, format);
  }
  return format;
}

const built = new Map<Language, Format>();

function buildFormat(language: Language) {
  const locale = LOCALES[language];
  const euro = (digitsMin: number, digitsMax = digitsMin) =>
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: 'EUR',
      minimumFractionDigits: digitsMin,
      maximumFractionDigits: digitsMax,
    });
  const [euro2, euro4, euro6, euroUnit] = [euro(2), euro(4), euro(6), euro(2, 6)];
  const decimal = (digits: number) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const decimals = [decimal(0), decimal(1), decimal(2)] as const;
  // British English writes 8bn and 600m; model cards say 8B and 600M.
  const compactLocale = language === 'en' ? 'en-US' : locale;
  const compactIn = (digits: number) =>
    new Intl.NumberFormat(compactLocale, { notation: 'compact', maximumFractionDigits: digits });
  const compactNumbers = [compactIn(0), compactIn(1)] as const;
  const moment = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const dateOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dayShort = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const dayOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

  const number = (value: number, digits: 0 | 1 | 2 = 0) => decimals[digits].format(value);
  return {
    number,
    compact: (value: number, digits: 0 | 1 = 1) => compactNumbers[digits].format(value),
    percent: (value: number) => (language === 'fr' ? `${number(value)}\u202f%` : `${number(value)}%`),
    /** An amount: cents for sums, more digits below one euro, where cents would show nothing. */
    money(micros: number): string {
      const size = Math.abs(micros);
      const digits =
        size === 0 || size >= MICROS_PER_EURO ? euro2 : size >= MICROS_PER_EURO / 100 ? euro4 : euro6;
      return digits.format(micros / MICROS_PER_EURO);
    },
    /** An amount to the last micro-euro. */
    moneyExact: (micros: number) => euro6.format(micros / MICROS_PER_EURO),
    /** A price per unit: as many digits as it has, up to six. */
    unitPrice: (micros: number) => euroUnit.format(micros / MICROS_PER_EURO),
    /** A price per unit in the currency that it was asked in. */
    price: (micros: number, currency: string) => priceIn(locale, micros, currency),
    bytes: (value: number) => bytesIn(language, value, number),
    /** Day and time, for tables; the year only when it is another one. */
    moment(iso: string): string {
      const at = new Date(iso);
      return (at.getFullYear() === new Date().getFullYear() ? moment : dateTime).format(at);
    },
    dateTime: (iso: string) => dateTime.format(new Date(iso)),
    date: (iso: string) => dateOnly.format(new Date(iso)),
    /** A day of UTC, as a label of a chart. */
    dayShort: (iso: string) => dayShort.format(new Date(iso)),
    /** A day of UTC with its year. */
    dayOnly: (day: string) => dayOnly.format(new Date(day)),
    time: (iso: string) => time.format(new Date(iso)),
    duration: (ms: number) => durationIn(locale, ms),
    /** A running clock: whole seconds, so that it does not flicker. */
    age: (ms: number) => durationIn(locale, Math.max(0, Math.floor(ms / 1_000) * 1_000), true),
    ago: (iso: string, nowMs: number) => agoIn(relative, new Date(iso).getTime() - nowMs),
  };
}

function priceIn(locale: string, micros: number, currency: string): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
  return new Intl.NumberFormat(locale, { style: 'currency', currency, ...digits }).format(
    micros / MICROS_PER_EURO,
  );
}

function bytesIn(
  language: Language,
  value: number,
  number: (value: number, digits: 0 | 1) => string,
): string {
  const units = BYTE_UNITS[language];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 2 ** (10 * power);
  return `${number(scaled, scaled < 100 && power > 0 && scaled % 1 !== 0 ? 1 : 0)}\u00a0${units[power]}`;
}

/** The two largest units: `3 d 4 h`, `2 min 5 s`; tenths below ten seconds. */
function durationIn(locale: string, ms: number, isWhole = false): string {
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'narrow',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
  if (ms < 1_000 && !isWhole) return unit(Math.max(0, Math.round(ms)), 'millisecond');
  if (ms < 60_000) return unit(ms / 1_000, 'second', ms < 10_000 && !isWhole ? 1 : 0);
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const [name, size] of DURATION_UNITS) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0) parts.push(unit(whole, name));
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

function agoIn(relative: Intl.RelativeTimeFormat, differenceMs: number): string {
  const size = Math.abs(differenceMs);
  for (const [name, unitMs] of DURATION_UNITS) {
    if (size >= unitMs) return relative.format(Math.trunc(differenceMs / unitMs), name);
  }
  return relative.format(0, 'second');
}
