/**
 * Rows of machines. The state changes in `transition()` and nowhere else: the database refuses any other write.
 *
 * Locks are taken in one order, job row, instance row, worker row, so that a command, a heartbeat and the
 * reconciler cannot block each other for ever. Whoever asks for care calls `enqueue` before it touches an instance.
 */
import { closeAlert } from '#alerts/alerts.ts';
import type { InstanceReason, InstanceState, ProgressStep } from '#contracts/instances.ts';
import { recordEvent } from '#database/business-events.ts';
import { notify } from '#database/channels.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type {
  DeploymentId,
  InstanceId,
  InstanceTypeId,
  ModelId,
  OrgId,
  ProviderAccountId,
} from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { assertEdge, INITIAL_STATE, isLive } from '../instance-machine.ts';
import { computeProgress } from '../progress.ts';
import type { HealthVerdict } from '../rows.ts';
import { ALARM_CODES, logAction } from './action-log.ts';
import { endReinstall } from './reinstalls.ts';
import { revokeWorker } from './workers.ts';

/** What is wrong with a machine in one state ends with that state. */
const STATE_ALERTS = [...ALARM_CODES, 'PROVISIONING_FAILED', 'STARTUP_FAILED', 'WORKER_DEAD'] as const;

export interface NewInstance {
  readonly id: InstanceId;
  readonly deploymentId: DeploymentId | null;
  readonly name: string;
  readonly providerId: string;
  readonly accountId: ProviderAccountId | null;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly modelId: ModelId;
  readonly engine: string;
  readonly priceNanosPerHour: number | null;
  readonly priceCurrency: string | null;
}

/** The first state has its history row too, so that replaying the history gives the state. */
export async function insertInstance(
  tx: Transaction,
  scope: OrgScope,
  order: NewInstance,
  by: Actor,
): Promise<void> {
  const reason: InstanceReason = 'ordered';
  await insertHistory(tx, { scope, id: order.id, version: 1, from: null, to: INITIAL_STATE, reason, by });
  await tx.query(
    `insert into instances (org_id, id, deployment_id, name, provider_id, zone, instance_type_id, model_id,
       engine, state, state_version, state_reason, state_at, price_nanos_per_hour, price_currency,
       correlation_id, created_by, created_at, account_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, app_now(), $12, $13, $14, $15, app_now(), $16)`,
    [
      scope.orgId,
      order.id,
      order.deploymentId,
      order.name,
      order.providerId,
      order.zone,
      order.instanceTypeId,
      order.modelId,
      order.engine,
      INITIAL_STATE,
      reason,
      order.priceNanosPerHour,
      order.priceCurrency,
      by.correlationId,
      by.actor,
      order.accountId,
    ],
  );
}

export interface Transition {
  readonly orgId: OrgId;
  readonly id: InstanceId;
  readonly from: InstanceState;
  readonly to: InstanceState;
  readonly expectedVersion: number;
  readonly reason: InstanceReason;
}

/**
 * The one way a state changes: compare-and-set by state and version, its history row, what follows from it for
 * tokens and routing, and the event, all in the caller's transaction. @throws instance.stale
 */
export async function transition(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  change: Transition,
  by: Actor,
): Promise<void> {
  assertEdge(change.from, change.to);
  // The row is locked first: a concurrent transition would otherwise collide in the history. Not `for update`, which
  // would also wait for every row that refers to this one.
  const rows = await tx.query(
    `select 1 from instances where org_id = $1 and id = $2 and state = $3 and state_version = $4 for no key update`,
    [change.orgId, change.id, change.from, change.expectedVersion],
  );
  if (rows.length !== 1) throw new AppError('instance.stale');
  const version = change.expectedVersion + 1;
  const { id, from, to, reason } = change;
  await insertHistory(tx, { scope: change, id, version, from, to, reason, by });
  await tx.query(
    `update instances set state = $3, state_version = $4, state_reason = $5, state_at = app_now(),
       ready_at = case when $3 = 'ready' then coalesce(ready_at, app_now()) else ready_at end,
       terminated_at = case when $3 = 'terminated' then coalesce(terminated_at, app_now()) else terminated_at end,
       server_restarts = case when $3 = 'ready' then 0 else server_restarts end
     where org_id = $1 and id = $2`,
    [change.orgId, id, to, version, reason],
  );
  await closeAlert(tx, { kind: 'instance', id }, ...STATE_ALERTS);
  if (isLive(from) && !isLive(to)) await endWork(tx, change, id);
  await logAction(env, tx, change, {
    instanceId: id,
    component: by.actor,
    code: 'STATE_CHANGED',
    status: 'succeeded',
    metadata: { from, to, reason },
    correlationId: by.correlationId,
  });
  await announce(tx, change, id);
  if (from === 'ready' || to === 'ready') await notify(tx, 'routing', id);
}

