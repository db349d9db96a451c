/** Somebody decided on an activation: what it is about is looked at, whether it may be ordered now or not any more. */
import type { Transaction } from '#database/database.ts';
import { type InstanceId, isId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { listOrdered } from '../store/awaited-models.ts';
import { announce, readState } from '../store/instances.ts';

/** False when there is no such instance. Comes before the activation is written: see the order of locks. */
export async function wakeActivatedInstance(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  by: Actor,
): Promise<boolean> {
  if (!isId('instance', id) || (await readState(tx, scope, id)) === undefined) return false;
  await wakeOne(tx, scope, id, by);
  return true;
}

/** Instances that may wait for this model or provider, or must not be ordered any more. */
export async function wakeActivatedUses(
  tx: Transaction,
  scope: OrgScope,
  need: { readonly kind: 'model' | 'provider'; readonly id: string },
  by: Actor,
): Promise<void> {
  for (const id of await listOrdered(tx, scope, need)) await wakeOne(tx, scope, id, by);
}

async function wakeOne(tx: Transaction, scope: OrgScope, id: InstanceId, by: Actor): Promise<void> {
  await wakeReconciler(tx, scope, id, by.correlationId);
  await announce(tx, scope, id);
}
