import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { addToLedger, announceUsage } from '../ledger-store.ts';

/**
 * Takes usage records into the ledger. Idempotent by request id: a batch whose answer was lost is sent again as it is.
 * `inserted` counts the records that were new.
 */
export async function recordUsage(
  db: Database,
  records: readonly UsageRecord[],
): Promise<{ inserted: number }> {
  if (records.length === 0) return { inserted: 0 };
  return db.transaction(async (tx) => {
    const inserted = await addToLedger(tx, records);
    if (inserted > 0) await announceUsage(tx, [...new Set(records.map((record) => record.org_id))]);
    return { inserted };
  });
}
