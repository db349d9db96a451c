/**
 * Asks that the worker of a machine be installed anew. The intent commits with the caller's transaction; the
 * orchestrator tries one way after the other. While one installation is under way, asking again changes nothing.
 */
import type { InstanceState } from '#contracts/instances.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type InstanceId, newId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { announce, type Intent, lockIntent } from '../store/instances.ts';
import { insertReinstall, isUnderWay } from '../store/reinstalls.ts';

/** There is a server that ran once, whatever has become of its worker. */
const REINSTALLABLE: readonly InstanceState[] = [
  'starting',
  'ready',
  'unavailable',
  'draining',
  'worker_dead',
  'startup_failed',
];

/** @throws instance.not_found, instance.illegal_transition */
export async function reinstallInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  await wakeReconciler(tx, scope, id, by.correlationId);
  const intent = await lockIntent(tx, scope, id);
  if (!intent) throw new AppError('instance.not_found');
  if (intent.wanted === 'serving' && (await isUnderWay(tx, scope, id))) return;
  refuseWithout(intent);
  const order = { id: newId(env, 'reinstall'), instanceId: id, isAutomatic: false };
  if (!(await insertReinstall(tx, scope, order, by))) return;
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_REINSTALL',
    status: 'succeeded',
    metadata: { reinstall: order.id },
    correlationId: by.correlationId,
  });
  await announce(tx, scope, id);
  await notify(tx, 'routing', id);
}

function refuseWithout({ state, wanted }: Intent): void {
  if (wanted === 'terminated' || state === 'failed') {
    throw new AppError('instance.illegal_transition', {
      publicMessage: 'This instance is being terminated, or is gone. Deploy the model again for another one.',
    });
  }
  if (REINSTALLABLE.includes(state)) return;
  if (state === 'installing') {
    throw new AppError('instance.illegal_transition', {
      publicMessage:
        'Its worker is being installed already. Wait for that to end, or terminate the instance.',
    });
  }
  throw new AppError('instance.illegal_transition', {
    publicMessage: `It is ${state}: there is no running server to install a worker on. Wait until its server runs, or terminate it.`,
  });
}
