import type { JsonRows } from '#contracts/json-rows.ts';
import { AppError } from '#kernel/errors.ts';

export type SendRows = (rows: JsonRows) => Promise<unknown>;

/**
 * Sends rows; when the database will never take one of them, halving finds it, and it alone is handed to `onRefused`.
 * @throws what is no refusal: the database is only away, and all of it is tried again
 */
export async function sendRows(
  rows: JsonRows,
  send: SendRows,
  onRefused: (row: string, error: unknown) => Promise<void> | void,
): Promise<void> {
  try {
    await send(rows);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first = '{}'] = rows;
    if (rows.length <= 1) return onRefused(first, error);
    const middle = rows.length >> 1;
    await sendRows(rows.slice(0, middle), send, onRefused);
    await sendRows(rows.slice(middle), send, onRefused);
  }
}

export function requestIdOf(row: string): string {
  return String((JSON.parse(row) as { request_id?: unknown }).request_id);
}

/** A constraint or a value that cannot be stored: SQLSTATE classes 22 and 23. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AppError && error.code === 'database.unavailable') return false;
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && /^2[23][0-9A-Z]{3}$/.test(String(current.code))) return true;
  }
  return false;
}
