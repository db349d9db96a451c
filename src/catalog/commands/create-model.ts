/**
 * A model of an organisation, or of the whole installation. Its name is what the engine fetches and clients ask for;
 * it is given once. Two organisations may each have one of the same name.
 */
import type { CreateModel } from '#contracts/models.ts';
import { notify } from '#database/channels.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { activateByAct } from '#identity/activation/commands/activate-by-act.ts';
import { requireLiving } from '#identity/organisations/queries.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { composeFacts, requireOwnSource } from '../model-facts.ts';
import { insertModel, type ModelScope, selectModel } from '../model-store.ts';
import type { Model } from '../queries.ts';
import { toAuditedModel } from '../views.ts';

/** @throws model.name_taken, model.config_invalid, request.invalid, organisation.deleting */
export async function createModel(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: ModelScope,
  { wanted, by }: { readonly wanted: CreateModel; readonly by: Actor },
): Promise<Model> {
  const { hf_id: hfId, ...given } = wanted;
  const facts = composeFacts(given, undefined, hfId.slice(hfId.indexOf('/') + 1));
  const isCommon = scope === 'everybody';
  if (!isCommon) {
    requireOwnSource(given);
    await requireLiving(tx, scope);
    // Otherwise the same name would mean another model from one day to the next.
    if (await selectModel(tx, scope, hfId)) throw new AppError('model.name_taken');
  }
  const id = newId(env, 'model');
  const model = { ...facts, id, hfId, isActive: true, config: wanted.config, createdBy: by.actor };
  try {
    await insertModel(tx, isCommon ? null : scope.orgId, model);
  } catch (error) {
    if (constraintOf(error) !== 'models_name') throw error;
    throw new AppError('model.name_taken', { cause: error });
  }
  if (!isCommon) await activateByAct(tx, scope, { kind: 'model', id }, by);
  await notify(tx, 'routing', id);
  const made = await selectModel(tx, scope, id);
  if (!made) throw new Error('a model that was just made is there');
  noteChange({ after: toAuditedModel(made) });
  return made;
}
