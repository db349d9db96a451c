const MICROS_PER_EURO = 1_000_000;
const EUROS_MAX = 1_000_000_000;

/** An amount as it is typed: with a decimal point or comma, to the micro-euro. Nothing typed counts as none. */
export function isEuros(text: string, eurosMax = EUROS_MAX): boolean {
  const trimmed = text.trim();
  return (
    trimmed === '' ||
    (/^\d{1,10}(?:[.,]\d{1,6})?$/.test(trimmed) && Number(trimmed.replace(',', '.')) <= eurosMax)
  );
}

/** Read as digits, because a decimal fraction has no exact binary one. */
export function microsOf(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const [euros = '0', fraction = ''] = trimmed.split(/[.,]/);
  return Number(euros) * MICROS_PER_EURO + Number(fraction.padEnd(6, '0'));
}

/** The text of a form, which `microsOf` reads as the same amount. */
export function eurosTextOf(micros: number | null): string {
  return micros === null ? '' : String(micros / MICROS_PER_EURO);
}
