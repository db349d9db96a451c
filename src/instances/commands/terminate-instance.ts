/**
 * Says that a machine is to go. Durable with the caller's transaction; said twice it is said once. From here on
 * the orchestrator drains it, deletes everything it has at the provider and waits for the proof.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { announce, readState, wantTerminated } from '../store/instances.ts';

/** @throws instance.not_found */
export async function terminateInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  if ((await readState(tx, scope, id)) === undefined) throw new AppError('instance.not_found');
  await wakeReconciler(tx, scope, id, by.correlationId);
  if (!(await wantTerminated(tx, scope, id, by))) return;
  noteChange({ before: { wanted: 'running' }, after: { wanted: 'terminated' } });
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_TERMINATE',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
  await announce(tx, scope, id);
  // Gateways stop sending at once, before the orchestrator has taken the work up.
  await notify(tx, 'routing', id);
}
