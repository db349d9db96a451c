/**
 * Orders a machine again whose order failed, from its first offer on. What the failed order left at the provider is
 * unwanted and goes on being removed beside the new one. Asked twice it is asked once.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { isStarting } from '../instance-machine.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { abandonAttempts } from '../store/attempts.ts';
import { readIntent, takeCorrelation, transition } from '../store/instances.ts';
import { forgetOfferRefusals, takeOffer } from '../store/offers.ts';

/** @throws instance.not_found, instance.illegal_transition, instance.stale */
export async function retryInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  await wakeReconciler(tx, scope, id, by.correlationId);
  const intent = await readIntent(tx, scope, id);
  if (!intent) throw new AppError('instance.not_found');
  const { state, stateVersion: expectedVersion, wanted } = intent;
  if (wanted === 'serving' && isStarting(state)) return;
  if (wanted !== 'serving' || state !== 'provisioning_failed') {
    throw new AppError('instance.illegal_transition', {
      publicMessage:
        'Only an instance whose order failed, and that was not terminated, can be ordered again. Create a deployment instead.',
    });
  }
  await takeCorrelation(tx, scope, id, by);
  await forgetOfferRefusals(tx, scope, id);
  await takeOffer(tx, scope, id, 0);
  await abandonAttempts(tx, scope, id, null);
  const change = { orgId: scope.orgId, id, from: state, to: 'provisioning', expectedVersion } as const;
  await transition(env, tx, { ...change, reason: 'retry_requested' }, by);
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_RETRY',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
  await notify(tx, 'routing', id);
}
