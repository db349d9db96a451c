/** Machines that their owners let nobody use now: outside of their hours, or used up for today. */
import type { Queryable } from '#database/database.ts';
import { listMachineTerms } from '#instances/queries.ts';
import { closedBecause, hasQuota, quotaDayBegan } from '#instances/terms/terms.ts';
import { usageSince } from './instance-usage-store.ts';

export { usageSince as servedSince } from './instance-usage-store.ts';

const NOTHING = { requests: 0, tokens: 0 };

/**
 * Requests count when they have ended and their gateway has told it, so what is under way when a quota is reached goes
 * beyond it.
 */
export async function readClosedMachines(db: Queryable): Promise<ReadonlySet<string>> {
  const terms = await listMachineTerms(db);
  if (terms.length === 0) return new Set();
  const counted = terms.filter(hasQuota).map((row) => ({
    orgId: row.orgId,
    instanceId: row.instanceId,
    fromMs: quotaDayBegan(row, row.nowMs),
  }));
  const served = await usageSince(db, counted);
  const closed = terms.filter(
    (row) => closedBecause(row, served.get(row.instanceId) ?? NOTHING, row.nowMs) !== undefined,
  );
  return new Set(closed.map(({ instanceId }) => instanceId));
}
