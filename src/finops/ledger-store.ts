import type { BusinessEventData } from '#contracts/business-events.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import { recordEvents } from '#database/business-events.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { OrgScope } from '#kernel/scope.ts';

/**
 * Adds records to the ledger and raises the sums by hour and by instance by what was really added, in one transaction:
 * a record that was there already changes nothing, so a batch may be sent any number of times. What was added is told
 * as events, one for each organisation, key, user and model, so the sums of the events equal the ledger.
 */
export async function addToLedger(tx: Transaction, records: readonly UsageRecord[]): Promise<number> {
  const [row] = await tx.query<{ inserted: number; consumed: Consumed[] }>(
    `with added as (
       insert into usage_ledger
         (request_id, org_id, api_key_id, user_id, model_id, instance_id, endpoint, outcome, http_status, error_code,
          prompt_tokens, completion_tokens, cached_tokens, streamed, ttft_ms, started_at, ended_at, recorded_at)
       select request_id, org_id, api_key_id, user_id, model_id, instance_id, endpoint, outcome, http_status,
          error_code, prompt_tokens, completion_tokens, cached_tokens, streamed, ttft_ms,
          to_timestamp(started_at_ms / 1000.0), to_timestamp(ended_at_ms / 1000.0), app_now()
       from jsonb_to_recordset($1::jsonb) as r(
          request_id text, org_id text, api_key_id text, user_id text, model_id text, instance_id text,
          endpoint text, outcome text, http_status integer, error_code text, prompt_tokens integer,
          completion_tokens integer, cached_tokens integer, streamed boolean, ttft_ms double precision,
          started_at_ms bigint, ended_at_ms bigint)
       order by request_id
       on conflict (request_id) do nothing
       returning *),
     summed as (
       insert into usage_hourly
         (org_id, hour, model_id, api_key_id, requests, prompt_tokens, completion_tokens, cached_tokens)
       select org_id, date_trunc('hour', started_at, 'UTC'), model_id, coalesce(api_key_id, ''), count(*),
          sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
       from added group by 1, 2, 3, 4 order by 1, 2, 3, 4
       on conflict (org_id, hour, model_id, api_key_id) do update set
          requests = usage_hourly.requests + excluded.requests,
          prompt_tokens = usage_hourly.prompt_tokens + excluded.prompt_tokens,
          completion_tokens = usage_hourly.completion_tokens + excluded.completion_tokens,
          cached_tokens = usage_hourly.cached_tokens + excluded.cached_tokens
       returning 1),
     served as (${addToInstances('instance_usage_5m', '5 minutes')}),
     served_hours as (${addToInstances('instance_usage_1h', '1 hour')}),
     consumed as (
       select org_id, api_key_id, user_id, model_id, count(*) as requests, sum(prompt_tokens) as prompt_tokens,
          sum(completion_tokens) as completion_tokens, sum(cached_tokens) as cached_tokens,
          min(request_id collate "C") as first_request_id, max(request_id collate "C") as last_request_id,
          min(started_at) as started_at, max(ended_at) as ended_at
       from added group by org_id, api_key_id, user_id, model_id)
     select (select count(*) from added) as inserted, (select count(*) from summed) as hours,
            (select count(*) from served) as windows, (select count(*) from served_hours) as served_hours,
            (select coalesce(json_agg(c order by org_id, model_id, api_key_id, user_id), '[]') from consumed c) as consumed`,
    [JSON.stringify(records)],
  );
  await recordEvents(tx, (row?.consumed ?? []).map(consumedEvent));
  return row?.inserted ?? 0;
}

interface Consumed extends BusinessEventData<'TOKENS_CONSUMED'> {
  readonly org_id: string;
}

function consumedEvent({ org_id: orgId, ...sums }: Consumed) {
  const started_at = new Date(sums.started_at).toISOString();
  const ended_at = new Date(sums.ended_at).toISOString();
  const data = { ...sums, started_at, ended_at };
  return { orgId, type: 'TOKENS_CONSUMED', subjectId: sums.model_id, data } as const;
}

/** The rows that were added, into the sums of the instances that served them. */
function addToInstances(table: 'instance_usage_5m' | 'instance_usage_1h', step: string): string {
  return `
    insert into ${table} (org_id, instance_id, at, requests, prompt_tokens, completion_tokens)
    select org_id, instance_id, date_bin('${step}', started_at, '2001-01-01 00:00:00+00'), count(*),
       sum(prompt_tokens), sum(completion_tokens)
    from added where instance_id is not null group by 1, 2, 3 order by 1, 2, 3
    on conflict (org_id, instance_id, at) do update set
       requests = ${table}.requests + excluded.requests,
       prompt_tokens = ${table}.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = ${table}.completion_tokens + excluded.completion_tokens
    returning 1`;
}

/** Tells who watches, unless they were told within the last second: readers look once more after that second. */
export async function announceUsage(tx: Transaction, orgIds: readonly string[]): Promise<void> {
  for (const orgId of orgIds) {
    const told = await tx.query(
      `select 1 from events where org_id = $1 and type = 'usage.changed' and at > app_now() - interval '1 second' limit 1`,
      [orgId],
    );
    if (told.length === 0) {
      await emitEvent(tx, { orgId, type: 'usage.changed', subjectId: orgId, summary: {} });
    }
  }
}

export interface UsageSums {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
}

/** Sums over whole hours; all of them when no bound is given. */
export async function readUsageSums(
  db: Queryable,
  scope: OrgScope,
  window: { from?: Date | undefined; to?: Date | undefined },
): Promise<UsageSums> {
  const [sums] = await db.query<UsageSums>(
    `select coalesce(sum(requests), 0)::bigint as requests,
       coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
       coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
       coalesce(sum(cached_tokens), 0)::bigint as cached_tokens
     from usage_hourly where org_id = $1
       and ($2::timestamptz is null or hour >= date_trunc('hour', $2, 'UTC'))
       and ($3::timestamptz is null or hour < $3)`,
    [scope.orgId, window.from ?? null, window.to ?? null],
  );
  if (!sums) throw new Error('an aggregate without a row');
  return sums;
}

export interface LedgerRow {
  readonly request_id: string;
  readonly model_id: string;
  readonly instance_id: string | null;
  readonly api_key_id: string | null;
  readonly endpoint: string;
  readonly outcome: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
  readonly ttft_ms: number | null;
  readonly started_at: Date;
  readonly ended_at: Date;
}

/** Requests of an organisation, newest first, after the row that a cursor names. Uses usage_ledger_in_order. */
export async function listLedgerRows(
  db: Queryable,
  scope: OrgScope,
  page: { limit: number; after?: { startedAt: Date; requestId: string } | undefined },
): Promise<LedgerRow[]> {
  return db.query<LedgerRow>(
    `select request_id, model_id, instance_id, api_key_id, endpoint, outcome, prompt_tokens, completion_tokens,
       cached_tokens, ttft_ms, started_at, ended_at
     from usage_ledger
     where org_id = $1 and ($2::timestamptz is null or (started_at, request_id) < ($2, $3))
     order by started_at desc, request_id desc limit $4`,
    [scope.orgId, page.after?.startedAt ?? null, page.after?.requestId ?? null, page.limit],
  );
}
