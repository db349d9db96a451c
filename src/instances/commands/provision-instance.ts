/**
 * Orders a machine: the row, its history, its first step and the work that makes it real commit together with the
 * caller's transaction, or none of them does. Nothing is asked of the provider here.
 */

import type { EngineKind } from '#contracts/worker.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { activateByAct, inheritActivation } from '#identity/activation/commands/activate-by-act.ts';
import type { Env } from '#kernel/env.ts';
import {
  type DeploymentId,
  type InstanceId,
  type InstanceTypeId,
  type ModelId,
  newId,
  type ProviderAccountId,
  type VolumeId,
} from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { announce, completeSteps, insertInstance } from '../store/instances.ts';
import { insertOffers, type NewOffer } from '../store/offers.ts';
import { attachVolumes } from './attach-volumes.ts';

export interface InstanceOrder {
  readonly deploymentId: DeploymentId | null;
  readonly name: string;
  readonly modelId: ModelId;
  readonly providerId: string;
  /** The organisation's account there; absent or null: the installation's own credentials. */
  readonly accountId?: ProviderAccountId | null;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly engine: EngineKind;
  /** What the offer asked when it was ordered; null is unknown, never free. */
  readonly price: { readonly nanosPerHour: number; readonly currency: string } | null;
  /** What is ordered instead when the provider has no room for the first, in this order. */
  readonly fallbacks?: readonly NewOffer[];
  /** Kept volumes that its server is made with; all its offers are in their zone. */
  readonly volumeIds?: readonly VolumeId[];
  /** The machine whose place it takes, and as which it is activated. */
  readonly replaces?: InstanceId;
}

export async function provisionInstance(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  order: InstanceOrder,
  by: Actor,
): Promise<InstanceId> {
  const id = newId(env, 'instance');
  const { price, fallbacks = [], volumeIds = [], replaces, ...rest } = order;
  const accountId = order.accountId ?? null;
  const priced = { priceNanosPerHour: price?.nanosPerHour ?? null, priceCurrency: price?.currency ?? null };
  await insertInstance(tx, scope, { ...rest, ...priced, id, accountId }, by);
  await activate(tx, scope, id, replaces, by);
  const { zone, instanceTypeId } = order;
  await insertOffers(tx, scope, id, [{ zone, instanceTypeId, price }, ...fallbacks]);
  await attachVolumes(tx, scope, {
    instanceId: id,
    volumeIds,
    providerId: order.providerId,
    accountId,
    zone,
  });
  await completeSteps(tx, scope, id, ['request_created']);
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_CREATE',
    status: 'succeeded',
    metadata: {
      provider: order.providerId,
      zone,
      instance_type_id: instanceTypeId,
      volume_ids: volumeIds,
      fallbacks: fallbacks.map((one) => ({ zone: one.zone, instance_type_id: one.instanceTypeId })),
    },
    correlationId: by.correlationId,
  });
  await announce(tx, scope, id);
  await notify(tx, 'routing', id);
  await wakeReconciler(tx, scope, id, by.correlationId);
  return id;
}

/** Nothing is ordered at the provider before it is activated in both senses. */
async function activate(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  replaces: InstanceId | undefined,
  by: Actor,
): Promise<void> {
  const to = { kind: 'instance', id } as const;
  if (replaces === undefined) await activateByAct(tx, scope, to, by);
  else await inheritActivation(tx, scope, { from: { kind: 'instance', id: replaces }, to, by });
}
