/** Instances as people see them. */
import type { InstanceState, ProgressStep } from '#contracts/instances.ts';
import type { Queryable } from '#database/database.ts';
import type { DeploymentId, InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { StepExperience } from '../progress.ts';

export interface ViewRow {
  readonly id: InstanceId;
  readonly org_id: string;
  readonly deployment_id: string | null;
  readonly name: string;
  readonly state: InstanceState;
  readonly state_reason: string | null;
  readonly is_drained: boolean;
  readonly model_bytes_loaded: number | null;
  readonly model_bytes_total: number | null;
  readonly provider_id: string;
  readonly account_id: string | null;
  readonly zone: string;
  readonly instance_type_id: string;
  readonly instance_type: string;
  readonly gpu_count: number;
  readonly gpu_kind: string;
  readonly model_id: string;
  readonly model: string;
  readonly address: string | null;
  readonly price_nanos_per_hour: number | null;
  readonly price_currency: string | null;
  readonly worker_version: string | null;
  readonly worker_sha256: string | null;
  readonly worker_last_seen_at: Date | null;
  readonly created_at: Date;
  readonly ready_at: Date | null;
  readonly terminated_at: Date | null;
  readonly steps: ProgressStep[];
}

const VIEW = `
  select i.id, i.org_id, i.deployment_id, i.name, i.state, i.state_reason, i.is_drained, i.model_bytes_loaded,
         i.model_bytes_total, i.provider_id, i.account_id, i.zone, i.instance_type_id, t.code as instance_type, t.gpu_count,
         t.gpu_kind, i.model_id, m.hf_id as model, i.address, i.price_nanos_per_hour, i.price_currency,
         w.version as worker_version, w.sha256 as worker_sha256, w.last_seen_at as worker_last_seen_at,
         i.created_at, i.ready_at, i.terminated_at,
         array(select step from instance_steps s where s.instance_id = i.id) as steps
  from instances i
  join instance_types t on t.id = i.instance_type_id
  join models m on m.id = i.model_id
  left join workers w on w.instance_id = i.id`;

export interface InstanceFilter {
  readonly state?: InstanceState | undefined;
  readonly deploymentId?: string | undefined;
  readonly includeArchived?: boolean | undefined;
}

export interface ViewPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** Newest first, below a position. Uses instances_in_order. */
export async function selectViews(
  db: Queryable,
  scope: OrgScope,
  filter: InstanceFilter,
  page: { readonly limit: number; readonly after?: ViewPosition | undefined },
): Promise<ViewRow[]> {
  return db.query<ViewRow>(
    `${VIEW}
     where i.org_id = $1 and ($2::text is null or i.state = $2) and ($3::text is null or i.deployment_id = $3)
       and ($4 or i.state <> 'archived')
       and ($5::timestamptz is null or (i.created_at, i.id) < ($5, $6))
     order by i.created_at desc, i.id desc limit $7`,
    [
      scope.orgId,
      filter.state ?? null,
      filter.deploymentId ?? null,
      filter.includeArchived ?? false,
      page.after?.createdAt ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
}

/** The instances of several deployments at once, oldest first. Uses instances_by_deployment. */
export async function selectViewsOfDeployments(
  db: Queryable,
  scope: OrgScope,
  deploymentIds: readonly DeploymentId[],
): Promise<ViewRow[]> {
  return db.query<ViewRow>(
    `${VIEW} where i.org_id = $1 and i.deployment_id = any($2) order by i.created_at, i.id`,
    [scope.orgId, deploymentIds],
  );
}

export async function selectView(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<(ViewRow & { readonly now: Date }) | undefined> {
  const [row] = await db.query<ViewRow & { now: Date }>(
    `select v.*, app_now() as now from (${VIEW} where i.org_id = $1 and i.id = $2) v`,
    [scope.orgId, id],
  );
  return row;
}

export interface HistoryRow {
  readonly version: number;
  readonly from: InstanceState | null;
  readonly to: InstanceState;
  readonly reason: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly at: Date;
}

export async function selectHistory(db: Queryable, scope: OrgScope, id: InstanceId): Promise<HistoryRow[]> {
  return db.query<HistoryRow>(
    `select version, from_state as from, to_state as to, reason, actor, correlation_id, at
     from instance_state_history where org_id = $1 and instance_id = $2 order by version`,
    [scope.orgId, id],
  );
}

export async function selectSteps(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<{ step: ProgressStep; completed_at: Date }[]> {
  return db.query(
    `select step, completed_at from instance_steps where org_id = $1 and instance_id = $2
     order by completed_at, step`,
    [scope.orgId, id],
  );
}

/**
 * How long each step took in the last fifty completed starts of a type, in whichever organisation. Where a start was
 * begun anew the time between its steps says nothing about them.
 */
export async function selectExperience(
  db: Queryable,
  instanceTypeId: string,
  exceptId: InstanceId,
): Promise<Map<ProgressStep, StepExperience>> {
  const rows = await db.query<{ step: ProgressStep; median_ms: number; p95_ms: number }>(
    `with starts as (
       select id from instances i
       where instance_type_id = $1 and id <> $2 and ready_at is not null
         and not exists (
           select from instance_state_history h
           where h.instance_id = i.id
             and (h.to_state = 'installing' and h.from_state <> 'booting' or h.from_state = 'provisioning_failed'))
       order by ready_at desc, id limit 50),
     durations as (
       select s.step, extract(epoch from s.completed_at
                - lag(s.completed_at) over (partition by s.instance_id order by s.completed_at, s.step)) * 1000 as ms
       from instance_steps s join starts on starts.id = s.instance_id)
     select step, percentile_cont(0.5) within group (order by ms) as median_ms,
            percentile_cont(0.95) within group (order by ms) as p95_ms
     from durations where ms is not null group by step`,
    [instanceTypeId, exceptId],
  );
  return new Map(rows.map((row) => [row.step, { medianMs: row.median_ms, p95Ms: row.p95_ms }]));
}
