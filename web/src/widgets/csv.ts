type Cell = string | number | null;

/** A spreadsheet would run what begins so. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * RFC 4180 with a byte-order mark, so that Excel reads its accents. French Excel wants semicolons and a decimal comma.
 */
export function csvOf(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  language: 'en' | 'fr',
): string {
  const separator = language === 'fr' ? ';' : ',';
  const write = (cell: Cell) => {
    if (cell === null) return '';
    if (typeof cell === 'number') return language === 'fr' ? String(cell).replace('.', ',') : String(cell);
    const text = FORMULA.test(cell) ? `'${cell}` : cell;
    return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\ufeff${[head, ...rows].map((row) => `${row.map(write).join(separator)}\r\n`).join('')}`;
}

/** Hands a text to the reader as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the address only after the click has returned.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
