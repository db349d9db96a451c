import type { BusinessEventData } from '#contracts/business-events.ts';
import type { JsonRows } from '#contracts/json-rows.ts';
import { recordEvents } from '#database/business-events.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { ChargedRecord } from './charge.ts';

export interface AddedCharge {
  readonly requestId: string;
  readonly orgId: string;
  readonly providerOrgId: string;
  readonly offeringId: string;
  /** More than nothing. */
  readonly chargedMicros: number;
}

export interface AddedUsage {
  /** Records that were new. */
  readonly inserted: number;
  /** Who used or served. */
  readonly uses: readonly UsedBy[];
  readonly charges: readonly AddedCharge[];
}

/**
 * Adds records to the ledger and raises the sums by hour, by instance and by contract by what was really added, in one
 * transaction: a record that was there already changes nothing, so a batch may be sent any number of times. What was
 * added is told as events, one for each organisation, key, user and model, so the sums of the events equal the ledger.
 */
export async function addToLedger(tx: Transaction, rows: JsonRows): Promise<AddedUsage> {
  const [row] = await tx.query<AddedRow>(
    `with added as (
       insert into usage_ledger
         (request_id, org_id, api_key_id, project_id, user_id, model_id, instance_id, endpoint, outcome, http_status, error_code,
          prompt_tokens, completion_tokens, cached_tokens, streamed, ttft_ms, started_at, ended_at, recorded_at,
          provider_org_id, offering_id, entitlement_id, contract_id, terms_id, allowance_id, charged_micros)
       select request_id, org_id, api_key_id, project_id, user_id, model_id, instance_id, endpoint, outcome, http_status,
          error_code, prompt_tokens, completion_tokens, cached_tokens, streamed, ttft_ms,
          to_timestamp(started_at_ms / 1000.0), to_timestamp(ended_at_ms / 1000.0), app_now(),
          provider_org_id, offering_id, entitlement_id, contract_id, terms_id, allowance_id, charged_micros
       from jsonb_to_recordset($1::jsonb) as r(
          request_id text, org_id text, api_key_id text, project_id text, user_id text, model_id text, instance_id text,
          endpoint text, outcome text, http_status integer, error_code text, prompt_tokens integer,
          completion_tokens integer, cached_tokens integer, streamed boolean, ttft_ms double precision,
          started_at_ms bigint, ended_at_ms bigint, provider_org_id text, offering_id text, entitlement_id text,
          contract_id text, terms_id text, allowance_id text, charged_micros bigint)
       order by request_id
       on conflict (request_id) do nothing
       returning *),
     summed as (
       insert into usage_hourly
         (org_id, hour, model_id, api_key_id, project_id, requests, prompt_tokens, completion_tokens, cached_tokens)
       select org_id, date_trunc('hour', started_at, 'UTC'), model_id, coalesce(api_key_id, ''),
          coalesce(project_id, ''), count(*),
          sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
       from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
       on conflict (org_id, hour, model_id, api_key_id, project_id) do update set
          requests = usage_hourly.requests + excluded.requests,
          prompt_tokens = usage_hourly.prompt_tokens + excluded.prompt_tokens,
          completion_tokens = usage_hourly.completion_tokens + excluded.completion_tokens,
          cached_tokens = usage_hourly.cached_tokens + excluded.cached_tokens
       returning 1),
     served as (${addToInstances('instance_usage_5m', '5 minutes')}),
     served_hours as (${addToInstances('instance_usage_1h', '1 hour')}),
     charged_hours as (${ADD_TO_CHARGES}),
     consumed as (
       select org_id, api_key_id, user_id, model_id, count(*) as requests, sum(prompt_tokens) as prompt_tokens,
          sum(completion_tokens) as completion_tokens, sum(cached_tokens) as cached_tokens,
          min(request_id collate "C") as first_request_id, max(request_id collate "C") as last_request_id,
          min(started_at) as started_at, max(ended_at) as ended_at
       from added group by org_id, api_key_id, user_id, model_id)
     select (select count(*) from added) as inserted,
            (select coalesce(array_agg(distinct org_id order by org_id), '{}') from (
               select org_id from added
               union select provider_org_id from added where provider_org_id is not null) as own) as "orgIds",
            (select jsonb_agg(jsonb_build_object('requestId', request_id, 'orgId', org_id,
               'providerOrgId', provider_org_id, 'offeringId', offering_id, 'chargedMicros', charged_micros))
             from added where charged_micros > 0) as charges,
            (select count(*) from summed) as hours, (select count(*) from served) as windows,
            (select count(*) from served_hours) as served_hours,
            (select count(*) from charged_hours) as charged_hours,
            (select coalesce(json_agg(c order by org_id, model_id, api_key_id, user_id), '[]') from consumed c) as consumed`,
    [`[${rows.join(',')}]`],
  );
  if (!row) return { inserted: 0, uses: [], charges: [] };
  await recordEvents(tx, row.consumed.map(consumedEvent));
  const uses = [
    ...row.orgIds.map((orgId) => ({ orgId, userId: null })),
    ...row.consumed.map(({ org_id: orgId, user_id: userId }) => ({ orgId, userId })),
  ];
  return { inserted: row.inserted, uses, charges: row.charges ?? [] };
}

