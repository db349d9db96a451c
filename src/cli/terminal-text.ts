/** What is shown to a person: tables, sums, times. Names come from others, so nothing of them steers the terminal. */

export type Cell = string | number | boolean | null | undefined;

/** Rows in columns, with their names above; the last one is not filled up. */
export function tableOf(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'nothing\n';
  const lines = [names.map((name) => name.toUpperCase()), ...rows.map((row) => row.map(textOf))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((text, column) => text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(text))))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Names and values below each other. */
export function factsOf(facts: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}\n`).join('');
}

/** One line that only shows: no escape sequence, no line break, nothing that turns the direction of writing. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** Many lines, such as an answer of a model: breaks and tabs stay. */
export function plainLines(text: string): string {
  return text.replace(/(?![\n\t\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

export function euros(micros: number | null | undefined): string {
  return micros === null || micros === undefined ? 'unknown' : `${(micros / 1e6).toFixed(4)} EUR`;
}

/** To the second, in UTC, so that two people see the same. */
export function moment(at: string | null | undefined): string {
  return at ? `${at.slice(0, 19).replace('T', ' ')}Z` : '-';
}

function textOf(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return plain(String(value));
}

function widthOf(text: string): number {
  return [...text].length;
}
