/**
 * Puts a terminated machine out of sight, or back into view. Its history, actions and costs stay. Each is an intent
 * on the row, so what is asked twice is asked once, and the last word holds.
 */
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
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
  await setArchived(env, tx, scope, id, { isArchived: true, by });
}

/** @throws instance.not_found, instance.illegal_transition */
export async function unarchiveInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  await setArchived(env, tx, scope, id, { isArchived: false, by });
}

async function setArchived(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  { isArchived, by }: { readonly isArchived: boolean; readonly by: Actor },
): Promise<void> {
  const state = await readState(tx, scope, id);
  if (state === undefined) throw new AppError('instance.not_found');
  if (state !== 'terminated' && state !== 'archived') {
    throw new AppError('instance.illegal_transition', {
      publicMessage: isArchived
        ? 'Only a terminated instance can be archived. Terminate it first.'
        : 'This instance is not archived: it is in view already.',
    });
  }
  await wakeReconciler(tx, scope, id, by.correlationId);
  if (!(await wantArchived(tx, scope, id, isArchived))) return;
  noteChange({ before: { archived: !isArchived }, after: { archived: isArchived } });
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: isArchived ? 'REQUEST_ARCHIVE' : 'REQUEST_UNARCHIVE',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
}
