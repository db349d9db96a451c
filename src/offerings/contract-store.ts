/** Contracts between two organisations, and what one asked of the other. Both sides see them, each changes its part. */
import type { TokenPrice } from '#contracts/token-price.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { Conditions } from '#database/listing.ts';
import type { AccessRequestId, ContractId, OfferingId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { priceAt } from './offering-store.ts';
import {
  BETWEEN,
  type BetweenOrganisations,
  NAMES,
  type SideFilter,
  type SidePage,
  whereOfSides,
} from './sides.ts';

export interface ContractRow extends BetweenOrganisations {
  readonly id: ContractId;
  readonly offeringId: OfferingId;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly note: string;
  readonly price: TokenPrice | null;
  readonly createdAt: Date;
  readonly isOver: boolean;
  readonly hasBegun: boolean;
}

const CONTRACT = `
  select c.id, c.org_id as "providerOrgId", c.consumer_org_id as "consumerOrgId", c.offering_id as "offeringId",
    c.starts_at as "startsAt", c.ends_at as "endsAt", c.accepted_at as "acceptedAt", c.note,
    c.created_at as "createdAt", coalesce(c.ends_at <= app_now(), false) as "isOver",
    c.starts_at <= app_now() as "hasBegun",
    ${priceAt('c.offering_id', 'c.id', 'greatest(app_now(), c.starts_at)')} as price, ${NAMES}
  from contracts c ${BETWEEN('c.org_id', 'c.consumer_org_id', 'c.offering_id')}`;

export async function insertContract(
  tx: Transaction,
  scope: OrgScope,
  contract: {
    readonly id: ContractId;
    readonly offeringId: string;
    readonly consumerOrgId: OrgId;
    readonly startsAt: string | null;
    readonly endsAt: string | null;
    readonly note: string;
    readonly createdBy: string;
  },
): Promise<void> {
  await tx.query(
    `insert into contracts (org_id, id, offering_id, consumer_org_id, starts_at, ends_at, note, created_by, created_at)
     values ($1, $2, $3, $4, greatest(coalesce($5::timestamptz, app_now()), app_now()), $6, $7, $8, app_now())`,
    [
      scope.orgId,
      contract.id,
      contract.offeringId,
      contract.consumerOrgId,
      contract.startsAt,
      contract.endsAt,
      contract.note,
      contract.createdBy,
    ],
  );
}

/** Of either side. */
export async function selectContract(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<ContractRow | undefined> {
  const [row] = await db.query<ContractRow>(
    `${CONTRACT} where (c.org_id = $1 or c.consumer_org_id = $1) and c.id = $2`,
    [scope.orgId, id],
  );
  return row;
}

/** Of either side; nobody else changes it until the transaction ends. */
export async function lockContract(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<ContractRow | undefined> {
  const [row] = await tx.query<ContractRow>(
    `${CONTRACT} where (c.org_id = $1 or c.consumer_org_id = $1) and c.id = $2 for update of c`,
    [scope.orgId, id],
  );
  return row;
}

export type ContractState = 'proposed' | 'upcoming' | 'active' | 'ended';

export interface ContractFilter extends SideFilter {
  readonly state?: ContractState | undefined;
}

const GOES_ON = `(c.ends_at is null or c.ends_at > app_now())`;
const IN_STATE: Record<ContractState, string> = {
  proposed: `${GOES_ON} and c.accepted_at is null`,
  upcoming: `${GOES_ON} and c.accepted_at is not null and c.starts_at > app_now()`,
  active: `${GOES_ON} and c.accepted_at is not null and c.starts_at <= app_now()`,
  ended: `not ${GOES_ON}`,
};

/** Newest first, on either side or on one. */
export function selectContracts(
  db: Queryable,
  scope: OrgScope,
  page: SidePage,
  filter: ContractFilter,
): Promise<ContractRow[]> {
  const columns = { table: 'c', provider: 'c.org_id', consumer: 'c.consumer_org_id' };
  const where = whereOfSides(new Conditions(), scope, { columns, page, filter });
  if (filter.state) where.add(IN_STATE[filter.state]);
  return db.query<ContractRow>(
    `${CONTRACT} where ${where.sql} order by c.created_at desc, c.id desc limit ${where.place(page.limit)}`,
    where.values,
  );
}

export async function updateAccepted(
  tx: Transaction,
  consumer: OrgScope,
  id: string,
  acceptedBy: string,
): Promise<void> {
  await tx.query(
    `update contracts set accepted_by = $3, accepted_at = app_now() where consumer_org_id = $1 and id = $2`,
    [consumer.orgId, id, acceptedBy],
  );
}

export async function endContractRow(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  endedBy: string,
): Promise<void> {
  await tx.query(
    `update contracts set ends_at = greatest(starts_at, least(ends_at, app_now())), ended_by = $3
     where (org_id = $1 or consumer_org_id = $1) and id = $2 and (ends_at is null or ends_at > app_now())`,
    [scope.orgId, id, endedBy],
  );
}

export interface AccessRequestRow extends BetweenOrganisations {
  readonly id: AccessRequestId;
  readonly offeringId: OfferingId;
  readonly state: 'requested' | 'approved' | 'refused' | 'withdrawn';
  readonly note: string;
  readonly answer: string;
  readonly contractId: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}

const REQUEST = `
  select r.id, r.org_id as "consumerOrgId", r.provider_org_id as "providerOrgId", r.offering_id as "offeringId",
    r.state, r.note, r.answer, r.contract_id as "contractId", r.created_by as "createdBy",
    r.created_at as "createdAt", r.decided_at as "decidedAt", ${NAMES}
  from access_requests r ${BETWEEN('r.provider_org_id', 'r.org_id', 'r.offering_id')}`;

export async function insertAccessRequest(
  tx: Transaction,
  scope: OrgScope,
  request: {
    readonly id: AccessRequestId;
    readonly providerOrgId: OrgId;
    readonly offeringId: string;
    readonly note: string;
    readonly createdBy: string;
  },
): Promise<void> {
  await tx.query(
    `insert into access_requests (org_id, id, provider_org_id, offering_id, note, state, created_by, created_at)
     values ($1, $2, $3, $4, $5, 'requested', $6, app_now())`,
    [scope.orgId, request.id, request.providerOrgId, request.offeringId, request.note, request.createdBy],
  );
}

export async function lockAccessRequest(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<AccessRequestRow | undefined> {
  const [row] = await tx.query<AccessRequestRow>(
    `${REQUEST} where (r.org_id = $1 or r.provider_org_id = $1) and r.id = $2 for update of r`,
    [scope.orgId, id],
  );
  return row;
}

export async function selectAccessRequest(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<AccessRequestRow | undefined> {
  const [row] = await db.query<AccessRequestRow>(
    `${REQUEST} where (r.org_id = $1 or r.provider_org_id = $1) and r.id = $2`,
    [scope.orgId, id],
  );
  return row;
}

export interface AccessRequestFilter extends SideFilter {
  readonly state?: AccessRequestRow['state'] | undefined;
}

/** Newest first, on either side or on one. */
export function selectAccessRequests(
  db: Queryable,
  scope: OrgScope,
  page: SidePage,
  filter: AccessRequestFilter,
): Promise<AccessRequestRow[]> {
  const columns = { table: 'r', provider: 'r.provider_org_id', consumer: 'r.org_id' };
  const where = whereOfSides(new Conditions(), scope, { columns, page, filter }).equal(
    'r.state',
    filter.state,
  );
  return db.query<AccessRequestRow>(
    `${REQUEST} where ${where.sql} order by r.created_at desc, r.id desc limit ${where.place(page.limit)}`,
    where.values,
  );
}

export async function updateDecision(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  to: {
    readonly state: 'approved' | 'refused' | 'withdrawn';
    readonly answer: string;
    readonly contractId: string | null;
    readonly decidedBy: string;
  },
): Promise<void> {
  await tx.query(
    `update access_requests set state = $3, answer = $4, contract_id = $5, decided_by = $6, decided_at = app_now()
     where (org_id = $1 or provider_org_id = $1) and id = $2 and state = 'requested'`,
    [scope.orgId, id, to.state, to.answer, to.contractId, to.decidedBy],
  );
}
