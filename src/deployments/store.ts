/** All SQL of deployments. Names of models and types are read along, so that a list is one statement. */
import type { DeploymentSort } from '#contracts/management.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { DeploymentId, InstanceTypeId, ModelId, ProjectId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** As it stands in the row. */
export interface StoredFallback {
  readonly zone: string;
  readonly instance_type_id: InstanceTypeId;
}

export interface DeploymentRow {
  readonly id: DeploymentId;
  readonly name: string;
  readonly model_id: string;
  readonly model: string;
  readonly provider_id: string;
  readonly zone: string;
  readonly instance_type: string;
  readonly fallbacks: readonly StoredFallback[];
  readonly replicas: number;
  readonly project_id: string | null;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
}

const COLUMNS = `d.id, d.name, d.model_id, m.hf_id as model, d.provider_id, d.zone, t.code as instance_type, d.fallbacks, d.replicas,
         d.project_id, d.created_at, d.deleted_at`;
const TABLES = `deployments d
  join models m on m.id = d.model_id
  join instance_types t on t.id = d.instance_type_id`;
const DEPLOYMENT = `select ${COLUMNS} from ${TABLES}`;

export interface NewDeployment {
  readonly id: DeploymentId;
  readonly name: string;
  readonly modelId: ModelId;
  readonly providerId: string;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly fallbacks: readonly StoredFallback[];
  readonly replicas: number;
  readonly createdBy: string;
  readonly projectId: ProjectId | null;
}

export async function insertDeployment(
  tx: Transaction,
  scope: OrgScope,
  deployment: NewDeployment,
): Promise<void> {
  await tx.query(
    `insert into deployments (org_id, id, name, model_id, provider_id, zone, instance_type_id, replicas,
       created_by, fallbacks, project_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now())`,
    [
      scope.orgId,
      deployment.id,
      deployment.name,
      deployment.modelId,
      deployment.providerId,
      deployment.zone,
      deployment.instanceTypeId,
      deployment.replicas,
      deployment.createdBy,
      JSON.stringify(deployment.fallbacks),
      deployment.projectId,
    ],
  );
}

