import type { RequestRecord } from '#contracts/requests.ts';
import type { Database } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import { addRequests } from '../request-log-store.ts';

/** Puts requests into the log that people search. Idempotent; a day without a partition gets it now. */
export async function recordRequests(db: Database, records: readonly RequestRecord[]): Promise<void> {
  if (records.length === 0) return;
  const times = records.map((record) => record.started_at_ms);
  const range = [Math.min(...times), Math.max(...times)] as const;
  await withPartitions(db, 'request_log', range, () => addRequests(db, records));
}
