import type { JsonRows } from '#contracts/json-rows.ts';
import type { Database } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import { addRequests } from '../request-log-store.ts';

/**
 * Puts requests into the log that people search. Idempotent; a day without a partition gets it now.
 *
 * @param rows `requestRecordSchema` or `usageRecordSchema`, one JSON object each
 */
export async function recordRequests(db: Database, rows: JsonRows): Promise<void> {
  if (rows.length === 0) return;
  await withPartitions(
    db,
    'request_log',
    () => timesOf(rows),
    () => addRequests(db, rows),
  );
}

function timesOf(rows: JsonRows): readonly [number, number] {
  const times = rows.map((row) => (JSON.parse(row) as { started_at_ms: number }).started_at_ms);
  return [Math.min(...times), Math.max(...times)];
}
