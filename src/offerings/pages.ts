import * as z from 'zod';
import type { pageQuerySchema } from '#contracts/management.ts';
import { type Page, readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import type { SidePage } from './sides.ts';

export const byId = z.object({ id: z.string().max(200) });

/** A list of this domain, newest first. */
export async function pageOfRows<T extends { readonly created_at: string; readonly id: string }>(
  query: z.infer<typeof pageQuerySchema>,
  list: (page: SidePage) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const after = query.after === undefined ? undefined : readPosition(query.after);
  const rows = await list({ limit: query.limit + 1, after });
  return toPage(rows, query.limit, (last) => [last.created_at, last.id]);
}

/** @throws request.invalid */
function readPosition(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = readCursor(cursor, 2);
  return { createdAt: readCursorTime(createdAt), id };
}
