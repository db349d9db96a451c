/** Puts a terminated machine out of sight. Its history, actions and costs stay. Asked twice it is asked once. */
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { readState, wantArchived } from '../store/instances.ts';

/** @throws instance.not_found, instance.illegal_transition */
export async function archiveInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  const state = await readState(tx, scope, id);
  if (state === undefined) throw new AppError('instance.not_found');
  if (state === 'archived') return;
  if (state !== 'terminated') {
    throw new AppError('instance.illegal_transition', {
      publicMessage: 'Only a terminated instance can be archived. Terminate it first.',
    });
  }
  await wakeReconciler(tx, scope, id, by.correlationId);
  await wantArchived(tx, scope, id);
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_ARCHIVE',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
}
