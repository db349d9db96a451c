/**
 * A consumer asks, the provider answers. Approved at a price that is no higher than the list said when it was asked, the
 * contract is accepted at once: that is what was asked for. A higher price is a proposal.
 */
import type { infer as Infer } from 'zod';
import type { AccessRequestView, approveAccessSchema, requestAccessSchema } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { constraintOf, type Database, type Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { actorOf, type Member } from '../actor.ts';
import { announceMarket } from '../announce.ts';
import {
  type AccessRequestRow,
  insertAccessRequest,
  lockAccessRequest,
  lockContract,
  selectAccessRequest,
  updateDecision,
} from '../contract-store.ts';
import { lockOwnOffering, selectListPriceAt, selectVisibleOffering } from '../offering-store.ts';
import { accessRequestView } from '../views.ts';
import { entitleByContract, writeContract } from './manage-contract.ts';

/** @throws offering.not_found, offering.not_open, access_request.open */
export async function requestAccess(
  env: Env,
  tx: Transaction,
  member: Member,
  wanted: Infer<typeof requestAccessSchema>,
): Promise<AccessRequestView> {
  const offering = await selectVisibleOffering(tx, member, wanted.offering);
  if (!offering) throw new AppError('offering.not_found');
  if (offering.orgId === member.orgId) {
    throw new AppError('offering.not_open', { publicMessage: 'This offering is your own: just use it.' });
  }
  const id = newId(env, 'accessRequest');
  const request = { id, providerOrgId: offering.orgId, offeringId: offering.id, note: wanted.note };
  try {
    await insertAccessRequest(tx, member, { ...request, createdBy: actorOf(member) });
  } catch (error) {
    if (constraintOf(error) === 'access_requests_open') throw new AppError('access_request.open');
    throw error;
  }
  await announceMarket(tx, [member.orgId, offering.orgId], id);
  return viewOf(await selectAccessRequest(tx, member, id));
}

/** @throws access_request.not_found, access_request.decided, offering.not_priced, contract.overlaps */
export async function approveAccess(
  env: Env,
  tx: Transaction,
  member: Member,
  order: { readonly id: string } & Infer<typeof approveAccessSchema>,
): Promise<AccessRequestView> {
  const known = await selectAccessRequest(tx, member, order.id);
  if (known?.providerOrgId !== member.orgId) throw new AppError('access_request.not_found');
  const offering = await lockOwnOffering(tx, member, known.offeringId);
  const request = await lockOpen(tx, member, order.id);
  const price = order.price ?? offering?.price ?? undefined;
  if (!price) throw new AppError('offering.not_priced');
  const contractId = await writeContract(env, tx, member, {
    offeringId: request.offeringId,
    consumerOrgId: request.consumerOrgId,
    price,
    startsAt: order.starts_at,
    endsAt: order.ends_at,
    note: request.note,
  });
  const asked = await selectListPriceAt(tx, request.offeringId, request.createdAt);
  if (asked && isNoHigher(price, asked)) {
    const contract = await lockContract(tx, member, contractId);
    if (!contract) throw new AppError('contract.not_found');
    await entitleByContract(env, tx, contract, request.createdBy);
  }
  return decide(tx, member, request, { state: 'approved', answer: order.answer, contractId });
}

/** @throws access_request.not_found, access_request.decided */
export async function refuseAccess(
  db: Database,
  member: Member,
  id: string,
  answer: string,
): Promise<AccessRequestView> {
  return db.transaction(async (tx) => {
    const request = await lockOpen(tx, member, id);
    if (request.providerOrgId !== member.orgId) throw new AppError('access_request.not_found');
    return decide(tx, member, request, { state: 'refused', answer, contractId: null });
  });
}

/** By who asked. @throws access_request.not_found, access_request.decided */
export async function withdrawRequest(db: Database, member: Member, id: string): Promise<AccessRequestView> {
  return db.transaction(async (tx) => {
    const request = await lockOpen(tx, member, id);
    if (request.consumerOrgId !== member.orgId) throw new AppError('access_request.not_found');
    return decide(tx, member, request, { state: 'withdrawn', answer: '', contractId: null });
  });
}

async function lockOpen(tx: Transaction, member: Member, id: string): Promise<AccessRequestRow> {
  const request = await lockAccessRequest(tx, member, id);
  if (!request) throw new AppError('access_request.not_found');
  if (request.state !== 'requested') throw new AppError('access_request.decided');
  return request;
}

async function decide(
  tx: Transaction,
  member: Member,
  request: AccessRequestRow,
  to: {
    readonly state: 'approved' | 'refused' | 'withdrawn';
    readonly answer: string;
    readonly contractId: string | null;
  },
): Promise<AccessRequestView> {
  await updateDecision(tx, member, request.id, { ...to, decidedBy: actorOf(member) });
  await announceMarket(tx, [request.consumerOrgId, request.providerOrgId], request.id);
  return viewOf(await selectAccessRequest(tx, member, request.id));
}

function isNoHigher(price: TokenPrice, asked: TokenPrice): boolean {
  return (
    price.prompt_micros_per_1k <= asked.prompt_micros_per_1k &&
    price.completion_micros_per_1k <= asked.completion_micros_per_1k &&
    price.cached_micros_per_1k <= asked.cached_micros_per_1k
  );
}

function viewOf(row: AccessRequestRow | undefined): AccessRequestView {
  if (!row) throw new AppError('access_request.not_found');
  return accessRequestView(row);
}