interface AddedRow extends Pick<AddedUsage, 'inserted'> {
  readonly orgIds: readonly string[];
  readonly charges: AddedCharge[] | null;
  readonly consumed: Consumed[];
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

/** A record with what it costs, as the ledger takes it. */
export function rowOf({ record, chargedMicros, allowanceId }: ChargedRecord): string {
  const { terms, ...rest } = record;
  return JSON.stringify({
    ...rest,
    provider_org_id: terms?.provider_org_id,
    offering_id: terms?.offering_id,
    entitlement_id: terms?.entitlement_id,
    contract_id: terms?.contract_id,
    terms_id: terms?.terms_id,
    allowance_id: allowanceId,
    charged_micros: chargedMicros,
  });
}

/** The rows that were added, into what organisations owe each other. */
const ADD_TO_CHARGES = `
    insert into charge_hourly (org_id, hour, provider_org_id, offering_id, contract_id, requests, prompt_tokens,
       completion_tokens, cached_tokens, usage_micros, fee_micros)
    select org_id, date_trunc('hour', started_at, 'UTC'), provider_org_id, offering_id, coalesce(contract_id, ''),
       count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), sum(charged_micros), 0
    from added where provider_org_id is not null group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (org_id, hour, provider_org_id, offering_id, contract_id) do update set
       requests = charge_hourly.requests + excluded.requests,
       prompt_tokens = charge_hourly.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = charge_hourly.completion_tokens + excluded.completion_tokens,
       cached_tokens = charge_hourly.cached_tokens + excluded.cached_tokens,
       usage_micros = charge_hourly.usage_micros + excluded.usage_micros
    returning 1`;

/** Which of these requests the ledger has. */
export async function selectKnownRequests(
  tx: Transaction,
  requestIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ request_id: string }>(
    `select request_id from usage_ledger where request_id = any($1) order by request_id`,
    [requestIds],
  );
  return new Set(rows.map((row) => row.request_id));
}

/** The rows that were added, into the sums of the instances that served them, which may be another organisation's. */
function addToInstances(table: 'instance_usage_5m' | 'instance_usage_1h', step: string): string {
  return `
    insert into ${table} (org_id, instance_id, at, requests, prompt_tokens, completion_tokens)
    select coalesce(provider_org_id, org_id), instance_id, date_bin('${step}', started_at, '2001-01-01 00:00:00+00'), count(*),
       sum(prompt_tokens), sum(completion_tokens)
    from added where instance_id is not null group by 1, 2, 3 order by 1, 2, 3
    on conflict (org_id, instance_id, at) do update set
       requests = ${table}.requests + excluded.requests,
       prompt_tokens = ${table}.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = ${table}.completion_tokens + excluded.completion_tokens
    returning 1`;
}

/** Whose requests were added. */
export interface UsedBy {
  readonly orgId: string;
  readonly userId: string | null;
}

/**
 * Tells who watches an organisation's use, and each person of their own, unless they were told within the last second:
 * readers look once more after that second.
 */
export async function announceUsage(tx: Transaction, uses: readonly UsedBy[]): Promise<void> {
  const told = new Map(uses.flatMap(({ orgId, userId }) => [toldOf(orgId, null), toldOf(orgId, userId)]));
  if (told.size === 0) return;
  const fresh = await tx.query<{ org_id: string; user_id: string | null }>(
    `select f.org_id, f.user_id from unnest($1::text[], $2::text[]) as f (org_id, user_id)
     where not exists (
       select from events e
       where e.at > app_now() - interval '1 second' and e.type = 'usage.changed' and e.org_id = f.org_id
         and e.user_id is not distinct from f.user_id)
     order by f.org_id, f.user_id`,
    [[...told.values()].map(({ orgId }) => orgId), [...told.values()].map(({ userId }) => userId)],
  );
  for (const { org_id: orgId, user_id: userId } of fresh) {
    await emitEvent(tx, { orgId, userId, type: 'usage.changed', subjectId: userId ?? orgId, summary: {} });
  }
}

function toldOf(orgId: string, userId: string | null): [string, UsedBy] {
  return [`${orgId} ${userId}`, { orgId, userId }];
}
