/** The model as it stays until the transaction ends: nobody changes it meanwhile, others may use it too. */
import type { Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { lockModel } from '../model-store.ts';
import { getModel, type Model } from '../queries.ts';

/** @throws model.not_found */
export async function lockModelForUse(tx: Transaction, scope: OrgScope, idOrHfId: string): Promise<Model> {
  const { id } = await getModel(tx, scope, idOrHfId);
  await lockModel(tx, id, 'to_use');
  return getModel(tx, scope, id);
}
