/** SQL of what single requests took and cost. */
import type { Queryable } from '#database/database.ts';

/** A request that somebody says is theirs. */
export interface AskedRequest {
  readonly orgId: string;
  readonly userId: string;
  readonly requestId: string;
}

export interface RequestFigures extends AskedRequest {
  readonly model: string | null;
  readonly modelId: string | null;
  readonly outcome: string | null;
  readonly ttftMs: number | null;
  readonly totalMs: number | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly costMicros: number | null;
}

/**
 * Of those requests that are known and were made by this person in this organisation; of others nothing, as if they
 * were not there. What was admitted comes from the ledger, what was refused from the log of requests. What an offering
 * charged is the cost; what the organisation serves itself costs by its own price of that hour, or has none.
 */
export async function selectRequestFigures(
  db: Queryable,
  asked: readonly AskedRequest[],
  sinceDays: number,
): Promise<RequestFigures[]> {
  return db.query<RequestFigures>(
    `select a.org_id as "orgId", a.user_id as "userId", a.request_id as "requestId",
       r.model, coalesce(l.model_id, r.model_id) as "modelId", coalesce(l.outcome, r.outcome) as outcome,
       coalesce(l.ttft_ms, r.ttft_ms) as "ttftMs",
       coalesce(r.duration_ms, extract(epoch from l.ended_at - l.started_at)::double precision * 1000) as "totalMs",
       coalesce(l.prompt_tokens, r.prompt_tokens) as "promptTokens",
       coalesce(l.completion_tokens, r.completion_tokens) as "completionTokens",
       coalesce(l.cached_tokens, r.cached_tokens) as "cachedTokens",
       case when l.request_id is null then 0
            when l.provider_org_id is not null then l.charged_micros
            else round((greatest(l.prompt_tokens - l.cached_tokens, 0)::numeric * p.prompt_micros_per_million
              + l.cached_tokens::numeric * p.cached_micros_per_million
              + l.completion_tokens::numeric * p.completion_micros_per_million) / 1e6)::bigint
       end as "costMicros"
     from unnest($1::text[], $2::text[], $3::text[]) as a (org_id, user_id, request_id)
     left join usage_ledger l
       on l.request_id = a.request_id and l.org_id = a.org_id and l.user_id = a.user_id
     left join lateral (
       select model, model_id, outcome, ttft_ms, duration_ms, prompt_tokens, completion_tokens, cached_tokens, request_id
       from request_log
       where request_id = a.request_id and org_id = a.org_id and user_id = a.user_id
         and started_at > app_now() - make_interval(days => $4)
       order by started_at limit 1) r on true
     left join lateral (
       select prompt_micros_per_million, cached_micros_per_million, completion_micros_per_million
       from usage_prices
       where org_id = l.org_id and model_id in (l.model_id, '')
         and from_hour <= date_trunc('hour', l.started_at, 'UTC')
       order by model_id = '', from_hour desc limit 1) p on true
     where l.request_id is not null or (r.request_id is not null and r.outcome is null)
     order by a.org_id, a.request_id, a.user_id`,
    [
      asked.map(({ orgId }) => orgId),
      asked.map(({ userId }) => userId),
      asked.map(({ requestId }) => requestId),
      sinceDays,
    ],
  );
}