/** Marks it as deleted, once; undefined when there is none. `isNew` tells the first time from a repetition. */
export async function markDeleted(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<{ readonly isNew: boolean } | undefined> {
  const [row] = await tx.query<{ deleted_at: Date | null }>(
    `select deleted_at from deployments where org_id = $1 and id = $2 for update`,
    [scope.orgId, id],
  );
  if (!row) return undefined;
  await tx.query(
    `update deployments set deleted_at = app_now() where org_id = $1 and id = $2 and deleted_at is null`,
    [scope.orgId, id],
  );
  return { isNew: row.deleted_at === null };
}

/** All of an organisation that are not deleted yet. */
export async function markAllDeleted(
  tx: Transaction,
  scope: OrgScope,
): Promise<{ readonly id: DeploymentId; readonly name: string }[]> {
  return tx.query(
    `with marked as (
       update deployments set deleted_at = app_now() where org_id = $1 and deleted_at is null returning id, name)
     select id, name from marked order by id`,
    [scope.orgId],
  );
}

/** The name when there is such a deployment. */
export async function updateProjectOf(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  projectId: ProjectId | null,
): Promise<string | undefined> {
  const [row] = await tx.query<{ name: string }>(
    `update deployments set project_id = $3 where org_id = $1 and id = $2 returning name`,
    [scope.orgId, id, projectId],
  );
  return row?.name;
}

export async function selectDeployment(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<DeploymentRow | undefined> {
  const [row] = await db.query<DeploymentRow>(`${DEPLOYMENT} where d.org_id = $1 and d.id = $2`, [
    scope.orgId,
    id,
  ]);
  return row;
}

/** A machine that a deployment runs on or may be moved to. */
export interface ModelUseRow {
  readonly deployment: string;
  readonly code: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  readonly vramBytesPerGpu: number;
  readonly memoryBytes: number;
}

/** Of every organisation that the connection may see; what has ended needs nothing any more. */
export async function selectModelUses(db: Queryable, modelId: ModelId): Promise<ModelUseRow[]> {
  return db.query<ModelUseRow>(
    `select distinct d.name as deployment, t.code, t.gpu_count as "gpuCount", t.gpu_kind as "gpuKind",
            usable_vram(t.id, t.vram_bytes_per_gpu, t.edited_at) as "vramBytesPerGpu",
            t.memory_bytes as "memoryBytes"
     from deployments d
     join instance_types t on t.id = d.instance_type_id
       or t.id in (select f ->> 'instance_type_id' from jsonb_array_elements(d.fallbacks) f)
       or t.id in (select i.instance_type_id from instances i where i.org_id = d.org_id and i.deployment_id = d.id)
     where d.model_id = $1
       and (d.deleted_at is null
            or exists (select from instances i where i.org_id = d.org_id and i.deployment_id = d.id
                       and i.state not in ('terminated', 'archived')))
     order by 1, 2`,
    [modelId],
  );
}

export interface RuntimeRow {
  readonly id: string;
  readonly hfId: string;
  readonly name: string;
  /** Null for a machine that belongs to none. */
  readonly deploymentId: string | null;
  readonly deployment: string | null;
  readonly provider: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly state: 'serving' | 'silent' | 'starting';
}

/** Machines of an organisation that serve a model, or are about to. Those that are drained or ending serve nothing. */
export async function selectRuntime(
  db: Queryable,
  scope: OrgScope,
  silentAfterMs: number,
): Promise<RuntimeRow[]> {
  return db.query<RuntimeRow>(
    `select m.id, m.hf_id as "hfId", m.name, d.id as "deploymentId", d.name as deployment,
            i.provider_id as provider, i.zone, t.code as "instanceType",
            case when i.state <> 'ready' then 'starting'
                 when w.status = 'ready' and w.last_seen_at >= app_now() - make_interval(secs => $2::double precision / 1000) then 'serving'
                 else 'silent' end as state
     from instances i
     left join deployments d on d.org_id = i.org_id and d.id = i.deployment_id
     join models m on m.id = i.model_id
     join instance_types t on t.id = i.instance_type_id
     left join workers w on w.instance_id = i.id and w.revoked_at is null
     where i.org_id = $1 and i.wanted = 'serving' and not i.is_drained
       and i.state in ('provisioning', 'booting', 'installing', 'starting', 'ready')
       and not exists (
         select from activations a
         where a.org_id = i.org_id
           and (a.resource_kind, a.resource_id) in (('instance', i.id), ('model', i.model_id))
           and not (a.technical_is_given and a.economic_is_given))
     order by m.hf_id, m.id, i.created_at, i.id`,
    [scope.orgId, silentAfterMs],
  );
}

export interface DeploymentFilter {
  /** A part of its name, model or project, in any case. */
  readonly search?: string | undefined;
  /** Id, or Hugging Face id. */
  readonly model?: string | undefined;
  /** `none`: of no project. */
  readonly projectId?: string | undefined;
  /** Deleted, and nothing is left of its machines. */
  readonly includeTerminated: boolean;
}

/** Orders by name and state are sorted for each page: deployments are hundreds, and not hundreds of thousands. */
export const DEPLOYMENT_LIST: Listing<DeploymentSort> = {
  columns: COLUMNS,
  from: TABLES,
  countFrom: 'deployments d',
  home: 'd.org_id = $1',
  id: { by: 'd.id', type: 'text' },
  sorts: {
    created_at: { by: 'd.created_at', type: 'timestamptz' },
    name: { by: 'd.name', type: 'text' },
  },
};

export function selectDeployments(
  db: Queryable,
  scope: OrgScope,
  filter: DeploymentFilter,
  wish: ListWish<DeploymentSort>,
): Promise<ListFound<DeploymentRow>> {
  const where = new Conditions();
  const org = where.place(scope.orgId);
  where.add(`d.org_id = ${org}`);
  if (!filter.includeTerminated) {
    where.add(
      `(d.deleted_at is null or exists (
         select from instances i where i.org_id = ${org} and i.deployment_id = d.id
           and i.state not in ('terminated', 'archived')))`,
    );
  }
  if (filter.projectId === 'none') where.add('d.project_id is null');
  else where.equal('d.project_id', filter.projectId);
  if (filter.model !== undefined) {
    const model = where.place(filter.model);
    where.add(`d.model_id in (select id from models where id = ${model} or hf_id = ${model})`);
  }
  if (filter.search !== undefined) {
    const pattern = where.place(containing(filter.search));
    where.scan(
      `(lower(d.name) like ${pattern} or ${where.beginning('d.id', filter.search)}
        or d.model_id in (select id from models where lower(hf_id) like ${pattern})
        or d.project_id in (select id from projects where org_id = ${org} and lower(name) like ${pattern}))`,
    );
  }
  return selectList(db, DEPLOYMENT_LIST, where, wish);
}
