const TITLE_CHARS_MAX = 80;

/** The beginning of a text, in one line, cut between two words where that leaves enough. */
export function titleOf(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const signs = [...line];
  if (signs.length <= TITLE_CHARS_MAX) return line;
  const start = signs.slice(0, TITLE_CHARS_MAX - 1).join('');
  const lastSpace = start.lastIndexOf(' ');
  return `${lastSpace > TITLE_CHARS_MAX / 2 ? start.slice(0, lastSpace) : start}…`;
}
