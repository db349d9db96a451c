/** Installations of a worker anew. One at a time per instance; the database's unique index is the proof. */
import type { ReinstallLeftFor, ReinstallPath } from '#contracts/instances.ts';
import type { EngineKind } from '#contracts/worker.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId, ReinstallId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';

/** False when one is under way already. */
export async function insertReinstall(
  tx: Transaction,
  scope: OrgScope,
  order: { readonly id: ReinstallId; readonly instanceId: InstanceId; readonly isAutomatic: boolean },
  by: Actor,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into instance_reinstalls (org_id, id, instance_id, is_automatic, path, path_at, from_epoch,
       created_by, correlation_id, created_at)
     values ($1, $2, $3, $4, 'agent_order', app_now(),
       coalesce((select epoch from workers where instance_id = $3), 0), $5, $6, app_now())
     on conflict (instance_id) where ended_at is null do nothing returning 1`,
    [scope.orgId, order.id, order.instanceId, order.isAutomatic, by.actor, by.correlationId],
  );
  return rows.length === 1;
}

export async function isUnderWay(tx: Transaction, scope: OrgScope, instanceId: InstanceId): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from instance_reinstalls where org_id = $1 and instance_id = $2 and ended_at is null`,
    [scope.orgId, instanceId],
  );
  return rows.length === 1;
}

/** The order has been given on its present path. */
export async function markReinstallOrdered(tx: Transaction, scope: OrgScope, id: ReinstallId): Promise<void> {
  await tx.query(
    `update instance_reinstalls set ordered_at = coalesce(ordered_at, app_now())
     where org_id = $1 and id = $2 and ended_at is null`,
    [scope.orgId, id],
  );
}

export async function takeNextPath(
  tx: Transaction,
  scope: OrgScope,
  id: ReinstallId,
  next: { readonly path: ReinstallPath; readonly reason: ReinstallLeftFor },
): Promise<void> {
  await tx.query(
    `update instance_reinstalls set path = $3, path_reason = $4, path_at = app_now(), ordered_at = null
     where org_id = $1 and id = $2 and ended_at is null`,
    [scope.orgId, id, next.path, next.reason],
  );
}

export async function endReinstall(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  end: {
    readonly outcome: 'installed' | 'replaced' | 'failed' | 'cancelled';
    readonly replacedBy?: InstanceId;
  },
): Promise<void> {
  await tx.query(
    `update instance_reinstalls set ended_at = app_now(), outcome = $3, replaced_by = $4
     where org_id = $1 and instance_id = $2 and ended_at is null`,
    [scope.orgId, instanceId, end.outcome, end.replacedBy ?? null],
  );
}

export interface ReinstallView {
  readonly id: string;
  readonly is_automatic: boolean;
  readonly path: ReinstallPath;
  readonly path_began_at: Date;
  readonly path_reason: string | null;
  readonly outcome: 'installed' | 'replaced' | 'failed' | 'cancelled' | null;
  readonly replaced_by: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

/** The newest one. Uses instance_reinstalls_by_instance. */
export async function selectReinstall(
  db: Queryable,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<ReinstallView | undefined> {
  const [row] = await db.query<ReinstallView>(
    `select id, is_automatic, path, path_at as path_began_at, path_reason, outcome, replaced_by, created_at,
            ended_at
     from instance_reinstalls where org_id = $1 and instance_id = $2
     order by created_at desc, id desc limit 1`,
    [scope.orgId, instanceId],
  );
  return row;
}

/** What a machine that is ordered instead must be like. */
export interface OrderOfInstance {
  readonly deploymentId: string | null;
  readonly name: string;
  readonly modelId: string;
  readonly providerId: string;
  readonly accountId: string | null;
  readonly engine: EngineKind;
}

export async function readOrder(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<OrderOfInstance | undefined> {
  const [row] = await db.query<OrderOfInstance>(
    `select deployment_id as "deploymentId", name, model_id as "modelId", provider_id as "providerId",
            account_id as "accountId", engine
     from instances where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
  return row;
}
