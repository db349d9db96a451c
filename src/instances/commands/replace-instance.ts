/**
 * Orders a machine like this one and says that this one is to go. Both commit with the caller's transaction, so
 * there is never neither of them, and a crash leaves no third one.
 */
import assert from 'node:assert';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { DeploymentId, InstanceId, InstanceTypeId, ModelId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
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
  const { priceNanosPerHour: nanosPerHour, priceCurrency: currency, ...rest } = order;
  const replacedBy = await provisionInstance(
    env,
    tx,
    scope,
    {
      ...rest,
      deploymentId: rest.deploymentId as DeploymentId | null,
      modelId: rest.modelId as ModelId,
      instanceTypeId: rest.instanceTypeId as InstanceTypeId,
      price: nanosPerHour === null || currency === null ? null : { nanosPerHour, currency },
    },
    by,
  );
  await endReinstall(tx, scope, id, { outcome: 'replaced', replacedBy });
  await terminateInstance(env, tx, scope, id, by);
  return replacedBy;
}