/** The machine is given up: nobody speaks for it any more, and nothing more is done to its worker. */
async function endWork(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await revokeWorker(tx, scope, id);
  await endReinstall(tx, scope, id, { outcome: 'cancelled' });
  await closeAlert(tx, { kind: 'instance', id }, 'WORKER_VERSION_MISMATCH');
}

async function insertHistory(
  tx: Transaction,
  entry: {
    scope: OrgScope;
    id: InstanceId;
    version: number;
    from: InstanceState | null;
    to: InstanceState;
    reason: string;
    by: Actor;
  },
): Promise<void> {
  await tx.query(
    `insert into instance_state_history
       (org_id, instance_id, version, from_state, to_state, reason, actor, correlation_id, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, app_now())`,
    [
      entry.scope.orgId,
      entry.id,
      entry.version,
      entry.from,
      entry.to,
      entry.reason,
      entry.by.actor,
      entry.by.correlationId,
    ],
  );
  const { id, from, to, reason, version } = entry;
  await recordEvent(tx, {
    orgId: entry.scope.orgId,
    type: 'INSTANCE_STATE_CHANGED',
    subjectId: id,
    data: { instance_id: id, from, to, reason, version },
  });
}

const STEPS_OF_WORKER: readonly ProgressStep[] = [
  'worker_installed',
  'engine_http',
  'model_loaded',
  'warmed_up',
  'health_confirmed',
  'ready',
];

const STEPS_OF_SERVER: readonly ProgressStep[] = ['started', 'address_known', 'security_group'];

/** While a worker is installed anew, the old one goes on speaking, but its progress counts no more. $2 is the instance. */
const IS_BEING_REPLACED = `exists (
  select from instance_reinstalls r left join workers w on w.instance_id = r.instance_id
  where r.instance_id = $2 and r.ended_at is null and coalesce(w.epoch, 0) <= r.from_epoch)`;

