/** How requests to each model fared, from the log of requests. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Window } from './project-store.ts';

export interface SignalRow {
  readonly model_id: string | null;
  readonly model: string | null;
  readonly requests: number;
  readonly failed: number;
  readonly ttft_p50_ms: number | null;
  readonly ttft_p95_ms: number | null;
  readonly queue_p50_ms: number | null;
  readonly queue_p95_ms: number | null;
  readonly duration_p50_ms: number | null;
  readonly duration_p95_ms: number | null;
}
export type SignalStep = Pick<
  SignalRow,
  'model_id' | 'requests' | 'failed' | 'ttft_p50_ms' | 'ttft_p95_ms'
> & {
  readonly at: Date;
};
export interface FailureRow {
  readonly status: number;
  readonly error_code: string | null;
  readonly requests: number;
}

const FAILURES_MAX = 20;
const IS_FAILED = '(status >= 400 or error_code is not null)';
const COUNTS = `count(*) as requests, count(*) filter (where ${IS_FAILED}) as failed`;
const LOGGED = 'request_log where org_id = $1 and started_at >= $2 and started_at < $3';
const at = (share: number, column: string) =>
  `percentile_cont(${share}) within group (order by ${column})::double precision`;

export function readSignals(db: Queryable, scope: OrgScope, window: Window): Promise<SignalRow[]> {
  const percentiles = ['ttft', 'queue', 'duration'].flatMap((name) => [
    `${at(0.5, `${name}_ms`)} as ${name}_p50_ms`,
    `${at(0.95, `${name}_ms`)} as ${name}_p95_ms`,
  ]);
  return db.query<SignalRow>(
    `select model_id, case when model_id is not null then max(model) end as model, ${COUNTS}, ${percentiles.join(', ')}
     from ${LOGGED} group by 1 order by count(*) desc, 1 nulls last`,
    [scope.orgId, window.from, window.to],
  );
}

export function readSignalSteps(
  db: Queryable,
  scope: OrgScope,
  window: Window & { readonly stepSeconds: number },
): Promise<SignalStep[]> {
  return db.query<SignalStep>(
    `select model_id, date_bin(make_interval(secs => $4), started_at, $2::timestamptz) as at, ${COUNTS},
       ${at(0.5, 'ttft_ms')} as ttft_p50_ms, ${at(0.95, 'ttft_ms')} as ttft_p95_ms
     from ${LOGGED} group by 1, 2 order by 1 nulls last, 2`,
    [scope.orgId, window.from, window.to, window.stepSeconds],
  );
}

export function readFailures(db: Queryable, scope: OrgScope, window: Window): Promise<FailureRow[]> {
  return db.query<FailureRow>(
    `select status, error_code, count(*) as requests from ${LOGGED} and ${IS_FAILED}
     group by 1, 2 order by count(*) desc, 1, 2 nulls first limit ${FAILURES_MAX}`,
    [scope.orgId, window.from, window.to],
  );
}
