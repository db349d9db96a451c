const NANOS = 1_000_000_000n;

/** An exact decimal, as the api takes it: nothing is rounded on the way to the form and back. */
export function priceTextOf(nanosPerHour: number | null): string {
  if (nanosPerHour === null) return '';
  const nanos = BigInt(nanosPerHour);
  const fraction = String(nanos % NANOS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(nanos / NANOS) : `${nanos / NANOS}.${fraction}`;
}

export function isPriceText(text: string): boolean {
  return /^\d{1,6}(?:\.\d{1,9})?$/.test(text.trim());
}
