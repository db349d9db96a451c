/**
 * Wants a model on machines: checks that it can be, then writes the deployment and one instance per replica in the
 * caller's transaction. Nothing is asked of the provider here; after the commit the orchestrator makes it so.
 */
import { fits } from '#catalog/fit.ts';
import { type CatalogueOffer, getModel, getOffer, type Model } from '#catalog/queries.ts';
import { priceOf } from '#catalog/views.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { provisionInstance } from '#instances/commands/provision-instance.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type DeploymentId, newId } from '#kernel/ids.ts';
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
  readonly replicas: number;
}

/** What this installation can order from. */
export interface DeploymentRules {
  readonly enabledProviders: readonly string[];
  readonly engineOf: (providerId: string) => 'vllm' | 'simulated';
}

/**
 * @throws model.required, model.not_found, model.inactive, model.does_not_fit, provider.not_enabled,
 *   catalogue.type_not_found, catalogue.type_unavailable, deployment.name_taken, provider_account.not_found,
 *   provider_account.choice_required
 */
export async function createDeployment(
  env: Env,
  tx: Transaction,
  rules: DeploymentRules,
  order: { readonly scope: OrgScope; readonly wanted: WantedDeployment; readonly by: Actor },
): Promise<DeploymentId> {
  const { scope, wanted, by } = order;
  const { model, offer } = await requirePossible(tx, rules, wanted);
  const accountId = await chooseAccount(tx, scope, {
    providerId: offer.providerId,
    accountId: wanted.accountId,
  });
  const id = newId(env, 'deployment');
  await insertNamed(tx, scope, {
    id,
    name: wanted.name,
    modelId: model.id,
    providerId: offer.providerId,
    zone: offer.zone,
    instanceTypeId: offer.instanceTypeId,
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
      engine: rules.engineOf(offer.providerId),
      price: priceOf(offer),
    };
    await provisionInstance(env, tx, scope, instance, by);
  }
  await emitEvent(tx, {
    orgId: scope.orgId,
    type: 'deployment.changed',
    subjectId: id,
    summary: { name: wanted.name, status: 'active' },
  });
  return id;
}

async function requirePossible(
  tx: Transaction,
  rules: DeploymentRules,
  wanted: WantedDeployment,
): Promise<{ model: Model; offer: CatalogueOffer }> {
  if (wanted.modelId === undefined || wanted.modelId === '') throw new AppError('model.required');
  const model = await getModel(tx, wanted.modelId);
  if (!model.isActive) throw new AppError('model.inactive');
  if (!rules.enabledProviders.includes(wanted.provider)) throw new AppError('provider.not_enabled');
  const offer = await getOffer(tx, {
    provider: wanted.provider,
    type: wanted.instanceType,
    zone: wanted.zone,
  });
  if (!offer.isActive) throw new AppError('catalogue.type_unavailable');
  const fit = fits(model, offer);
  if (!fit.fits) throw new AppError('model.does_not_fit', { publicMessage: fit.explanation });
  return { model, offer };
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
