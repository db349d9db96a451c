import type { infer as Infer } from 'zod';
import type { createPlanSchema, PlanView } from '#contracts/offerings.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { actorOf, type Member } from '../actor.ts';
import { announceMarket } from '../announce.ts';
import { insertPlan, retirePlanRow } from '../entitlement-store.ts';
import { lockOwnOffering } from '../offering-store.ts';
import { planView } from '../views.ts';

/** @throws offering.not_found, offering.not_open */
export async function createPlan(
  env: Env,
  tx: Transaction,
  member: Member,
  wanted: Infer<typeof createPlanSchema>,
): Promise<PlanView> {
  const offering = await lockOwnOffering(tx, member, wanted.offering_id);
  if (!offering) throw new AppError('offering.not_found');
  if (offering.access !== 'subscription') {
    throw new AppError('offering.not_open', {
      publicMessage: 'Plans belong to offerings whose access is `subscription`. Make another offering.',
    });
  }
  const plan = await insertPlan(tx, member, {
    id: newId(env, 'plan'),
    offeringId: offering.id,
    name: wanted.name,
    feeMicros: wanted.fee_micros,
    includedTokens: wanted.included_tokens,
    createdBy: actorOf(member),
  });
  await announceMarket(tx, [member.orgId], offering.id);
  return planView(plan);
}

/** Nobody subscribes any more; who has goes on. @throws plan.not_found */
export async function retirePlan(db: Database, member: Member, id: string): Promise<PlanView> {
  return db.transaction(async (tx) => {
    const plan = await retirePlanRow(tx, member, id);
    if (!plan) throw new AppError('plan.not_found');
    await announceMarket(tx, [member.orgId], plan.offering_id);
    return planView(plan);
  });
}
