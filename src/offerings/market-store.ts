/** What gateways keep in memory. Read every two seconds by each of them, so it holds what matters now and no more. */
import type { TokenPrice } from '#contracts/token-price.ts';
import type { Queryable } from '#database/database.ts';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import type { EntitlementSource } from './entitlement-store.ts';

export interface MarketOfferingRow {
  readonly id: string;
  readonly providerOrgId: OrgId;
  readonly name: string;
  readonly modelId: ModelId;
  readonly isPrivate: boolean;
}

export interface MarketEntitlementRow {
  readonly id: string;
  readonly orgId: OrgId;
  readonly offeringId: string;
  readonly source: EntitlementSource;
  readonly contractId: string | null;
  readonly tokensMax: number | null;
  readonly fromMs: number;
  readonly untilMs: number | null;
}

export interface MarketPriceRow extends TokenPrice {
  readonly termsId: string;
  readonly offeringId: string;
  readonly contractId: string | null;
  readonly fromMs: number;
}

export interface MarketPeriodRow {
  readonly id: string;
  readonly entitlementId: string;
  readonly tokens: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

const inMs = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;

export function selectPublished(db: Queryable): Promise<MarketOfferingRow[]> {
  return db.query<MarketOfferingRow>(
    `select o.id, o.org_id as "providerOrgId", g.slug || '/' || o.code as name, o.model_id as "modelId",
       o.visibility = 'private' as "isPrivate"
     from offerings o join organisations g on g.id = o.org_id
     where o.published_at is not null and o.withdrawn_at is null order by o.id`,
  );
}

/** Those that are not over. */
export function selectLiveEntitlements(db: Queryable): Promise<MarketEntitlementRow[]> {
  return db.query<MarketEntitlementRow>(
    `select id, org_id as "orgId", offering_id as "offeringId", source, contract_id as "contractId",
       tokens_max as "tokensMax", ${inMs('starts_at')} as "fromMs", ${inMs('ends_at')} as "untilMs"
     from entitlements where ends_at is null or ends_at > app_now() order by org_id, id`,
  );
}

/** Of these offerings, without versions that another has followed already. */
export function selectLivePrices(db: Queryable, offeringIds: readonly string[]): Promise<MarketPriceRow[]> {
  return db.query<MarketPriceRow>(
    `with n as materialized (select app_now() as at)
     select t.id as "termsId", t.offering_id as "offeringId", t.contract_id as "contractId",
       t.prompt_micros_per_1k, t.completion_micros_per_1k, t.cached_micros_per_1k,
       ${inMs('t.starts_at')} as "fromMs"
     from offering_terms t, n
     where t.offering_id = any($1) and not exists (select 1 from offering_terms f
       where f.offering_id = t.offering_id and coalesce(f.contract_id, '') = coalesce(t.contract_id, '')
         and f.starts_at <= n.at and (f.starts_at, f.version) > (t.starts_at, t.version))
     order by t.starts_at, t.version, t.id`,
    [offeringIds],
  );
}

export function selectLivePeriods(db: Queryable): Promise<MarketPeriodRow[]> {
  return db.query<MarketPeriodRow>(
    `select id, entitlement_id as "entitlementId", included_tokens as tokens, ${inMs('starts_at')} as "fromMs",
       ${inMs('ends_at')} as "untilMs"
     from subscription_periods where ends_at > app_now() order by starts_at, id`,
  );
}
