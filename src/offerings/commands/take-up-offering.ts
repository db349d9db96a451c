/**
 * A consumer takes up what is open to it: free, at the list price, as a trial once, or by a plan whose first month is
 * paid in the same transaction. Ending is for either side; a month that is paid for is served to its end.
 */
import type { infer as Infer } from 'zod';
import type { EntitlementView, takeUpSchema } from '#contracts/offerings.ts';
import { constraintOf, type Database, type Transaction } from '#database/database.ts';
import { chargeFee } from '#finops/commands/move-money.ts';
import { allowanceUsage } from '#finops/market-queries.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { actorOf, type Member } from '../actor.ts';
import { announceMarket } from '../announce.ts';
import { endContractRow } from '../contract-store.ts';
import {
  type DueSubscription,
  endEntitlementRow,
  insertEntitlement,
  insertPeriod,
  lockEntitlement,
  type NewEntitlement,
  selectEntitlement,
  selectOpenPlan,
} from '../entitlement-store.ts';
import { type OfferingRow, selectVisibleOffering } from '../offering-store.ts';
import { entitlementView } from '../views.ts';

/**
 * @throws offering.not_found, offering.not_open, offering.not_priced, plan.not_found, entitlement.exists,
 *   entitlement.trial_used, wallet.empty
 */
export async function takeUpOffering(
  env: Env,
  tx: Transaction,
  member: Member,
  wanted: Infer<typeof takeUpSchema>,
): Promise<EntitlementView> {
  const offering = await selectVisibleOffering(tx, member, wanted.offering);
  if (!offering) throw new AppError('offering.not_found');
  refuseClosed(offering, member);
  const entitlement: NewEntitlement = {
    id: newId(env, 'entitlement'),
    providerOrgId: offering.orgId,
    offeringId: offering.id,
    createdBy: actorOf(member),
    ...(await kindOf(tx, offering, wanted.plan_id)),
  };
  await insert(tx, member, entitlement);
  const { planId } = entitlement;
  if (planId) await payMonth(env, tx, { ...entitlement, orgId: member.orgId, planId }, actorOf(member));
  await announceMarket(tx, [member.orgId, offering.orgId], entitlement.id);
  return viewOf(tx, member, entitlement.id);
}

/** The next month of a subscription, and its fee. @throws wallet.empty */
export async function payMonth(
  env: Env,
  tx: Transaction,
  { id, orgId, providerOrgId, offeringId, planId }: DueSubscription,
  actor: string,
): Promise<void> {
  const periodId = newId(env, 'subscriptionPeriod');
  const { feeMicros } = await insertPeriod(tx, { orgId }, { id: periodId, entitlementId: id, planId });
  await chargeFee(tx, periodId, { orgId, providerOrgId, offeringId, feeMicros }, actor);
}

/** @throws entitlement.not_found, entitlement.ended */
export async function endEntitlement(db: Database, member: Member, id: string): Promise<EntitlementView> {
  return db.transaction(async (tx) => {
    const entitlement = await lockEntitlement(tx, member, id);
    if (!entitlement) throw new AppError('entitlement.not_found');
    if (entitlement.isOver) throw new AppError('entitlement.ended');
    const by = actorOf(member);
    const isConsumer = entitlement.consumerOrgId === member.orgId;
    const afterPaidMonth = isConsumer && entitlement.source === 'subscription';
    await endEntitlementRow(tx, member, entitlement.id, { by, afterPaidMonth });
    if (entitlement.contractId) await endContractRow(tx, member, entitlement.contractId, by);
    await announceMarket(tx, [entitlement.consumerOrgId, entitlement.providerOrgId], entitlement.id);
    return viewOf(tx, member, entitlement.id);
  });
}

function refuseClosed(offering: OfferingRow, member: OrgScope): void {
  if (offering.orgId === member.orgId) {
    throw new AppError('offering.not_open', { publicMessage: 'This offering is your own: just use it.' });
  }
  if (offering.visibility === 'private' || offering.access === 'request') {
    throw new AppError('offering.not_open', {
      publicMessage: 'This offering is used by contract. Ask for it: POST /api/v1/access-requests.',
    });
  }
}

type Kind = Pick<NewEntitlement, 'source' | 'planId' | 'tokensMax' | 'days'>;

async function kindOf(tx: Transaction, offering: OfferingRow, planId: string | undefined): Promise<Kind> {
  switch (offering.access) {
    case 'per_token':
      if (!offering.price) throw new AppError('offering.not_priced');
      return { source: 'per_token' };
    case 'trial':
      return { source: 'trial', tokensMax: offering.trialTokens ?? 0, days: offering.trialDays };
    case 'subscription': {
      const plan = planId === undefined ? undefined : await selectOpenPlan(tx, offering.id, planId);
      if (!plan) {
        throw new AppError('plan.not_found', {
          publicMessage: `Choose a plan of this offering as plan_id: GET /api/v1/plans?offering=${offering.id}.`,
        });
      }
      return { source: 'subscription', planId: plan.id };
    }
    default:
      return { source: 'free' };
  }
}

async function insert(tx: Transaction, scope: OrgScope, entitlement: NewEntitlement): Promise<void> {
  try {
    await insertEntitlement(tx, scope, entitlement);
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'entitlements_one_trial') throw new AppError('entitlement.trial_used');
    if (constraint === 'entitlements_one_at_a_time') throw new AppError('entitlement.exists');
    throw error;
  }
}

async function viewOf(tx: Transaction, scope: OrgScope, id: string): Promise<EntitlementView> {
  const row = await selectEntitlement(tx, scope, id);
  if (!row) throw new AppError('entitlement.not_found');
  return entitlementView(row, await allowanceUsage(tx, row.allowance ? [row.allowance.id] : []));
}
