/** An offering from draft to withdrawn, and its list price. Withdrawn, it serves nobody; it may be published again. */
import type { infer as Infer } from 'zod';
import { getModel, listModels } from '#catalog/queries.ts';
import type { changeOfferingSchema, createOfferingSchema, OfferingView } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { constraintOf, type Database, type Transaction } from '#database/database.ts';
import { activateByAct } from '#identity/activation/commands/activate-by-act.ts';
import { getOrganisation } from '#identity/organisations/queries.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type OfferingId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { actorOf, type Member, requireStart } from '../actor.ts';
import { announceMarket } from '../announce.ts';
import {
  insertOffering,
  insertTerms,
  lockOwnOffering,
  type OfferingRow,
  type PriceList,
  selectOwnOffering,
  selectTerms,
  updateOffering,
  updatePublished,
} from '../offering-store.ts';
import { offeringView } from '../views.ts';

/** @throws model.not_found, model.inactive, offering.code_taken */
export async function createOffering(
  env: Env,
  tx: Transaction,
  member: Member,
  wanted: Infer<typeof createOfferingSchema>,
): Promise<OfferingView> {
  const model = await getModel(tx, member, wanted.model_id);
  if (!model.isActive) {
    throw new AppError('model.inactive', { publicMessage: 'This model is inactive and cannot be offered.' });
  }
  await refuseNameOfModel(tx, member, wanted.code);
  const id = newId(env, 'offering');
  try {
    await insertOffering(tx, member, {
      id,
      code: wanted.code,
      modelId: model.id,
      name: wanted.name,
      description: wanted.description,
      visibility: wanted.visibility,
      access: wanted.access,
      trialTokens: wanted.trial_tokens ?? null,
      trialDays: wanted.trial_days ?? null,
      createdBy: actorOf(member),
    });
  } catch (error) {
    if (constraintOf(error) === 'offerings_org_id_code_key') throw new AppError('offering.code_taken');
    throw error;
  }
  await activateOffering(tx, member, id);
  await announceMarket(tx, [member.orgId], id);
  return viewOf(await selectOwnOffering(tx, member, id));
}

/** @throws offering.not_found */
export async function changeOffering(
  db: Database,
  scope: OrgScope,
  id: string,
  to: Infer<typeof changeOfferingSchema>,
): Promise<OfferingView> {
  return changed(db, scope, id, (tx) => updateOffering(tx, scope, id, to));
}

/** @throws offering.not_found */
export async function publishOffering(
  db: Database,
  scope: Member,
  id: string,
  isPublished: boolean,
): Promise<OfferingView> {
  return changed(db, scope, id, async (tx, offeringId) => {
    await updatePublished(tx, scope, id, isPublished);
    if (isPublished) await activateOffering(tx, scope, offeringId);
  });
}

/** A new version of the list price. @throws offering.not_found, request.invalid */
export async function setListPrice(
  env: Env,
  tx: Transaction,
  member: Member,
  order: { readonly offeringId: string; readonly price: TokenPrice; readonly startsAt?: string | undefined },
): Promise<OfferingView> {
  const offering = await lockOwnOffering(tx, member, order.offeringId);
  if (!offering) throw new AppError('offering.not_found');
  await addPriceVersion(env, tx, member, { offeringId: offering.id, contractId: null }, order);
  await announceMarket(tx, [member.orgId], offering.id);
  return viewOf(await selectOwnOffering(tx, member, offering.id));
}

/** The offering, whose lock keeps the versions in order, is held. @throws request.invalid */
export async function addPriceVersion(
  env: Env,
  tx: Transaction,
  member: Member,
  list: PriceList,
  { price, startsAt }: { readonly price: TokenPrice; readonly startsAt?: string | undefined },
): Promise<void> {
  const start = requireStart(env, startsAt);
  const [latest] = await selectTerms(tx, member, list);
  const startMs = start === null ? env.clock.now() : Date.parse(start);
  if (latest && latest.startsAt.getTime() > Math.max(startMs, env.clock.now())) {
    throw new AppError('request.invalid', {
      publicMessage: `A price is planned from ${latest.startsAt.toISOString()}. Begin then or later; a new price of that moment takes its place.`,
      details: { param: 'starts_at' },
    });
  }
  await insertTerms(tx, member, list, {
    id: newId(env, 'offeringTerms'),
    price,
    startsAt: start,
    createdBy: actorOf(member),
  });
  await activateOffering(tx, member, list.offeringId);
}

/** What somebody publishes or prices is activated by that act, as far as their role may. */
function activateOffering(tx: Transaction, member: Member, id: string): Promise<void> {
  return activateByAct(tx, member, { kind: 'offering', id }, { actor: actorOf(member) });
}

/** Who names a model of the catalogue must get that model and nothing else. @throws offering.code_taken */
async function refuseNameOfModel(tx: Transaction, scope: OrgScope, code: string): Promise<void> {
  const { slug } = await getOrganisation(tx, scope);
  const name = `${slug}/${code}`;
  const models = await listModels(tx, scope, { includeInactive: true });
  if (models.some(({ hfId }) => hfId.toLowerCase() === name)) throw new AppError('offering.code_taken');
}

async function changed(
  db: Database,
  scope: OrgScope,
  id: string,
  change: (tx: Transaction, id: OfferingId) => Promise<void>,
): Promise<OfferingView> {
  return db.transaction(async (tx) => {
    const offering = await lockOwnOffering(tx, scope, id);
    if (!offering) throw new AppError('offering.not_found');
    await change(tx, offering.id);
    await announceMarket(tx, [scope.orgId], offering.id);
    return viewOf(await selectOwnOffering(tx, scope, id));
  });
}

function viewOf(row: OfferingRow | undefined): OfferingView {
  if (!row) throw new AppError('offering.not_found');
  return offeringView(row);
}
