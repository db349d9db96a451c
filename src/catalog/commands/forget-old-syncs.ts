import type { Queryable } from '#database/database.ts';
import { removeOldSyncs } from '../sync-store.ts';

/** Syncs that ended and whose report nobody reads any more, a bounded number; how many went. */
export function forgetOldSyncs(db: Queryable, olderThanDays: number, limit: number): Promise<number> {
  return removeOldSyncs(db, olderThanDays, limit);
}
