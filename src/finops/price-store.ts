/** SQL of the prices at which organisations count their own use, and of what their keys used up by them. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** Stands for every model without a price of its own. */
export const ANY_MODEL = '';

export interface UsagePrice {
  readonly modelId: string;
  readonly promptMicros: number;
  readonly completionMicros: number;
  readonly cachedMicros: number;
}

export interface UsagePriceRow extends UsagePrice {
  readonly orgId: string;
  readonly from: Date;
  readonly setBy: string;
  readonly setAt: Date;
}

const PRICE = `org_id as "orgId", model_id as "modelId", prompt_micros_per_million as "promptMicros",
  completion_micros_per_million as "completionMicros", cached_micros_per_million as "cachedMicros",
  from_hour as "from", set_by as "setBy", set_at as "setAt"`;

/**
 * From this hour on when the model had none, else from the next one: an hour has one price, and what was counted by
 * it stays as it was.
 */
export async function insertPrice(
  tx: Transaction,
  scope: OrgScope,
  price: UsagePrice & { readonly by: string },
): Promise<void> {
  await tx.query(
    `insert into usage_prices (org_id, model_id, from_hour, prompt_micros_per_million,
       completion_micros_per_million, cached_micros_per_million, set_by, set_at)
     select $1, $2, date_trunc('hour', app_now(), 'UTC') + case when exists (
         select from usage_prices where org_id = $1 and model_id in ($2, '') and from_hour <= app_now())
       then interval '1 hour' else interval '0' end, $3, $4, $5, $6, app_now()
     on conflict (org_id, model_id, from_hour) do update set
       prompt_micros_per_million = excluded.prompt_micros_per_million,
       completion_micros_per_million = excluded.completion_micros_per_million,
       cached_micros_per_million = excluded.cached_micros_per_million,
       set_by = excluded.set_by, set_at = excluded.set_at`,
    [scope.orgId, price.modelId, price.promptMicros, price.completionMicros, price.cachedMicros, price.by],
  );
}

/** The one in force and those to come, of each model. */
export async function selectPrices(db: Queryable, scope: OrgScope): Promise<UsagePriceRow[]> {
  return db.query<UsagePriceRow>(
    `select ${PRICE} from usage_prices p
     where org_id = $1 and not exists (
       select from usage_prices later
       where later.org_id = p.org_id and later.model_id = p.model_id
         and later.from_hour > p.from_hour and later.from_hour <= app_now())
     order by model_id, from_hour`,
    [scope.orgId],
  );
}

/** In force now, in every organisation: for the gateways' memory. */
export async function selectCurrentPrices(db: Queryable): Promise<UsagePriceRow[]> {
  return db.query<UsagePriceRow>(
    `select distinct on (org_id, model_id) ${PRICE} from usage_prices
     where from_hour <= app_now() order by org_id, model_id, from_hour desc`,
  );
}

export interface SpentRow {
  readonly keyId: string;
  readonly dayMicros: number;
  readonly monthMicros: number;
  readonly totalMicros: number;
}

// Each hour at its own price, rounded once at the end. Cached tokens are among those of the prompt.
const COST = `greatest(h.prompt_tokens - h.cached_tokens, 0)::numeric * p.prompt_micros_per_million
  + h.cached_tokens::numeric * p.cached_micros_per_million
  + h.completion_tokens::numeric * p.completion_micros_per_million`;
const PRICED = `cross join lateral (
    select prompt_micros_per_million, cached_micros_per_million, completion_micros_per_million
    from usage_prices
    where org_id = h.org_id and model_id in (h.model_id, '') and from_hour <= h.hour
    order by model_id = '', from_hour desc limit 1) p`;
const SUMS = `
  coalesce(round(sum(${COST}) filter (where h.hour >= date_trunc('day', app_now(), 'UTC')) / 1e6), 0)::bigint
    as "dayMicros",
  coalesce(round(sum(${COST}) filter (where h.hour >= date_trunc('month', app_now(), 'UTC')) / 1e6), 0)::bigint
    as "monthMicros",
  coalesce(round(sum(${COST}) / 1e6), 0)::bigint as "totalMicros"`;

/** What these keys used up, as far as it had a price. Uses usage_hourly_by_key. */
export async function selectSpent(
  db: Queryable,
  scope: OrgScope,
  keyIds: readonly string[],
): Promise<SpentRow[]> {
  return db.query<SpentRow>(
    `select h.api_key_id as "keyId", ${SUMS} from usage_hourly h ${PRICED}
     where h.org_id = $1 and h.api_key_id = any($2) group by h.api_key_id order by h.api_key_id`,
    [scope.orgId, [...keyIds]],
  );
}

/**
 * The same for every key with a budget, for the gateways' memory. No further back than its budgets reach, so that
 * only budgets for good read the whole past of a key.
 */
export async function selectSpentOfBudgets(db: Queryable): Promise<SpentRow[]> {
  return db.query<SpentRow>(
    `select k.id as "keyId", ${SUMS}
     from api_keys k
     join usage_hourly h on h.org_id = k.org_id and h.api_key_id = k.id and h.hour >= case
       when k.budget_total_micros is not null then '-infinity'
       when k.budget_month_micros is not null then date_trunc('month', app_now(), 'UTC')
       else date_trunc('day', app_now(), 'UTC') end
     ${PRICED}
     where k.revoked_at is null
       and (k.budget_day_micros is not null or k.budget_month_micros is not null or k.budget_total_micros is not null)
     group by k.id order by k.id`,
  );
}
