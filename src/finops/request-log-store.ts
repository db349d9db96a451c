import type { JsonRows } from '#contracts/json-rows.ts';
import type { RequestRecord } from '#contracts/requests.ts';
import type { Queryable } from '#database/database.ts';
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
  readonly id?: string | undefined;
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

/** Newest first, after the row that a cursor names. Uses request_log_in_order, for failures request_log_failures. */
export async function listRequestRows(
  db: Queryable,
  scope: OrgScope,
  filter: RequestFilter,
  page: { limit: number; after?: { startedAt: string; requestId: string } | undefined },
): Promise<RequestRow[]> {
  const values: unknown[] = [scope.orgId, page.limit];
  const place = (value: unknown) => `$${values.push(value)}`;
  const conditions = ['org_id = $1'];
  const equal = (column: string, value: unknown) => {
    if (value !== undefined) conditions.push(`${column} = ${place(value)}`);
  };
  equal('status', filter.status);
  equal('error_code', filter.errorCode);
  equal('api_key_id', filter.apiKeyId);
  equal('user_id', filter.userId);
  equal('instance_id', filter.instanceId);
  equal('endpoint', filter.endpoint);
  if (filter.isFailed !== undefined)
    conditions.push(`${filter.isFailed ? '' : 'not '}(status >= 400 or error_code is not null)`);
  if (filter.id !== undefined) {
    const id = place(filter.id);
    conditions.push(`(request_id = ${id} or correlation_id = ${id})`);
  }
  if (filter.model !== undefined) {
    const model = place(filter.model);
    conditions.push(`(model = ${model} or model_id = ${model})`);
  }
  if (filter.from) conditions.push(`started_at >= ${place(filter.from)}`);
  if (filter.to) conditions.push(`started_at < ${place(filter.to)}`);
  if (page.after) {
    const { startedAt, requestId } = page.after;
    conditions.push(`(started_at, request_id) < (${place(startedAt)}::timestamptz, ${place(requestId)})`);
  }
  return db.query<RequestRow>(
    `select request_id, api_key_id, user_id, correlation_id, endpoint, model, model_id, instance_id, status,
       error_code, outcome, streamed, prompt_tokens, completion_tokens, cached_tokens, started_at, duration_ms,
       queue_ms, ttft_ms
     from request_log where ${conditions.join(' and ')}
     order by started_at desc, request_id desc limit $2`,
    values,
  );
}
