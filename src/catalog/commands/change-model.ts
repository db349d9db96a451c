/**
 * Changes a model. What its deployments need is not taken from them: on each machine that they use it must go on to
 * fit, with the context that it has there. Replicas that run are not touched; those that start later follow.
 */

import type { GpuShape } from '#contracts/model-fit.ts';
import type { ChangeModel } from '#contracts/models.ts';
import { notify } from '#database/channels.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { ModelId } from '#kernel/ids.ts';
import { type FittedModel, fitOfModel } from '../fit.ts';
import { composeFacts, requireOwnSource } from '../model-facts.ts';
import { lockModel, type ModelScope, selectModel, updateModel, updateModelActivity } from '../model-store.ts';
import type { Model } from '../queries.ts';
import { toAuditedModel } from '../views.ts';

/** A machine that a deployment runs on, or may be moved to. */
export interface ModelUse extends GpuShape {
  readonly deployment: string;
}

/** Deployments are above this domain, so what uses a model is given. */
export type UsesOfModel = (db: Queryable, id: ModelId) => Promise<readonly ModelUse[]>;

/** @throws model.not_found, model.not_own, model.in_use, model.config_invalid, request.invalid */
export async function changeModel(
  tx: Transaction,
  scope: ModelScope,
  order: { readonly id: string; readonly to: ChangeModel; readonly usesOf: UsesOfModel },
): Promise<Model> {
  const found = await requireOwn(tx, scope, order.id);
  await lockModel(tx, found.id, 'to_change');
  const before = await requireOwn(tx, scope, found.id);
  const { is_active: isActive = before.isActive, ...given } = order.to;
  const orgId = scope === 'everybody' ? null : scope.orgId;
  if (orgId !== null) requireOwnSource(given);
  if (Object.keys(given).length === 0) {
    if (isActive !== before.isActive) await updateModelActivity(tx, orgId, before.id, isActive);
  } else {
    const after = { ...composeFacts(given, before, before.name), isActive };
    await refuseLoss(before, after, () => order.usesOf(tx, before.id));
    await updateModel(tx, orgId, before.id, { ...after, config: given.config });
  }
  await notify(tx, 'routing', before.id);
  const model = await requireOwn(tx, scope, before.id);
  noteDifference(toAuditedModel(before), toAuditedModel(model));
  return model;
}

/** The installation's models are changed by its administrators. */
export async function requireOwn(tx: Transaction, scope: ModelScope, id: string): Promise<Model> {
  const model = await selectModel(tx, scope, id);
  if (!model) throw new AppError('model.not_found');
  if (scope === 'everybody' ? model.orgId !== null : model.orgId !== scope.orgId) {
    throw new AppError(scope === 'everybody' ? 'model.not_found' : 'model.not_own');
  }
  return model;
}

async function refuseLoss(
  before: FittedModel,
  after: FittedModel,
  usesOf: () => Promise<readonly ModelUse[]>,
): Promise<void> {
  for (const { deployment, ...type } of await usesOf()) {
    const [was, now] = [fitOfModel(before, type), fitOfModel(after, type)];
    if (was.fits && !now.fits)
      throw inUse(deployment, `it would not fit ${type.code} any more. ${now.explanation}`);
    if (now.context_length < was.context_length) {
      const lengths = `${was.context_length} tokens on ${type.code}, and would take ${now.context_length}`;
      throw inUse(deployment, `it takes requests of up to ${lengths}`);
    }
  }
}

function inUse(deployment: string, why: string): AppError {
  return new AppError('model.in_use', {
    publicMessage: `The deployment ${deployment} needs the model as it is: ${why}. End it first, or make another model.`,
    details: { deployment },
  });
}
