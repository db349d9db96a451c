import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export const RECONCILE_INSTANCE = 'reconcile-instance';

/** Asks that this instance be looked at now. Comes before any write to the instance's row: see the order of locks. */
export async function wakeReconciler(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  correlationId: string,
): Promise<void> {
  await enqueue(tx, { kind: RECONCILE_INSTANCE, subjectId: id, orgId: scope.orgId, correlationId });
}
