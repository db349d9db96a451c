import type { ActionSort } from '#contracts/instances.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { Conditions, type ListFound, type Listing, type ListWish, selectList } from '#database/listing.ts';
import type { Env } from '#kernel/env.ts';
import { type InstanceId, newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** What is done to machines, in words that people search for. */
export const ACTION_CODES = [
  'REQUEST_CREATE',
  'REQUEST_TERMINATE',
  'REQUEST_ARCHIVE',
  'REQUEST_UNARCHIVE',
  'REQUEST_DRAIN',
  'REQUEST_TERMS',
  'REQUEST_RESUME',
  'REQUEST_REINSTALL',
  'REQUEST_RETRY',
  'STATE_CHANGED',
  'PROVIDER_CREATE',
  'PROVIDER_ADOPT',
  'PROVIDER_FIND',
  'PROVIDER_START',
  'PROVIDER_RESTART',
  'PROVIDER_REBOOT',
  'PROVIDER_LOOK',
  'PROVIDER_DISCOVER_VOLUME',
  'PROVIDER_DELETE',
  'PROVIDER_GONE',
  'PROVIDER_DELETE_VOLUME',
  'PROVIDER_VOLUME_GONE',
  'PROVIDER_MISMATCH',
  'OFFER_REFUSED',
  'WORKER_REGISTERED',
  'WORKER_ENGINE_HTTP',
  'WORKER_MODEL_LOADED',
  'WORKER_WARMED_UP',
  'WORKER_ENGINE_FAILED',
  'WORKER_ENGINE_RESTARTED',
  'WORKER_VERSION_MISMATCH',
  'WORKER_BOOTSTRAP_REUSED',
  'WORKER_REVOKED',
  'WORKER_DRAIN',
  'WORKER_REINSTALL',
  'HEALTH_CHECK',
  'CREATE_UNRESOLVED',
  'START_STALLED',
  'WORKER_UNAVAILABLE',
  'TERMINATION_STALLED',
  'SWEEP_FOUND',
  'SWEEP_DELETE',
  'SWEEP_GONE',
  'SWEEP_ALERT',
  'SWEEP_MISSING',
  'REQUEST_KEEP_VOLUME',
  'REQUEST_DELETE_VOLUME',
] as const;
export type ActionCode = (typeof ACTION_CODES)[number];

/** What lasts too long in one state; each is an alert too, until the state is left. */
export const ALARM_CODES = [
  'CREATE_UNRESOLVED',
  'START_STALLED',
  'WORKER_UNAVAILABLE',
  'TERMINATION_STALLED',
] as const satisfies readonly ActionCode[];
export type AlarmCode = (typeof ALARM_CODES)[number];

export interface Action {
  readonly instanceId: InstanceId;
  readonly component: string;
  readonly code: ActionCode;
  readonly status: 'started' | 'succeeded' | 'failed';
  readonly durationMs?: number | undefined;
  readonly errorCode?: string | undefined;
  readonly metadata?: Record<string, unknown>;
  readonly correlationId: string;
}

export async function logAction(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  action: Action,
): Promise<void> {
  await insertAction(env, tx, scope, action, false);
}

/** The same word on the same step is written every five minutes only: what never gives up must not fill the disk. */
export async function logRepeated(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  action: Action,
): Promise<void> {
  await insertAction(env, tx, scope, action, true);
}

/** As `logRepeated`, for the steps of many machines at once; at most one of each machine. */
export async function logAllRepeated(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  actions: readonly (Omit<Action, 'durationMs' | 'errorCode'> & OrgScope)[],
): Promise<void> {
  if (actions.length === 0) return;
  const column = (of: (action: (typeof actions)[number]) => string) => actions.map(of);
  await tx.query(
    `insert into action_log (org_id, id, instance_id, component, code, status, metadata, correlation_id, at)
     select a.org_id, a.id, a.instance_id, a.component, a.code, a.status, a.metadata::jsonb, a.correlation_id, app_now()
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       as a (org_id, id, instance_id, component, code, status, metadata, correlation_id)
     where not exists (
       select from action_log l where l.org_id = a.org_id and l.instance_id = a.instance_id and l.code = a.code
         and l.status = a.status and l.error_code is null and l.at > app_now() - interval '5 minutes')
     order by a.id`,
    [
      column(({ orgId }) => orgId),
      column(() => newId(env, 'action')),
      column(({ instanceId }) => instanceId),
      column(({ component }) => component),
      column(({ code }) => code),
      column(({ status }) => status),
      column(({ metadata }) => JSON.stringify(metadata ?? {})),
      column(({ correlationId }) => correlationId),
    ],
  );
}

async function insertAction(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  action: Action,
  onlyWhenNew: boolean,
): Promise<void> {
  await tx.query(
    `insert into action_log (org_id, id, instance_id, component, code, status, duration_ms, error_code,
       metadata, correlation_id, at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, app_now()
     where not $11 or not exists (
       select from action_log where org_id = $1 and instance_id = $3 and code = $5 and status = $6
         and error_code is not distinct from $8 and at > app_now() - interval '5 minutes')`,
    [
      scope.orgId,
      newId(env, 'action'),
      action.instanceId,
      action.component,
      action.code,
      action.status,
      action.durationMs === undefined ? null : Math.round(action.durationMs),
      action.errorCode ?? null,
      JSON.stringify(action.metadata ?? {}),
      action.correlationId,
      onlyWhenNew,
    ],
  );
}

export interface ActionRow {
  readonly id: string;
  readonly instance_id: string | null;
  readonly component: string;
  readonly code: string;
  readonly status: 'started' | 'succeeded' | 'failed';
  readonly duration_ms: number | null;
  readonly error_code: string | null;
  readonly metadata: Record<string, unknown>;
  readonly correlation_id: string;
  readonly at: Date;
}

export interface ActionFilter {
  readonly instanceId?: string | undefined;
  readonly component?: string | undefined;
  readonly code?: string | undefined;
  readonly status?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** A part of a code, the beginning of an error code, or the id or name of a machine or of a chain of actions. */
  readonly search?: string | undefined;
}

/** Each order has its index: action_log_in_order, action_log_by_duration. */
export const ACTION_LIST: Listing<ActionSort> = {
  columns: 'id, instance_id, component, code, status, duration_ms, error_code, metadata, correlation_id, at',
  from: 'action_log',
  home: 'org_id = $1',
  id: { by: 'id', type: 'text' },
  sorts: {
    at: { by: 'at', type: 'timestamptz' },
    duration_ms: { by: 'coalesce(duration_ms, -1)', type: 'bigint' },
  },
};

export function selectActions(
  db: Queryable,
  scope: OrgScope,
  filter: ActionFilter,
  wish: ListWish<ActionSort>,
): Promise<ListFound<ActionRow>> {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal('instance_id', filter.instanceId)
    .equal('component', filter.component)
    .equal('code', filter.code)
    .equal('status', filter.status)
    .equal('error_code collate "C"', filter.errorCode)
    .equal('correlation_id', filter.correlationId)
    .within('at', filter.from, filter.to);
  if (filter.search !== undefined) where.either(...matches(where, scope, filter.search));
  return selectList(db, ACTION_LIST, where, wish);
}

/** Codes are few and known here, so any part of them is found by comparing whole ones. */
function matches(where: Conditions, scope: OrgScope, search: string): string[] {
  const text = where.place(search);
  const codes = where.place(ACTION_CODES.filter((code) => code.includes(search.toUpperCase())));
  const named = `select id from instances where org_id = ${where.place(scope.orgId)} and lower(name) = lower(${text})`;
  return [
    `code = any(${codes})`,
    where.beginning('error_code', search),
    `instance_id = ${text}`,
    `correlation_id = ${text}`,
    `instance_id = any(array(${named}))`,
  ];
}
