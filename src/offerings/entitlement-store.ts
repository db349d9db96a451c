/** What organisations may use of others, plans, and the months of subscriptions. */
import type { TokenPrice } from '#contracts/token-price.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { Conditions } from '#database/listing.ts';
import type { EntitlementId, OfferingId, OrgId, PlanId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { priceAt } from './offering-store.ts';
import {
  BETWEEN,
  type BetweenOrganisations,
  NAMES,
  type Side,
  type SidePage,
  whereOfSides,
} from './sides.ts';

export type EntitlementSource = 'free' | 'per_token' | 'trial' | 'subscription' | 'contract';

export interface EntitlementRow extends BetweenOrganisations {
  readonly id: EntitlementId;
  readonly offeringId: OfferingId;
  readonly source: EntitlementSource;
  readonly contractId: string | null;
  readonly planId: PlanId | null;
  readonly tokensMax: number | null;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly createdAt: Date;
  readonly price: TokenPrice | null;
  readonly isOver: boolean;
  readonly hasBegun: boolean;
  /** Of a trial, or of the latest month of a subscription. */
  readonly allowance: {
    readonly id: string;
    readonly tokens: number;
    readonly endsAt: string | null;
  } | null;
}

const ENTITLEMENT = `
  select e.id, e.org_id as "consumerOrgId", e.provider_org_id as "providerOrgId", e.offering_id as "offeringId",
    e.source, e.contract_id as "contractId", e.plan_id as "planId", e.tokens_max as "tokensMax",
    e.starts_at as "startsAt", e.ends_at as "endsAt", e.created_at as "createdAt",
    coalesce(e.ends_at <= app_now(), false) as "isOver", e.starts_at <= app_now() as "hasBegun",
    case when e.source in ('per_token', 'subscription', 'contract')
      then ${priceAt('e.offering_id', "coalesce(e.contract_id, '')", 'greatest(app_now(), e.starts_at)')} end as price,
    case when e.source = 'trial' then jsonb_build_object('id', e.id, 'tokens', e.tokens_max, 'endsAt', e.ends_at)
      when e.source = 'subscription' then (
        select jsonb_build_object('id', s.id, 'tokens', s.included_tokens, 'endsAt', s.ends_at)
        from subscription_periods s where s.org_id = e.org_id and s.entitlement_id = e.id and s.starts_at <= app_now()
        order by s.starts_at desc limit 1) end as allowance, ${NAMES}
  from entitlements e ${BETWEEN('e.provider_org_id', 'e.org_id', 'e.offering_id')}`;

export interface NewEntitlement {
  readonly id: EntitlementId;
  readonly providerOrgId: OrgId;
  readonly offeringId: string;
  readonly source: EntitlementSource;
  readonly contractId?: string;
  readonly planId?: PlanId;
  readonly tokensMax?: number;
  /** Now when absent; never before. */
  readonly startsAt?: Date;
  readonly endsAt?: Date | null;
  readonly days?: number | null;
  readonly createdBy: string;
}

export async function insertEntitlement(
  tx: Transaction,
  scope: OrgScope,
  entitlement: NewEntitlement,
): Promise<void> {
  await tx.query(
    `insert into entitlements (org_id, id, provider_org_id, offering_id, source, contract_id, plan_id, tokens_max,
       starts_at, ends_at, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, greatest(coalesce($9::timestamptz, app_now()), app_now()),
       coalesce($10::timestamptz, app_now() + make_interval(days => $11)), $12, app_now())`,
    [
      scope.orgId,
      entitlement.id,
      entitlement.providerOrgId,
      entitlement.offeringId,
      entitlement.source,
      entitlement.contractId ?? null,
      entitlement.planId ?? null,
      entitlement.tokensMax ?? null,
      entitlement.startsAt ?? null,
      entitlement.endsAt ?? null,
      entitlement.days ?? null,
      entitlement.createdBy,
    ],
  );
}

/** Whatever the organisation may use of the offering ends when something else begins. */
export async function endEntitlementsFrom(
  tx: Transaction,
  scope: OrgScope,
  offeringId: string,
  startsAt: Date,
  endedBy: string,
): Promise<void> {
  await tx.query(
    `update entitlements set ends_at = greatest(starts_at, $3::timestamptz, app_now()), ended_by = $4
     where org_id = $1 and offering_id = $2 and (ends_at is null or ends_at > greatest($3::timestamptz, app_now()))`,
    [scope.orgId, offeringId, startsAt, endedBy],
  );
}

/** Of either side; now, or when its last paid month is over. */
export async function endEntitlementRow(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  end: { readonly by: string; readonly afterPaidMonth: boolean },
): Promise<void> {
  await tx.query(
    `update entitlements e set ended_by = $3, ends_at = greatest(e.starts_at, least(e.ends_at, greatest(app_now(),
       case when $4 then (select max(s.ends_at) from subscription_periods s
         where s.org_id = e.org_id and s.entitlement_id = e.id) end)))
     where (e.org_id = $1 or e.provider_org_id = $1) and e.id = $2
       and (e.ends_at is null or e.ends_at > app_now())`,
    [scope.orgId, id, end.by, end.afterPaidMonth],
  );
}

export async function endEntitlementsOfContract(
  tx: Transaction,
  contractId: string,
  endedBy: string,
): Promise<void> {
  await tx.query(
    `update entitlements set ends_at = greatest(starts_at, app_now()), ended_by = $2
     where contract_id = $1 and (ends_at is null or ends_at > app_now())`,
    [contractId, endedBy],
  );
}

export async function lockEntitlement(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<EntitlementRow | undefined> {
  const [row] = await tx.query<EntitlementRow>(
    `${ENTITLEMENT} where (e.org_id = $1 or e.provider_org_id = $1) and e.id = $2 for update of e`,
    [scope.orgId, id],
  );
  return row;
}

export async function selectEntitlement(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<EntitlementRow | undefined> {
  const [row] = await db.query<EntitlementRow>(
    `${ENTITLEMENT} where (e.org_id = $1 or e.provider_org_id = $1) and e.id = $2`,
    [scope.orgId, id],
  );
  return row;
}

export interface EntitlementFilter {
  readonly offeringId?: string | undefined;
  readonly ended?: boolean | undefined;
}

const IS_OVER = `coalesce(e.ends_at <= app_now(), false)`;

/** Newest first: what the organisation uses, or what others use of it. */
export function selectEntitlements(
  db: Queryable,
  scope: OrgScope,
  side: Side,
  page: SidePage,
  filter: EntitlementFilter,
): Promise<EntitlementRow[]> {
  const columns = { table: 'e', provider: 'e.provider_org_id', consumer: 'e.org_id' };
  const where = whereOfSides(new Conditions(), scope, { columns, page, filter: { ...filter, side } });
  if (filter.ended !== undefined) where.add(filter.ended ? IS_OVER : `not ${IS_OVER}`);
  return db.query<EntitlementRow>(
    `${ENTITLEMENT} where ${where.sql} order by e.created_at desc, e.id desc limit ${where.place(page.limit)}`,
    where.values,
  );
}

export interface PlanRow {
  readonly id: PlanId;
  readonly offering_id: string;
  readonly name: string;
  readonly fee_micros: number;
  readonly included_tokens: number;
  readonly is_retired: boolean;
  readonly created_at: Date;
}

const PLAN = `id, offering_id, name, fee_micros, included_tokens, retired_at is not null as is_retired, created_at`;

export async function insertPlan(
  tx: Transaction,
  scope: OrgScope,
  plan: {
    readonly id: PlanId;
    readonly offeringId: string;
    readonly name: string;
    readonly feeMicros: number;
    readonly includedTokens: number;
    readonly createdBy: string;
  },
): Promise<PlanRow> {
  const [row] = await tx.query<PlanRow>(
    `insert into plans (org_id, id, offering_id, name, fee_micros, included_tokens, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, app_now()) returning ${PLAN}`,
    [scope.orgId, plan.id, plan.offeringId, plan.name, plan.feeMicros, plan.includedTokens, plan.createdBy],
  );
  if (!row) throw new Error('an insert returned no row');
  return row;
}

export async function retirePlanRow(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<PlanRow | undefined> {
  const [row] = await tx.query<PlanRow>(
    `update plans set retired_at = coalesce(retired_at, app_now()) where org_id = $1 and id = $2 returning ${PLAN}`,
    [scope.orgId, id],
  );
  return row;
}

export function selectPlans(db: Queryable, provider: OrgScope, offeringId: string): Promise<PlanRow[]> {
  return db.query<PlanRow>(
    `select ${PLAN} from plans where org_id = $1 and offering_id = $2 order by created_at, id`,
    [provider.orgId, offeringId],
  );
}

export async function selectOpenPlan(
  db: Queryable,
  offeringId: string,
  id: string,
): Promise<PlanRow | undefined> {
  const [row] = await db.query<PlanRow>(
    `select ${PLAN} from plans where offering_id = $1 and id = $2 and retired_at is null`,
    [offeringId, id],
  );
  return row;
}

/** The next month of a subscription, from the end of the last or from now. */
export async function insertPeriod(
  tx: Transaction,
  scope: OrgScope,
  period: { readonly id: string; readonly entitlementId: string; readonly planId: string },
): Promise<{ readonly feeMicros: number }> {
  const [row] = await tx.query<{ feeMicros: number }>(
    `insert into subscription_periods (org_id, id, entitlement_id, starts_at, ends_at, fee_micros, included_tokens)
     select $1, $2, $3, s.at, s.at + interval '1 month', p.fee_micros, p.included_tokens
     from plans p cross join (select greatest(max(ends_at), app_now()) as at from subscription_periods
       where org_id = $1 and entitlement_id = $3) s
     where p.id = $4
     returning fee_micros as "feeMicros"`,
    [scope.orgId, period.id, period.entitlementId, period.planId],
  );
  if (!row) throw new Error('a subscription has a plan');
  return row;
}

export interface DueSubscription {
  readonly id: EntitlementId;
  readonly orgId: OrgId;
  readonly providerOrgId: OrgId;
  readonly offeringId: string;
  readonly planId: PlanId;
}

const DUE = `
  select e.id, e.org_id as "orgId", e.provider_org_id as "providerOrgId", e.offering_id as "offeringId",
    e.plan_id as "planId"
  from entitlements e join offerings o on o.id = e.offering_id
  where e.source = 'subscription' and o.withdrawn_at is null
    and not exists (select 1 from subscription_periods s where s.org_id = e.org_id and s.entitlement_id = e.id
      and s.ends_at > least(app_now() + interval '1 hour', coalesce(e.ends_at, 'infinity') - interval '1 microsecond'))
    and (e.ends_at is null or e.ends_at > app_now())`;

/** Subscriptions that go on and whose paid months end within the hour or have ended. */
export function selectDueSubscriptions(
  db: Queryable,
  limit: number,
  after: string,
): Promise<DueSubscription[]> {
  return db.query<DueSubscription>(`${DUE} and e.id > $1 order by e.id limit $2`, [after, limit]);
}

/**
 * Still due, and nobody else renews it. Two statements: what is asked for together with a lock is judged as it was before
 * the wait for it.
 */
export async function lockDueSubscription(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<DueSubscription | undefined> {
  await tx.query(`select 1 from entitlements where org_id = $1 and id = $2 for update`, [scope.orgId, id]);
  const [row] = await tx.query<DueSubscription>(`${DUE} and e.org_id = $1 and e.id = $2`, [scope.orgId, id]);
  return row;
}
