/**
 * Takes a machine out of service and keeps it, or brings it back. The intent commits with the caller's transaction:
 * gateways stop sending at once, the orchestrator moves the machine, and a machine that is resumed goes through the
 * health check like one that starts.
 */
import type { InstanceState } from '#contracts/instances.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { type ActionCode, logAction } from '../store/action-log.ts';
import { announce, type Intent, lockIntent, wantDrained } from '../store/instances.ts';

const SERVING: readonly InstanceState[] = ['starting', 'ready', 'unavailable', 'draining'];

/** @throws instance.not_found, instance.illegal_transition */
export async function drainInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  const intent = await wakeAndLock(tx, scope, id, by);
  refuseEnding(intent);
  if (!SERVING.includes(intent.state)) {
    throw new AppError('instance.illegal_transition', {
      publicMessage: `It is ${intent.state} and takes no requests. Wait until it is ready to drain it, or terminate it.`,
    });
  }
  await setDrained(env, tx, scope, id, { isDrained: true, code: 'REQUEST_DRAIN', by });
}

/** @throws instance.not_found, instance.illegal_transition */
export async function resumeInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  refuseEnding(await wakeAndLock(tx, scope, id, by));
  // One that is not drained serves already, or will when it can: asked for twice, it is done once.
  await setDrained(env, tx, scope, id, { isDrained: false, code: 'REQUEST_RESUME', by });
}

/** The job row first, because of the order of locks; the state then holds until the caller commits. */
async function wakeAndLock(tx: Transaction, scope: OrgScope, id: InstanceId, by: Actor): Promise<Intent> {
  await wakeReconciler(tx, scope, id, by.correlationId);
  const intent = await lockIntent(tx, scope, id);
  if (!intent) throw new AppError('instance.not_found');
  return intent;
}

function refuseEnding({ wanted, state }: Intent): void {
  const isEnding =
    wanted === 'terminated' || ['failed', 'terminating', 'terminated', 'archived'].includes(state);
  if (!isEnding) return;
  throw new AppError('instance.illegal_transition', {
    publicMessage: 'This instance is being terminated, or is gone. Deploy the model again for another one.',
  });
}

async function setDrained(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  change: { readonly isDrained: boolean; readonly code: ActionCode; readonly by: Actor },
): Promise<void> {
  const { isDrained, code, by } = change;
  if (!(await wantDrained(tx, scope, id, isDrained))) return;
  noteChange({ before: { drained: !isDrained }, after: { drained: isDrained } });
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code,
    status: 'succeeded',
    correlationId: by.correlationId,
  });
  await announce(tx, scope, id);
  await notify(tx, 'routing', id);
}
