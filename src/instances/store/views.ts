/** Instances as people see them. */
import type { InstanceSort, InstanceState, ProgressStep } from '#contracts/instances.ts';
import type { Queryable } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  type SortKey,
  selectList,
} from '#database/listing.ts';
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

const COLUMNS = `i.id, i.org_id, i.deployment_id, i.name, i.state, i.state_reason, i.is_drained, i.model_bytes_loaded,
         i.model_bytes_total, i.provider_id, i.account_id, i.zone, i.instance_type_id, t.code as instance_type, t.gpu_count,
         t.gpu_kind, i.model_id, m.hf_id as model, i.address, i.price_nanos_per_hour, i.price_currency,
         w.version as worker_version, w.sha256 as worker_sha256, w.last_seen_at as worker_last_seen_at,
         i.created_at, i.ready_at, i.terminated_at,
         array(select step from instance_steps s where s.instance_id = i.id) as steps`;
const TABLES = `instances i
  join instance_types t on t.id = i.instance_type_id
  join models m on m.id = i.model_id
  left join workers w on w.instance_id = i.id`;
const VIEW = `select ${COLUMNS} from ${TABLES}`;

export interface InstanceFilter {
  readonly state?: InstanceState | undefined;
  /** Only those that were given back, or only the others. */
  readonly isEnded?: boolean | undefined;
  readonly deploymentId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly zone?: string | undefined;
  /** Id, or the provider's own name. */
  readonly instanceType?: string | undefined;
  /** Id, or Hugging Face id. */
  readonly model?: string | undefined;
  /** Of the deployment; `none`: of no project. */
  readonly projectId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly search?: string | undefined;
  readonly includeArchived?: boolean | undefined;
}

/** In euros, so that prices in several currencies compare; an unknown one is below all others. */
function byPrice(usdMillionths: number): SortKey {
  const rate = `case i.price_currency when 'EUR' then 1000000 when 'USD' then ${Math.trunc(usdMillionths)} end`;
  return { by: `coalesce(i.price_nanos_per_hour * ${rate}, -1)::double precision`, type: 'double precision' };
}

/** Orders with an index: instances_in_order, instances_by_name, instances_by_state. Prices are sorted as they are. */
export const INSTANCE_LIST: Listing<InstanceSort> = {
  columns: COLUMNS,
  from: TABLES,
  countFrom: 'instances i',
  home: 'i.org_id = $1',
  id: { by: 'i.id', type: 'text' },
  sorts: {
    created_at: { by: 'i.created_at', type: 'timestamptz' },
    name: { by: 'lower(i.name)', type: 'text' },
    state: { by: 'i.state', type: 'text' },
    price: byPrice(1_000_000),
  },
};

export function selectViews(
  db: Queryable,
  scope: OrgScope,
  filter: InstanceFilter,
  wish: ListWish<InstanceSort>,
  usdMillionths: number,
): Promise<ListFound<ViewRow>> {
  const where = new Conditions()
    .equal('i.org_id', scope.orgId)
    .equal('i.state', filter.state)
    .equal('i.deployment_id', filter.deploymentId)
    .equal('i.provider_id', filter.providerId)
    .equal('i.zone', filter.zone)
    .within('i.created_at', filter.from, filter.to);
  if (!filter.includeArchived) where.add(`i.state <> 'archived'`);
  if (filter.isEnded !== undefined) {
    where.add(`i.state ${filter.isEnded ? 'in' : 'not in'} ('terminated', 'archived')`);
  }
  if (filter.instanceType !== undefined) {
    const type = where.place(filter.instanceType);
    where.add(
      `i.instance_type_id = any(array(select id from instance_types where id = ${type} or code = ${type}))`,
    );
  }
  if (filter.model !== undefined) {
    const model = where.place(filter.model);
    where.add(`i.model_id = any(array(select id from models where id = ${model} or hf_id = ${model}))`);
  }
  if (filter.projectId !== undefined) where.add(ofProject(where, scope, filter.projectId));
  if (filter.search !== undefined) where.scan(matches(where, scope, filter.search));
  const sorts = { ...INSTANCE_LIST.sorts, price: byPrice(usdMillionths) };
  return selectList(db, { ...INSTANCE_LIST, sorts }, where, wish);
}

function ofProject(where: Conditions, scope: OrgScope, projectId: string): string {
  const org = where.place(scope.orgId);
  const deployments = `select id from deployments where org_id = ${org} and project_id`;
  return projectId === 'none'
    ? `(i.deployment_id is null or i.deployment_id not in (${deployments} is not null))`
    : `i.deployment_id in (${deployments} = ${where.place(projectId)})`;
}

/** What few rows of other tables are called is looked up once, and not for each instance. */
function matches(where: Conditions, scope: OrgScope, search: string): string {
  const [org, pattern] = [where.place(scope.orgId), where.place(containing(search))];
  const named = (table: string, column: string) =>
    `select id from ${table} where lower(${column}) like ${pattern}`;
  return `(lower(i.name) like ${pattern} or lower(i.zone) like ${pattern} or lower(i.provider_id) like ${pattern}
    or ${where.beginning('i.id', search)} or i.state like ${pattern}
    or i.instance_type_id in (${named('instance_types', 'code')}) or i.model_id in (${named('models', 'hf_id')})
    or i.deployment_id in (
      select d.id from deployments d left join projects p on p.org_id = d.org_id and p.id = d.project_id
      where d.org_id = ${org} and (lower(d.name) like ${pattern} or lower(p.name) like ${pattern})))`;
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
): Promise<(ViewRow & { readonly now: Date; readonly server_ref: string | null }) | undefined> {
  const [row] = await db.query<ViewRow & { now: Date; server_ref: string | null }>(
    `select v.*, app_now() as now from (select ${COLUMNS}, i.server_ref from ${TABLES} where i.org_id = $1 and i.id = $2) v`,
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

export interface UsualStart {
  readonly medianMs: number;
  readonly starts: number;
}

/** From order to readiness, in the last fifty starts of each kind of machine that were not begun anew. */
export async function selectUsualStarts(
  db: Queryable,
): Promise<(UsualStart & { readonly instanceTypeId: string })[]> {
  return db.query(
    `with starts as (
       select instance_type_id, id, extract(epoch from ready_at - created_at) * 1000 as ms,
              row_number() over (partition by instance_type_id order by ready_at desc, id) as place
       from instances where ready_at is not null)
     select s.instance_type_id as "instanceTypeId", count(*)::int as starts,
            percentile_cont(0.5) within group (order by s.ms) as "medianMs"
     from starts s
     where s.place <= 50 and not exists (
       select from instance_state_history h
       where h.instance_id = s.id
         and (h.to_state = 'installing' and h.from_state <> 'booting' or h.from_state = 'provisioning_failed'))
     group by s.instance_type_id order by s.instance_type_id`,
  );
}
