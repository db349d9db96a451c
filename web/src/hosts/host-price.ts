/** What an hour of a machine counts for, as people type it: euros, with a comma or a point; nothing is unknown. */
export interface HostPrice {
  readonly nanos_per_hour: number;
  readonly currency: string;
}

const EURO_NANOS = 1e9;
const EUROS_MAX = 1e6;

/** Undefined where it is no price. */
export function readPrice(typed: string): HostPrice | null | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return null;
  if (!/^\d{1,7}(\.\d{1,9})?$/.test(text)) return undefined;
  const euros = Number(text);
  if (euros > EUROS_MAX) return undefined;
  return { nanos_per_hour: Math.round(euros * EURO_NANOS), currency: 'EUR' };
}

/** Micro-euros, as amounts are shown; undefined where it is another currency. */
export function microsOf(price: HostPrice): number | undefined {
  return price.currency === 'EUR' ? price.nanos_per_hour / 1_000 : undefined;
}
