import type { LogLineView } from '#contracts/logs.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { readState } from '../store/instances.ts';
import { type LogFilter, type LogPosition, selectLines } from './log-store.ts';

export interface LogPage {
  /** Oldest first. */
  readonly lines: readonly LogLineView[];
  readonly hasOlder: boolean;
}

/** The last lines before a position, or the first ones after it. @throws instance.not_found */
export async function readLogs(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  filter: LogFilter,
  page: { readonly limit: number; readonly position: LogPosition },
): Promise<LogPage> {
  if ((await readState(db, scope, id)) === undefined) throw new AppError('instance.not_found');
  const rows = await selectLines(db, scope, id, filter, { ...page, limit: page.limit + 1 });
  const isNewer = page.position.direction === 'newer';
  const hasMore = rows.length > page.limit;
  const nearest = rows.slice(0, page.limit);
  const lines = (isNewer ? nearest : nearest.toReversed()).map((row) => ({
    ...row,
    at: row.at.toISOString(),
    received_at: row.received_at.toISOString(),
  }));
  // Whoever goes forward came from somewhere, so there is something before.
  return { lines, hasOlder: isNewer || hasMore };
}
