import { AppError } from '#kernel/errors.ts';

/** Names of models and people are sort keys too. */
const PART_MAX = 1_000;

/** Opaque to clients: where the next page of a list begins. */
export function writeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The parts of a cursor of ours. @throws request.invalid */
export function readCursor(text: string, length: number): string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parts = undefined;
  }
  const isOurs =
    Array.isArray(parts) &&
    parts.length === length &&
    parts.every((part) => typeof part === 'string' && part.length <= PART_MAX && !part.includes('\0'));
  if (!isOurs) throw notOurs();
  return parts as string[];
}

/** A moment in a cursor, in the form that databases take. @throws request.invalid */
export function readCursorTime(text: string): string {
  const isOurs = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);
  if (!isOurs || Number.isNaN(Date.parse(text))) throw notOurs();
  return text;
}

/** A number of a row in a cursor. @throws request.invalid */
export function readCursorNumber(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw notOurs();
  return text;
}

function notOurs(): AppError {
  return new AppError('request.invalid', {
    publicMessage: 'The cursor `after` is not one of ours: leave it out to begin with the first page.',
  });
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

/** A page from one row more than was asked for: the extra row tells whether there is another page. */
export function toPage<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => readonly string[],
): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const hasMore = rows.length > limit;
  return {
    data,
    has_more: hasMore,
    next_cursor: hasMore && last !== undefined ? writeCursor(cursorOf(last)) : null,
  };
}
