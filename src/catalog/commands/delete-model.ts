/**
 * Takes a model out of the catalogue for good. Only one that was never deployed or offered: what ran of it is history,
 * and costs and requests name it. One that was is switched off instead.
 */

import { notify } from '#database/channels.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { deleteModelRow, lockModel, type ModelScope } from '../model-store.ts';
import { toAuditedModel } from '../views.ts';
import { requireOwn } from './change-model.ts';

const SEEDED =
  'The model comes with the installation and would be there again after its next start. Switch it off instead.';

/** @throws model.not_found, model.not_own, model.in_use */
export async function deleteModel(tx: Transaction, scope: ModelScope, id: string): Promise<void> {
  const found = await requireOwn(tx, scope, id);
  await lockModel(tx, found.id, 'to_change');
  const before = await requireOwn(tx, scope, found.id);
  try {
    const isGone = await deleteModelRow(tx, scope === 'everybody' ? null : scope.orgId, before.id);
    if (!isGone) throw new AppError('model.in_use', { publicMessage: SEEDED });
  } catch (error) {
    if (!constraintOf(error)?.endsWith('_model_id_fkey')) throw error;
    throw new AppError('model.in_use', {
      cause: error,
      publicMessage:
        'The model was deployed or offered, and its history stays. Switch it off instead: then nobody can deploy it.',
    });
  }
  await notify(tx, 'routing', before.id);
  noteChange({ before: toAuditedModel(before) });
}
