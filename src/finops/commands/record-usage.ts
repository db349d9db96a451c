import type { JsonRows } from '#contracts/json-rows.ts';
import type { Database } from '#database/database.ts';
import { addToLedger, announceUsage } from '../ledger-store.ts';

/**
 * Takes usage records into the ledger. Idempotent by request id: a batch whose answer was lost is sent again as it is.
 * `inserted` counts the records that were new.
 *
 * @param rows usage records (`usageRecordSchema`), one JSON object each
 */
export async function recordUsage(db: Database, rows: JsonRows): Promise<{ inserted: number }> {
  if (rows.length === 0) return { inserted: 0 };
  return db.transaction(async (tx) => {
    const { inserted, orgIds } = await addToLedger(tx, rows);
    await announceUsage(tx, orgIds);
    return { inserted };
  });
}
