/** Shuts the worker of an instance out: its token is worthless at once. A reinstallation lets a new one in. */

import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { readState } from '../store/instances.ts';
import { revokeWorker } from '../store/workers.ts';

/** Asked twice it is done once. @throws instance.not_found */
export async function shutOutWorker(
  env: Env,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  if ((await readState(tx, scope, id)) === undefined) throw new AppError('instance.not_found');
  await wakeReconciler(tx, scope, id, by.correlationId);
  await revokeWorker(tx, scope, id);
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'WORKER_REVOKED',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
  // Nobody routes to a worker that nobody hears.
  await notify(tx, 'routing', id);
}