/** The worker is installed anew on a machine that stays: what it had reached begins again. */
export async function forgetInstallation(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(`delete from instance_steps where org_id = $1 and instance_id = $2 and step = any($3)`, [
    scope.orgId,
    id,
    STEPS_OF_WORKER,
  ]);
  await tx.query(
    `update instances set model_bytes_loaded = null, model_bytes_total = null
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** The next server begins at the beginning: what the last one had reached counts no more. */
export async function forgetServerSteps(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(`delete from instance_steps where org_id = $1 and instance_id = $2 and step = any($3)`, [
    scope.orgId,
    id,
    STEPS_OF_SERVER,
  ]);
}

/** A server that stopped by itself has been told to start again. */
export async function noteRestart(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(
    `update instances set server_restarts = server_restarts + 1, server_restarted_at = app_now()
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** The result of a health check; failures are counted in a row and in one state. */
export async function recordHealth(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  verdict: HealthVerdict,
): Promise<void> {
  await tx.query(
    `update instances set health_at = app_now(), health_verdict = $3,
       health_failures = case
         when $3 = 'confirmed' then 0
         when health_at >= state_at then health_failures + 1
         else 1 end
     where org_id = $1 and id = $2`,
    [scope.orgId, id, verdict],
  );
}

/** Each step counts once; a repeated one changes nothing. Gives the steps that were new. */
export async function completeSteps(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  steps: readonly ProgressStep[],
): Promise<ProgressStep[]> {
  if (steps.length === 0) return [];
  const rows = await tx.query<{ step: ProgressStep }>(
    `insert into instance_steps (org_id, instance_id, step, completed_at)
     select $1, $2, step, app_now() from unnest($3::text[]) as step
     where not (step = any($4) and ${IS_BEING_REPLACED})
     on conflict do nothing returning step`,
    [scope.orgId, id, steps, STEPS_OF_WORKER],
  );
  return rows.map((row) => row.step);
}

/** Tells who watches that this instance changed, with what most of them need. */
export async function announce(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  const [row] = await tx.query<{
    state: InstanceState;
    loaded: number | null;
    total: number | null;
    steps: ProgressStep[];
  }>(
    `select state, model_bytes_loaded as loaded, model_bytes_total as total,
            array(select step from instance_steps where instance_id = $2) as steps
     from instances where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
  if (!row) return;
  const summary = { state: row.state, progress: computeProgress(row.steps, row) };
  await emitEvent(tx, { orgId: scope.orgId, type: 'instance.changed', subjectId: id, summary });
}

/** Intent: the machine is to go. Gives false when that was wanted already; undefined when there is no such one. */
export async function wantTerminated(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<boolean | undefined> {
  const changed = await tx.query(
    `update instances set wanted = 'terminated', correlation_id = $3
     where org_id = $1 and id = $2 and wanted <> 'terminated' returning 1`,
    [scope.orgId, id, by.correlationId],
  );
  if (changed.length === 1) return true;
  return (await readState(tx, scope, id)) === undefined ? undefined : false;
}

/** Intent: out of sight, or back into view. */
export async function wantArchived(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  isArchived: boolean,
): Promise<boolean> {
  const rows = await tx.query(
    `update instances set is_archived = $3 where org_id = $1 and id = $2 and is_archived <> $3 returning 1`,
    [scope.orgId, id, isArchived],
  );
  return rows.length === 1;
}

/** Intent: takes no requests while its machine is kept. False when that was wanted already. */
export async function wantDrained(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  isDrained: boolean,
): Promise<boolean> {
  const rows = await tx.query(
    `update instances set is_drained = $3 where org_id = $1 and id = $2 and is_drained <> $3 returning 1`,
    [scope.orgId, id, isDrained],
  );
  return rows.length === 1;
}

export interface Intent {
  readonly state: InstanceState;
  readonly wanted: 'serving' | 'terminated';
}

/** The row stays locked until the end of the transaction, so that what is judged by it still holds then. */
export async function lockIntent(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
): Promise<Intent | undefined> {
  const [row] = await tx.query<Intent>(
    `select state, wanted from instances where org_id = $1 and id = $2 for no key update`,
    [scope.orgId, id],
  );
  return row;
}

export async function readState(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<InstanceState | undefined> {
  const [row] = await db.query<{ state: InstanceState }>(
    `select state from instances where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
  return row?.state;
}

/** What is done from here on serves this caller. */
export async function takeCorrelation(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  by: Actor,
): Promise<void> {
  await tx.query(`update instances set correlation_id = $3 where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
    by.correlationId,
  ]);
}

/** What is wanted of it and where it stands, held until the transaction ends. */
export async function readIntent(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
): Promise<
  | {
      readonly state: InstanceState;
      readonly stateVersion: number;
      readonly wanted: 'serving' | 'terminated';
    }
  | undefined
> {
  const [row] = await tx.query<{
    state: InstanceState;
    stateVersion: number;
    wanted: 'serving' | 'terminated';
  }>(
    `select state, state_version as "stateVersion", wanted from instances
     where org_id = $1 and id = $2 for no key update`,
    [scope.orgId, id],
  );
  return row;
}

/** Facts from the provider about the server that this instance keeps. */
export async function setServer(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  facts: { readonly ref: string; readonly address: string | undefined },
): Promise<void> {
  await tx.query(
    `update instances set server_ref = coalesce(server_ref, $3), address = coalesce($4, address)
     where org_id = $1 and id = $2`,
    [scope.orgId, id, facts.ref, facts.address ?? null],
  );
}

/** The next run looks at the server, however short ago the last look was. */
export async function askForLook(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(`update instances set server_looked_at = null where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}

/**
 * What a look at the server showed; undefined: the provider does not know it. `fell_back` is a server that stands
 * still after it had been seen starting.
 */
export async function recordLook(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  serverState: string | undefined,
): Promise<void> {
  await db.query(
    `update instances set server_looked_at = app_now(), 
       server_state = case
         when $3 = 'stopped' and server_state in ('starting', 'running', 'fell_back') then 'fell_back'
         else coalesce($3, server_state) end,
       server_missing_since = case when $3::text is null then coalesce(server_missing_since, app_now()) end
     where org_id = $1 and id = $2`,
    [scope.orgId, id, serverState ?? null],
  );
}

/**
 * Bytes of the model that are loaded. They only rise, and the total is the first one told, because progress
 * must not go back when an engine starts again in the middle of loading. True when something changed.
 */
export async function raiseModelBytes(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  bytes: { readonly loaded: number | null; readonly total: number | null },
): Promise<boolean> {
  const rows = await tx.query(
    `update instances set model_bytes_loaded = greatest(model_bytes_loaded, $3),
       model_bytes_total = coalesce(model_bytes_total, nullif($4::bigint, 0))
     where org_id = $1 and id = $2
       and ($3::bigint > coalesce(model_bytes_loaded, -1)
         or (model_bytes_total is null and nullif($4::bigint, 0) is not null))
       and not ${IS_BEING_REPLACED}
     returning 1`,
    [scope.orgId, id, bytes.loaded, bytes.total],
  );
  return rows.length === 1;
}

/** Instances that are not at rest, for the start of an orchestrator. */
export async function listUnfinished(
  db: Queryable,
): Promise<{ id: InstanceId; orgId: OrgId; correlationId: string; state: InstanceState }[]> {
  return db.query(
    `select id, org_id as "orgId", correlation_id as "correlationId", state from instances
     where state not in ('terminated', 'archived') order by id`,
  );
}

/** Writes the edges of the machine into the table that the database's guard reads. */
export async function replaceEdges(
  tx: Transaction,
  edges: readonly { from: InstanceState; to: InstanceState }[],
): Promise<void> {
  const from = edges.map((edge) => edge.from);
  const to = edges.map((edge) => edge.to);
  await tx.query(
    `delete from instance_edges where (from_state, to_state) not in (
       select * from unnest($1::text[], $2::text[]))`,
    [from, to],
  );
  await tx.query(
    `insert into instance_edges (from_state, to_state)
     select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
    [from, to],
  );
}
