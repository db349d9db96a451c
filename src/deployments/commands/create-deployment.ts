/**
 * Wants a model on machines: checks that it can be, then writes the deployment and one instance per replica in the
 * caller's transaction. Nothing is asked of the provider here; after the commit the orchestrator makes it so.
 */
import { lockModelForUse } from '#catalog/commands/lock-model.ts';
import { fitOfModel } from '#catalog/fit.ts';
import { type CatalogueOffer, getOffer, type Model } from '#catalog/queries.ts';
import { priceOf } from '#catalog/views.ts';
import type { EngineKind } from '#contracts/worker.ts';
import { recordEvent } from '#database/business-events.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { requireActiveByAct } from '#identity/activation/commands/activate-by-act.ts';
import { requireLiving, requireOpenProject } from '#identity/organisations/queries.ts';
import { notAttachable } from '#instances/commands/attach-volumes.ts';
import { provisionInstance } from '#instances/commands/provision-instance.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type DeploymentId, isId, newId, type VolumeId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { chooseAccount } from '#settings/account-queries.ts';
import { insertDeployment } from '../store.ts';

export interface WantedDeployment {
  readonly name: string;
  /** Id or Hugging Face id. */
  readonly modelId: string | undefined;
  readonly provider: string;
  /** Needed when the organisation has several accounts there. */
  readonly accountId: string | undefined;
  readonly zone: string;
  readonly instanceType: string;
  /** Tried in this order when the provider has no room for the first. */
  readonly fallbacks: readonly { readonly zone: string; readonly instanceType: string }[];
  readonly replicas: number;
  /** Kept volumes for its one machine. */
  readonly volumeIds?: readonly string[];
  /** What its costs are grouped by. */
  readonly projectId?: string | null | undefined;
}

/** What this installation can order from. */
export interface DeploymentRules {
  readonly enabledProviders: readonly string[];
  readonly engineOf: (providerId: string, model: Pick<Model, 'gguf'>) => EngineKind;
  /** Whether a machine there can be made with a volume that outlived another. */
  readonly attachesVolumes: (providerId: string) => boolean;
  /** Offers that one order may name; asked at each order. */
  readonly offersMax: () => number;
  /** Machines that are really rented must be able to call home. @throws control_url.* */
  readonly requireReachable: (providerId: string) => void;
}

/**
 * @throws model.required, model.not_found, model.inactive, model.does_not_fit, provider.not_enabled,
 *   catalogue.type_not_found, catalogue.type_unavailable, deployment.name_taken, request.invalid, provider_account.not_found,
 *   provider_account.choice_required, volume.not_found, volume.ending, volume.in_use, volume.not_attachable,
 *   activation.missing, control_url.local, control_url.unencrypted, control_url.unreachable
 */
export async function createDeployment(
  env: Env,
  tx: Transaction,
  rules: DeploymentRules,
  order: { readonly scope: OrgScope; readonly wanted: WantedDeployment; readonly by: Actor },
): Promise<DeploymentId> {
  const { scope, wanted, by } = order;
  await requireLiving(tx, scope);
  const { model, offer } = await requirePossible(tx, rules, scope, wanted);
  rules.requireReachable(offer.providerId);
  const needs = [
    { kind: 'model', id: model.id, name: model.hfId },
    { kind: 'provider', id: offer.providerId, name: offer.providerId },
  ] as const;
  for (const need of needs) await requireActiveByAct(tx, scope, need, by);
  const accountId = await chooseAccount(tx, scope, {
    providerId: offer.providerId,
    accountId: wanted.accountId,
  });
  const fallbacks = await requireFallbacks(tx, rules, { scope, wanted, model, offer });
  const volumeIds = requireVolumes(rules, wanted);
  const projectId = await requireOpenProject(tx, scope, wanted.projectId);
  const id = newId(env, 'deployment');
  await insertNamed(tx, scope, {
    id,
    projectId,
    name: wanted.name,
    modelId: model.id,
    providerId: offer.providerId,
    zone: offer.zone,
    instanceTypeId: offer.instanceTypeId,
    fallbacks: fallbacks.map((one) => ({ zone: one.zone, instance_type_id: one.instanceTypeId })),
    replicas: wanted.replicas,
    createdBy: by.actor,
  });
  for (let replica = 1; replica <= wanted.replicas; replica++) {
    const instance = {
      deploymentId: id,
      name: `${wanted.name}-${replica}`,
      modelId: model.id,
      providerId: offer.providerId,
      accountId,
      zone: offer.zone,
      instanceTypeId: offer.instanceTypeId,
      engine: rules.engineOf(offer.providerId, model),
      price: priceOf(offer),
      volumeIds,
      fallbacks: fallbacks.map((one) => {
        return { zone: one.zone, instanceTypeId: one.instanceTypeId, price: priceOf(one) };
      }),
    };
    await provisionInstance(env, tx, scope, instance, by);
  }
  await emitEvent(tx, {
    orgId: scope.orgId,
    type: 'deployment.changed',
    subjectId: id,
    summary: { name: wanted.name, status: 'active' },
  });
  await recordEvent(tx, {
    orgId: scope.orgId,
    type: 'DEPLOYMENT_CREATED',
    subjectId: id,
    data: { deployment_id: id, name: wanted.name, model_id: model.id, replicas: wanted.replicas },
  });
  return id;
}

