/**
 * Orders a machine like this one and says that this one is to go. Both commit with the caller's transaction, so
 * there is never neither of them, and a crash leaves no third one.
 */
import assert from 'node:assert';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { DeploymentId, InstanceId, ModelId, ProviderAccountId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { passVolumesOn } from '../store/kept-volumes.ts';
import { listOrderedOffers } from '../store/offers.ts';
import { endReinstall, readOrder } from '../store/reinstalls.ts';
import { provisionInstance } from './provision-instance.ts';
import { terminateInstance } from './terminate-instance.ts';

/** Gives the id of the new machine. */
export async function replaceInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<InstanceId> {
  const order = await readOrder(tx, scope, id);
  assert(order, `there is no instance ${id}`);
  const [first, ...fallbacks] = await listOrderedOffers(tx, scope, id);
  assert(first, `${id} was ordered without an offer`);
  const replacedBy = await provisionInstance(
    env,
    tx,
    scope,
    {
      ...order,
      ...first,
      fallbacks,
      accountId: order.accountId as ProviderAccountId | null,
      deploymentId: order.deploymentId as DeploymentId | null,
      modelId: order.modelId as ModelId,
      replaces: id,
    },
    by,
  );
  await passVolumesOn(tx, scope, id, replacedBy);
  await endReinstall(tx, scope, id, { outcome: 'replaced', replacedBy });
  await terminateInstance(env, tx, scope, id, by);
  return replacedBy;
}
