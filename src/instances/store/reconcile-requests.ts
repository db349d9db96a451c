/** RECONCILE: asked for, carried out, answered with a report. */

import type { ReconcileReport } from '#contracts/sweep.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';

export interface ReconcileRequest {
  readonly id: string;
  readonly provider_id: string | null;
  readonly instance_id: string | null;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly requested_by: string;
  readonly correlation_id: string;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly woken: number;
  readonly report: ReconcileReport | null;
  readonly elapsed_ms: number;
}

export async function insertReconcileRequest(
  tx: Transaction,
  request: {
    readonly id: string;
    readonly providerId: string | null;
    readonly instanceId: string | null;
    readonly by: string;
    readonly correlationId: string;
  },
): Promise<void> {
  await tx.query(
    `insert into reconcile_requests (id, provider_id, instance_id, state, requested_by, correlation_id, requested_at)
     values ($1, $2, $3, 'queued', $4, $5, app_now())`,
    [request.id, request.providerId, request.instanceId, request.by, request.correlationId],
  );
}

export async function findReconcileRequest(db: Queryable, id: string): Promise<ReconcileRequest | undefined> {
  const [row] = await db.query<ReconcileRequest>(
    `select id, provider_id, instance_id, state, requested_by, correlation_id, requested_at, started_at, ended_at,
            woken, report,
            coalesce(extract(epoch from coalesce(ended_at, app_now()) - started_at) * 1000, 0)::double precision
              as elapsed_ms
     from reconcile_requests where id = $1`,
    [id],
  );
  return row;
}

export async function markReconcileStarted(tx: Transaction, id: string, woken: number): Promise<void> {
  await tx.query(
    `update reconcile_requests set state = 'running', started_at = app_now(), woken = $2
     where id = $1 and state = 'queued'`,
    [id, woken],
  );
}

export async function finishReconcile(
  tx: Transaction,
  id: string,
  result: { readonly state: 'done' | 'failed'; readonly report: ReconcileReport },
): Promise<void> {
  await tx.query(
    `update reconcile_requests set state = $2, report = $3, ended_at = app_now()
     where id = $1 and state = 'running'`,
    [id, result.state, JSON.stringify(result.report)],
  );
}

/** Of those that ended, the oldest first; how many went. Uses reconcile_requests_by_age. */
export async function removeOldReconcileRequests(
  db: Queryable,
  olderThanDays: number,
  limit: number,
): Promise<number> {
  const rows = await db.query(
    `delete from reconcile_requests where id in (
       select id from reconcile_requests
       where requested_at < (select app_now()) - make_interval(days => $1) and ended_at is not null
       order by requested_at, id limit $2)
     returning 1`,
    [olderThanDays, limit],
  );
  return rows.length;
}

/** Instances that may still have something to do, in the order in which jobs are locked. */
export async function selectReconcilable(
  db: Queryable,
  of: { readonly providerId: string | null; readonly instanceId: string | null },
): Promise<{ id: InstanceId; orgId: OrgId }[]> {
  return db.query(
    `select id, org_id as "orgId" from instances
     where ($1::text is null or provider_id = $1) and ($2::text is null or id = $2)
       and state not in ('terminated', 'archived')
     order by id`,
    [of.providerId, of.instanceId],
  );
}

/** Whose provider and account; undefined when there is no such instance in any organisation. */
export async function findPlaceOf(
  db: Queryable,
  instanceId: string,
): Promise<{ providerId: string; accountId: string } | undefined> {
  const [row] = await db.query<{ providerId: string; accountId: string }>(
    `select provider_id as "providerId", coalesce(account_id, '') as "accountId" from instances where id = $1`,
    [instanceId],
  );
  return row;
}

export async function isKnownProvider(db: Queryable, providerId: string): Promise<boolean> {
  return (await db.query('select 1 from providers where id = $1', [providerId])).length > 0;
}
