/**
 * Flavours as administrators write them. What runs is not touched: an agent is told what counts when it registers.
 * Those of the release are in no table, so they can be neither changed nor deleted; a record of their name goes before.
 */
import type { ChangeFlavour, CreateFlavour, FlavourView } from '#contracts/flavours.ts';
import { partsOf } from '#contracts/flavours.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { FirstValues } from '#settings/setting-values.ts';
import { requireFlavourArgs } from '../engine-args.ts';
import { existsProvider, lockCatalogue } from '../store.ts';
import { placesNaming } from './names.ts';
import { isBuiltInId, toFlavourView } from './queries.ts';
import {
  deleteFlavourRow,
  type FlavourRow,
  insertFlavour,
  selectFlavour,
  selectFlavours,
  updateFlavour,
} from './store.ts';

/** @throws request.invalid, catalogue.provider_not_found, flavour.taken */
export async function createFlavour(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  wanted: CreateFlavour,
): Promise<FlavourView> {
  requireFlavourArgs(wanted.args ?? []);
  await lockCatalogue(tx);
  const { name, gpu_vendor, gpu_family, provider_id } = wanted;
  if (provider_id !== null && !(await existsProvider(tx, provider_id)))
    throw new AppError('catalogue.provider_not_found');
  const id = newId(env, 'flavour');
  const row = { id, name, gpu_vendor, gpu_family, provider_id, ...partsOf(wanted) };
  if (!(await insertFlavour(tx, row))) throw new AppError('flavour.taken');
  const made = toFlavourView(await requireStored(tx, id));
  noteChange({ subject: { kind: 'flavour', id }, after: { ...made } });
  return made;
}

/** @throws flavour.not_found, flavour.built_in, flavour.changed, request.invalid */
export async function changeFlavour(tx: Transaction, id: string, to: ChangeFlavour): Promise<FlavourView> {
  const { version, ...given } = to;
  requireFlavourArgs(given.args ?? []);
  await lockCatalogue(tx);
  const before = await requireStored(tx, id);
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (!(await updateFlavour(tx, id, version, partsOf({ ...before, ...changes }))))
    throw new AppError('flavour.changed');
  const after = toFlavourView(await requireStored(tx, id));
  noteDifference(toFlavourView(before), after);
  return after;
}

/** @throws flavour.not_found, flavour.built_in, flavour.in_use */
export async function deleteFlavour(tx: Transaction, id: string, first: FirstValues): Promise<void> {
  await lockCatalogue(tx);
  const row = await requireStored(tx, id);
  const siblings = (await selectFlavours(tx)).filter(({ name }) => name === row.name);
  // Of a name with several records each but the last may go: what it said is then said by another.
  const places = siblings.length > 1 ? [] : await placesNaming(tx, first, row.name);
  if (places.length > 0) {
    throw new AppError('flavour.in_use', {
      publicMessage: `The flavour ${row.name} is named by ${places.join(', ')}. Name another one there first.`,
    });
  }
  await deleteFlavourRow(tx, id);
  noteChange({ before: { ...toFlavourView(row) } });
}

async function requireStored(tx: Transaction, id: string): Promise<FlavourRow> {
  if (isBuiltInId(id)) throw new AppError('flavour.built_in');
  const row = await selectFlavour(tx, id);
  if (!row) throw new AppError('flavour.not_found');
  return row;
}
