import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { isId } from '#kernel/ids.ts';

/** Tells those concerned, and the gateways, when the transaction commits. */
export async function announceMarket(
  tx: Transaction,
  orgIds: readonly string[],
  subjectId: string,
): Promise<void> {
  const type =
    isId('contract', subjectId) || isId('accessRequest', subjectId) ? 'contract.changed' : 'market.changed';
  for (const orgId of new Set(orgIds)) {
    await emitEvent(tx, { orgId, type, subjectId, summary: {} });
  }
  await notify(tx, 'routing');
}
