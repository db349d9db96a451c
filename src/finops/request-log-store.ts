import type { JsonRows } from '#contracts/json-rows.ts';
import type { RequestRecord, RequestSort } from '#contracts/requests.ts';
import type { Queryable } from '#database/database.ts';
import {
  Conditions,
  countByDays,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** What a client that did not wait for its status is written down with. */
const CLIENT_LEFT = 499;

/**
 * Adds rows; one that is there already stays as it is, so a batch may be sent again. Records of usage are taken as they
 * are, but for machines of other organisations, which are theirs to know; of what a killed gateway left open nobody knows how long it took.
 */
export async function addRequests(db: Queryable, rows: JsonRows): Promise<void> {
  await db.query(
    `insert into request_log
       (request_id, org_id, api_key_id, user_id, correlation_id, endpoint, model, model_id, instance_id, status,
        error_code, outcome, streamed, prompt_tokens, completion_tokens, cached_tokens, started_at, duration_ms,
        queue_ms, ttft_ms)
     select request_id, org_id, api_key_id, user_id, correlation_id, endpoint, model, model_id,
        case when terms is null then instance_id end, coalesce(status, http_status, ${CLIENT_LEFT}), error_code, outcome, streamed, prompt_tokens,
        completion_tokens, cached_tokens, to_timestamp(started_at_ms / 1000.0),
        coalesce(duration_ms, ended_at_ms - started_at_ms), queue_ms, ttft_ms
     from jsonb_to_recordset($1::jsonb) as r(
        request_id text, org_id text, api_key_id text, user_id text, correlation_id text, endpoint text, model text,
        model_id text, instance_id text, status integer, http_status integer, error_code text, outcome text, streamed boolean,
        prompt_tokens integer, completion_tokens integer, cached_tokens integer, started_at_ms bigint,
        ended_at_ms bigint, terms jsonb, duration_ms double precision, queue_ms double precision, ttft_ms double precision)
     order by request_id
     on conflict (request_id, started_at) do nothing`,
    [`[${rows.join(',')}]`],
  );
}

export interface RequestFilter {
  /** Our id, or the client's own. */
  readonly id?: string | undefined;
  /** The same, the beginning of the client's own or of an error code, or the name of a model. */
  readonly search?: string | undefined;
  readonly status?: number | undefined;
  readonly isFailed?: boolean | undefined;
  readonly errorCode?: string | undefined;
  readonly apiKeyId?: string | undefined;
  readonly userId?: string | undefined;
  readonly model?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export type RequestRow = Omit<RequestRecord, 'org_id' | 'started_at_ms'> & { readonly started_at: Date };

/** Each order has its index: request_log_in_order, request_log_by_duration, request_log_by_tokens. */
export const REQUEST_LIST: Listing<RequestSort> = {
  columns: `request_id, api_key_id, user_id, correlation_id, endpoint, model, model_id, instance_id, status, error_code,
    outcome, streamed, prompt_tokens, completion_tokens, cached_tokens, started_at, duration_ms, queue_ms, ttft_ms`,
  from: 'request_log',
  home: 'org_id = $1',
  id: { by: 'request_id', type: 'text' },
  sorts: {
    started_at: { by: 'started_at', type: 'timestamptz' },
    duration_ms: { by: 'duration_ms', type: 'double precision' },
    tokens: { by: '(prompt_tokens + completion_tokens)', type: 'bigint' },
  },
};

export function listRequestRows(
  db: Queryable,
  scope: OrgScope,
  filter: RequestFilter,
  wish: ListWish<RequestSort>,
): Promise<ListFound<RequestRow>> {
  const where = conditionsOf(scope, filter);
  return selectList(db, REQUEST_LIST, where, wish, countOf(where, scope, filter));
}

/** From the sums by day, where they tell apart what is filtered by. */
function countOf(where: Conditions, scope: OrgScope, filter: RequestFilter): string | undefined {
  const { from, to, status, isFailed, errorCode, endpoint, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) return undefined;
  const fields = (hasCode: string) => {
    const words = [`org_id = ${where.place(scope.orgId)}`];
    if (status !== undefined) words.push(`status = ${where.place(status)}`);
    if (endpoint !== undefined) words.push(`endpoint = ${where.place(endpoint)}`);
    if (errorCode !== undefined) words.push(`error_code = ${where.place(errorCode)}`);
    if (isFailed !== undefined) words.push(`${isFailed ? '' : 'not '}(status >= 400 or ${hasCode})`);
    return words.join(' and ');
  };
  return countByDays(
    where,
    { from, to },
    {
      sums: { from: 'request_log_daily', column: 'requests', where: () => fields(`error_code <> ''`) },
      rows: { from: 'request_log', at: 'started_at', where: () => fields('error_code is not null') },
    },
  );
}

function conditionsOf(scope: OrgScope, filter: RequestFilter): Conditions {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal('status', filter.status)
    .equal('error_code', filter.errorCode)
    .equal('api_key_id', filter.apiKeyId)
    .equal('user_id', filter.userId)
    .equal('instance_id', filter.instanceId)
    .equal('endpoint', filter.endpoint)
    .within('started_at', filter.from, filter.to);
  if (filter.isFailed !== undefined) {
    where.add(`${filter.isFailed ? '' : 'not '}(status >= 400 or error_code is not null)`);
  }
  if (filter.id !== undefined) {
    const id = where.place(filter.id);
    where.either(`request_id = ${id}`, `correlation_id collate "C" = ${id}`);
  }
  if (filter.model !== undefined) {
    const model = where.place(filter.model);
    where.either(`model = ${model}`, `model_id = ${model}`);
  }
  if (filter.search !== undefined) {
    const text = where.place(filter.search);
    where.either(
      where.beginning('error_code', filter.search),
      `model = ${text}`,
      `request_id = ${text}`,
      where.beginning('correlation_id', filter.search),
    );
  }
  return where;
}
