/**
 * Contracts: the provider proposes, the consumer accepts, either side ends. Accepting writes the entitlement by which
 * gateways serve; whatever else the consumer had of this offering ends at that moment. A price is changed by a new
 * version from now or later, and never for the past.
 */
import type { infer as Infer } from 'zod';
import type { ContractView, createContractSchema } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { constraintOf, type Database, type Transaction } from '#database/database.ts';
import { getOrganisationNamed } from '#identity/organisation-names.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type ContractId, newId, type OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { actorOf, type Member, requireEnd, requireStart } from '../actor.ts';
import { announceMarket } from '../announce.ts';
import {
  type ContractRow,
  endContractRow,
  insertContract,
  lockContract,
  selectContract,
  updateAccepted,
} from '../contract-store.ts';
import { endEntitlementsFrom, endEntitlementsOfContract, insertEntitlement } from '../entitlement-store.ts';
import { lockOwnOffering } from '../offering-store.ts';
import { contractView } from '../views.ts';
import { addPriceVersion } from './manage-offering.ts';

export interface ContractOrder {
  readonly offeringId: string;
  readonly consumerOrgId: OrgId;
  readonly price: TokenPrice;
  readonly startsAt?: string | undefined;
  readonly endsAt?: string | undefined;
  readonly note: string;
}

/** @throws offering.not_found, organisation.not_found, contract.overlaps, request.invalid */
export async function proposeContract(
  env: Env,
  tx: Transaction,
  member: Member,
  wanted: Infer<typeof createContractSchema>,
): Promise<ContractView> {
  const offering = await lockOwnOffering(tx, member, wanted.offering_id);
  if (!offering) throw new AppError('offering.not_found');
  const consumer = await getOrganisationNamed(tx, wanted.consumer);
  const id = await writeContract(env, tx, member, {
    offeringId: offering.id,
    consumerOrgId: consumer.id,
    price: wanted.price,
    startsAt: wanted.starts_at,
    endsAt: wanted.ends_at,
    note: wanted.note,
  });
  await announceMarket(tx, [member.orgId, consumer.id], id);
  return contractView(await found(selectContract(tx, member, id)));
}

/** The contract and its first price. The offering is locked. @throws contract.overlaps, request.invalid */
export async function writeContract(
  env: Env,
  tx: Transaction,
  member: Member,
  order: ContractOrder,
): Promise<ContractId> {
  if (order.consumerOrgId === member.orgId) {
    throw new AppError('request.invalid', {
      publicMessage: 'Your organisation uses its own models without a contract. Name another one.',
      details: { param: 'consumer' },
    });
  }
  const id = newId(env, 'contract');
  const startsAt = requireStart(env, order.startsAt);
  const endsAt = requireEnd(env, order.endsAt, startsAt);
  try {
    await insertContract(tx, member, { ...order, id, startsAt, endsAt, createdBy: actorOf(member) });
  } catch (error) {
    if (constraintOf(error) === 'contracts_one_at_a_time') throw new AppError('contract.overlaps');
    throw error;
  }
  const list = { offeringId: order.offeringId, contractId: id };
  await addPriceVersion(env, tx, member, list, { price: order.price, startsAt: startsAt ?? undefined });
  return id;
}

/** @throws contract.not_found, contract.ended, contract.accepted, entitlement.exists */
export async function acceptContract(
  env: Env,
  tx: Transaction,
  member: Member,
  id: string,
): Promise<ContractView> {
  const contract = await lockContract(tx, member, id);
  // Who proposed it cannot accept it for the other side.
  if (contract?.consumerOrgId !== member.orgId) throw new AppError('contract.not_found');
  if (contract.isOver) throw new AppError('contract.ended');
  if (contract.acceptedAt) throw new AppError('contract.accepted');
  await entitleByContract(env, tx, contract, actorOf(member));
  await announceMarket(tx, [contract.providerOrgId, contract.consumerOrgId], contract.id);
  return contractView(await found(selectContract(tx, member, id)));
}

/** Accepts it in the consumer's name. @throws entitlement.exists */
export async function entitleByContract(
  env: Env,
  tx: Transaction,
  contract: ContractRow,
  actor: string,
): Promise<void> {
  const consumer: OrgScope = { orgId: contract.consumerOrgId };
  await updateAccepted(tx, consumer, contract.id, actor);
  await endEntitlementsFrom(tx, consumer, contract.offeringId, contract.startsAt, actor);
  await insertEntitlement(tx, consumer, {
    id: newId(env, 'entitlement'),
    providerOrgId: contract.providerOrgId,
    offeringId: contract.offeringId,
    source: 'contract',
    contractId: contract.id,
    startsAt: contract.startsAt,
    endsAt: contract.endsAt,
    createdBy: actor,
  });
}

/** @throws contract.not_found, contract.ended, request.invalid */
export async function changeContractPrice(
  env: Env,
  tx: Transaction,
  member: Member,
  order: { readonly id: string; readonly price: TokenPrice; readonly startsAt?: string | undefined },
): Promise<ContractView> {
  const known = await selectContract(tx, member, order.id);
  if (known?.providerOrgId !== member.orgId) throw new AppError('contract.not_found');
  // Versions are kept in order by the offering's lock, which everybody takes first.
  await lockOwnOffering(tx, member, known.offeringId);
  const contract = await found(lockContract(tx, member, order.id));
  if (contract.isOver) throw new AppError('contract.ended');
  const list = { offeringId: contract.offeringId, contractId: contract.id };
  await addPriceVersion(env, tx, member, list, order);
  await announceMarket(tx, [contract.providerOrgId, contract.consumerOrgId], contract.id);
  return contractView(await found(selectContract(tx, member, order.id)));
}

/** Now, by either side. @throws contract.not_found, contract.ended */
export async function endContract(db: Database, member: Member, id: string): Promise<ContractView> {
  return db.transaction(async (tx) => {
    const contract = await lockContract(tx, member, id);
    if (!contract) throw new AppError('contract.not_found');
    if (contract.isOver) throw new AppError('contract.ended');
    await endContractRow(tx, member, contract.id, actorOf(member));
    await endEntitlementsOfContract(tx, contract.id, actorOf(member));
    await announceMarket(tx, [contract.providerOrgId, contract.consumerOrgId], contract.id);
    return contractView(await found(selectContract(tx, member, id)));
  });
}

async function found(row: Promise<ContractRow | undefined>): Promise<ContractRow> {
  const contract = await row;
  if (!contract) throw new AppError('contract.not_found');
  return contract;
}
