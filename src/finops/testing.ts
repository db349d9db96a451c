import type { RequestRecord } from '#contracts/requests.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { recordRequests as recordRequestRows } from './commands/record-requests.ts';
import { recordUsage as recordUsageRows } from './commands/record-usage.ts';

/** As gateways send them. */
export function recordUsage(db: Database, records: readonly UsageRecord[]): Promise<{ inserted: number }> {
  return recordUsageRows(
    db,
    records.map((record) => JSON.stringify(record)),
  );
}

/** As gateways send them. */
export function recordRequests(db: Database, records: readonly RequestRecord[]): Promise<void> {
  return recordRequestRows(
    db,
    records.map((record) => JSON.stringify(record)),
  );
}
