/**
 * Wants a deployment and all its machines gone, in one transaction. Said twice it is said once. It counts as
 * terminated when its last machine is proven gone; its name is free at once.
 */
import type { ExchangeRate } from '#catalog/price.ts';
import { recordEvent } from '#database/business-events.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { terminateInstance } from '#instances/commands/terminate-instance.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { getDeployment } from '../queries.ts';
import { markDeleted } from '../store.ts';

/** @throws deployment.not_found */
export async function deleteDeployment(
  env: Env,
  tx: Transaction,
  order: {
    readonly scope: OrgScope;
    readonly id: string;
    readonly by: Actor;
    readonly usdRate: ExchangeRate;
  },
): Promise<void> {
  const { scope, id, by } = order;
  const marked = await markDeleted(tx, scope, id);
  if (!marked) throw new AppError('deployment.not_found');
  const { instances, name } = await getDeployment(tx, scope, id, order.usdRate);
  for (const instance of instances) {
    if (instance.state === 'terminated' || instance.state === 'archived') continue;
    await terminateInstance(env, tx, scope, instance.id as InstanceId, by);
  }
  if (!marked.isNew) return;
  noteChange({ before: { name, status: 'active' }, after: { name, status: 'terminating' } });
  await emitEvent(tx, {
    orgId: scope.orgId,
    type: 'deployment.changed',
    subjectId: id,
    summary: { name, status: 'terminating' },
  });
  await recordEvent(tx, {
    orgId: scope.orgId,
    type: 'DEPLOYMENT_DELETED',
    subjectId: id,
    data: { deployment_id: id, name },
  });
}
