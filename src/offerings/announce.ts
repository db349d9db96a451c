import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';

/** Tells those concerned, and the gateways, when the transaction commits. */
export async function announceMarket(
  tx: Transaction,
  orgIds: readonly string[],
  subjectId: string,
): Promise<void> {
  for (const orgId of new Set(orgIds)) {
    await emitEvent(tx, { orgId, type: 'market.changed', subjectId, summary: {} });
  }
  await notify(tx, 'routing');
}
