/** Who must know that something about a host has changed: readers, and the catalogue, whose offers hosts are. */
import { SYNC_OFFERS } from '#catalog/jobs/sync-offers.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { BARE_METAL } from '#providers/host-book.ts';

export async function announceHost(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  correlationId: string,
): Promise<void> {
  await emitEvent(tx, { orgId: scope.orgId, type: 'host.changed', subjectId: id, summary: {} });
  await enqueue(tx, { kind: SYNC_OFFERS, subjectId: BARE_METAL, correlationId });
}
