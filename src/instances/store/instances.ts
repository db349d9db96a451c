/**
 * Rows of machines. The state changes in `transition()` and nowhere else: the database refuses any other write.
 *
 * Locks are taken in one order, job row, instance row, worker row, so that a command, a heartbeat and the
 * reconciler cannot block each other for ever. Whoever asks for care calls `enqueue` before it touches an instance.
 */
import type { InstanceReason, InstanceState, ProgressStep } from '#contracts/instances.ts';
import { notify } from '#database/channels.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { DeploymentId, InstanceId, InstanceTypeId, ModelId, OrgId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { assertEdge, INITIAL_STATE, isLive } from '../instance-machine.ts';
import { computeProgress } from '../progress.ts';
import { logAction } from './action-log.ts';
import { revokeWorker } from './workers.ts';

export interface NewInstance {
  readonly id: InstanceId;
  readonly deploymentId: DeploymentId | null;
  readonly name: string;
  readonly providerId: string;
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
       correlation_id, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, app_now(), $12, $13, $14, $15, app_now())`,
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
       terminated_at = case when $3 = 'terminated' then app_now() else terminated_at end
     where org_id = $1 and id = $2`,
    [change.orgId, id, to, version, reason],
  );
  if (isLive(from) && !isLive(to)) await revokeWorker(tx, change, id);
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
     on conflict do nothing returning step`,
    [scope.orgId, id, steps],
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

export async function wantArchived(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(`update instances set is_archived = true where org_id = $1 and id = $2`, [scope.orgId, id]);
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

/** Models that an instance serves or is on its way to serve, per organisation. */
export async function selectAwaitedModels(db: Queryable): Promise<{ orgId: OrgId; modelId: ModelId }[]> {
  return db.query(
    `select distinct org_id as "orgId", model_id as "modelId" from instances
     where wanted = 'serving' and state in ('provisioning', 'booting', 'installing', 'starting', 'ready', 'unavailable')`,
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
