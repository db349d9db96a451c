/**
 * What administrators of the installation say about machines, zones and prices. What a person wrote stands against
 * seeds and the providers' own lists until it is given back. Machines that run are not touched: what they cost was
 * written down when they were ordered.
 */
import type {
  CatalogueType,
  CatalogueZone,
  ChangeInstanceType,
  CreateInstanceType,
  SetPrice,
} from '#contracts/models.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { parseRate } from '#kernel/money.ts';
import { requireFlavour } from '../flavours/names.ts';
import {
  giveOfferBack,
  giveTypeBack,
  insertType,
  insertZone,
  selectType,
  selectZone,
  updateTypeActivity,
  updateTypeFigures,
  updateTypeFlavour,
  updateZone,
  upsertEditedOffer,
} from '../machine-store.ts';
import { notePrices } from '../offer-store.ts';
import { existsProvider, lockCatalogue } from '../store.ts';

/** @throws catalogue.provider_not_found, catalogue.name_taken */
export async function createZone(
  tx: Transaction,
  wanted: { readonly provider: string; readonly code: string; readonly region: string },
): Promise<CatalogueZone> {
  await lockCatalogue(tx);
  await requireProvider(tx, wanted.provider);
  if (!(await insertZone(tx, wanted))) throw new AppError('catalogue.name_taken');
  return requireZone(tx, wanted.provider, wanted.code);
}

/** @throws catalogue.zone_not_found */
export async function changeZone(
  tx: Transaction,
  place: { readonly provider: string; readonly code: string },
  to: { readonly region?: string | undefined; readonly is_active?: boolean | undefined },
): Promise<CatalogueZone> {
  await lockCatalogue(tx);
  const before = await requireZone(tx, place.provider, place.code);
  await updateZone(tx, place, to);
  const after = await requireZone(tx, place.provider, place.code);
  noteDifference(before, after);
  return after;
}

/** @throws catalogue.provider_not_found, catalogue.name_taken */
export async function createInstanceType(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  wanted: CreateInstanceType,
): Promise<CatalogueType> {
  await lockCatalogue(tx);
  await requireProvider(tx, wanted.provider);
  const id = newId(env, 'instanceType');
  if (!(await insertType(tx, id, wanted))) throw new AppError('catalogue.name_taken');
  return requireType(tx, id);
}

/** @throws catalogue.type_not_found, flavour.unknown, request.invalid */
export async function changeInstanceType(
  tx: Transaction,
  id: string,
  to: ChangeInstanceType,
): Promise<CatalogueType> {
  await lockCatalogue(tx);
  const before = await requireType(tx, id);
  const { is_active: isActive, give_back: isGivenBack, flavour, ...given } = to;
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const hasChanges = Object.keys(changes).length > 0;
  if (isGivenBack && hasChanges) {
    throw new AppError('request.invalid', {
      publicMessage: '`give_back` leaves the figures to others: do not give figures beside it.',
      details: { param: 'give_back' },
    });
  }
  if (isActive !== undefined) await updateTypeActivity(tx, id, isActive);
  if (flavour != null) await requireFlavour(tx, flavour);
  if (flavour !== undefined) await updateTypeFlavour(tx, id, flavour);
  if (isGivenBack) await giveTypeBack(tx, id);
  if (hasChanges) {
    const arch = before.arch === 'arm64' ? 'arm64' : 'x86_64';
    await updateTypeFigures(tx, id, { ...before, arch, ...changes });
  }
  const after = await requireType(tx, id);
  noteDifference(before, after);
  return after;
}

/** @throws catalogue.type_not_found, catalogue.zone_not_found */
export async function setPrice(tx: Transaction, typeId: string, wanted: SetPrice): Promise<CatalogueType> {
  await lockCatalogue(tx);
  const before = await requireType(tx, typeId);
  await requireZone(tx, before.provider, wanted.zone);
  const { price, availability } = wanted;
  const place = { typeId, provider: before.provider, zone: wanted.zone };
  await upsertEditedOffer(tx, place, {
    nanosPerHour: price && parseRate(price.per_hour),
    currency: price?.currency ?? null,
    asOf: price?.as_of ?? null,
    availability,
  });
  await notePrices(tx, before.provider);
  return notedPrices(tx, before);
}

/** @throws catalogue.type_not_found, catalogue.type_unavailable */
export async function giveBackPrice(tx: Transaction, typeId: string, zone: string): Promise<CatalogueType> {
  await lockCatalogue(tx);
  const before = await requireType(tx, typeId);
  if (!(await giveOfferBack(tx, typeId, zone))) throw new AppError('catalogue.type_unavailable');
  return notedPrices(tx, before);
}

async function notedPrices(tx: Transaction, before: CatalogueType): Promise<CatalogueType> {
  const after = await requireType(tx, before.id);
  noteChange({ subject: { kind: 'instance_type', id: before.id } });
  noteDifference({ prices: before.prices }, { prices: after.prices });
  return after;
}

async function requireProvider(tx: Transaction, id: string): Promise<void> {
  if (!(await existsProvider(tx, id))) throw new AppError('catalogue.provider_not_found');
}

async function requireZone(tx: Transaction, provider: string, code: string): Promise<CatalogueZone> {
  const zone = await selectZone(tx, provider, code);
  if (!zone) throw new AppError('catalogue.zone_not_found');
  return zone;
}

async function requireType(tx: Transaction, id: string): Promise<CatalogueType> {
  const type = await selectType(tx, id);
  if (!type) throw new AppError('catalogue.type_not_found');
  return type;
}