async function requirePossible(
  tx: Transaction,
  rules: DeploymentRules,
  scope: OrgScope,
  wanted: WantedDeployment,
): Promise<{ model: Model; offer: CatalogueOffer }> {
  if (wanted.modelId === undefined || wanted.modelId === '') throw new AppError('model.required');
  const model = await lockModelForUse(tx, scope, wanted.modelId);
  if (!model.isActive) throw new AppError('model.inactive');
  if (!rules.enabledProviders.includes(wanted.provider)) throw new AppError('provider.not_enabled');
  return { model, offer: await requireOffer(tx, scope, model, wanted) };
}

async function requireOffer(
  tx: Transaction,
  scope: OrgScope,
  model: Model,
  wanted: Pick<WantedDeployment, 'provider' | 'zone' | 'instanceType'>,
): Promise<CatalogueOffer> {
  const { provider, instanceType: type, zone } = wanted;
  const offer = await getOffer(tx, { provider, type, zone, orgId: scope.orgId });
  if (!offer.isActive) throw new AppError('catalogue.type_unavailable');
  if (offer.service !== 'offered') throw new AppError('catalogue.type_ending');
  const fit = fitOfModel(model, offer);
  if (!fit.fits) throw new AppError('model.does_not_fit', { publicMessage: fit.explanation });
  return offer;
}

/** Each must be as possible as the first: an order that fails over to what cannot be is found out too late. */
async function requireFallbacks(
  tx: Transaction,
  rules: DeploymentRules,
  order: {
    readonly scope: OrgScope;
    readonly wanted: WantedDeployment;
    readonly model: Model;
    readonly offer: CatalogueOffer;
  },
): Promise<CatalogueOffer[]> {
  const { scope, wanted, model } = order;
  const max = rules.offersMax();
  if (wanted.fallbacks.length >= max) {
    throw new AppError('request.invalid', {
      publicMessage: `An order may name at most ${max} offers, the first included. Leave out some of \`fallbacks\`.`,
    });
  }
  const offers = [order.offer];
  for (const [index, fallback] of wanted.fallbacks.entries()) {
    const offer = await named(index, () =>
      requireOffer(tx, scope, model, { provider: wanted.provider, ...fallback }),
    );
    if (offers.some((one) => one.zone === offer.zone && one.instanceTypeId === offer.instanceTypeId)) {
      throw new AppError('request.invalid', {
        publicMessage: `fallbacks[${index}]: ${offer.code} in ${offer.zone} is named twice. Name each offer once.`,
      });
    }
    offers.push(offer);
  }
  return offers.slice(1);
}

/** What an order with kept volumes must be like; the volumes themselves are looked at when they are given. */
function requireVolumes(rules: DeploymentRules, wanted: WantedDeployment): VolumeId[] {
  const { volumeIds = [], provider, zone, fallbacks } = wanted;
  if (volumeIds.length === 0) return [];
  if (!rules.attachesVolumes(provider)) {
    throw notAttachable(
      `Machines of ${provider} cannot be made with a kept volume. Leave out \`volume_ids\`.`,
    );
  }
  if (wanted.replicas !== 1) {
    throw notAttachable('A volume is used by one machine at a time. Order one replica with `volume_ids`.');
  }
  if (fallbacks.some((one) => one.zone !== zone)) {
    throw notAttachable(
      `A volume cannot leave its zone. Name only \`fallbacks\` in ${zone}, or leave out \`volume_ids\`.`,
    );
  }
  return volumeIds.map((id) => {
    if (!isId('volume', id)) throw new AppError('volume.not_found');
    return id;
  });
}

/** A refusal says which of the fallbacks it is about. */
async function named<T>(index: number, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const publicMessage = `fallbacks[${index}]: ${error.publicMessage}`;
    throw new AppError(error.code, { publicMessage, cause: error });
  }
}

async function insertNamed(
  tx: Transaction,
  scope: OrgScope,
  deployment: Parameters<typeof insertDeployment>[2],
): Promise<void> {
  try {
    await insertDeployment(tx, scope, deployment);
  } catch (error) {
    if (constraintOf(error) !== 'deployments_name') throw error;
    throw new AppError('deployment.name_taken', { cause: error });
  }
}
