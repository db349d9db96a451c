import type { JsonRows } from '#contracts/json-rows.ts';
import type { RequestRecord } from '#contracts/requests.ts';
import type { Database } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import { announceUsage } from '../ledger-store.ts';
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
    () => addAndTell(db, rows),
  );
}

/** Refused requests never come into the ledger, so that the log tells of them itself. */
function addAndTell(db: Database, rows: JsonRows): Promise<void> {
  return db.transaction(async (tx) => {
    await addRequests(tx, rows);
    await announceUsage(
      tx,
      rows.map((row) => JSON.parse(row) as Logged).map((row) => ({ orgId: row.org_id, userId: row.user_id })),
    );
  });
}

type Logged = Pick<RequestRecord, 'org_id' | 'user_id' | 'started_at_ms'>;

function timesOf(rows: JsonRows): readonly [number, number] {
  const times = rows.map((row) => (JSON.parse(row) as Logged).started_at_ms);
  return [Math.min(...times), Math.max(...times)];
}
