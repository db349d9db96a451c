import type { ExchangeRate } from '#catalog/price.ts';
import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import type { DeploymentSort, DeploymentView } from '#contracts/management.ts';
import type { RuntimeModel } from '#contracts/models.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { listInstancesOfDeployments } from '#instances/queries.ts';
import { AppError } from '#kernel/errors.ts';
import type { ModelId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  DEPLOYMENT_LIST,
  type DeploymentFilter,
  type DeploymentRow,
  type ModelUseRow,
  type RuntimeRow,
  selectDeployment,
  selectDeployments,
  selectModelUses,
  selectRuntime,
} from './store.ts';

export { DEPLOYMENT_LIST };

/** States in which nothing of a machine is left at its provider. */
const GONE: readonly InstanceState[] = ['terminated', 'archived'];

/** @throws deployment.not_found */
export async function getDeployment(
  db: Queryable,
  scope: OrgScope,
  id: string,
  usdRate: ExchangeRate,
): Promise<DeploymentView> {
  const row = await selectDeployment(db, scope, id);
  if (!row) throw new AppError('deployment.not_found');
  const [view] = await toViews(db, scope, [row], usdRate);
  if (!view) throw new Error('one row makes one view');
  return view;
}

/** A page of them. Ended ones are left out unless asked for; whether one has ended follows from its machines. */
export async function listDeployments(
  db: Queryable,
  scope: OrgScope,
  filter: DeploymentFilter,
  wish: ListWish<DeploymentSort>,
  usdRate: ExchangeRate,
): Promise<ListFound<DeploymentView>> {
  const found = await selectDeployments(db, scope, filter, wish);
  return { ...found, rows: await toViews(db, scope, found.rows, usdRate) };
}

/** Machines that need a model as it is. */
export function listModelUses(db: Queryable, modelId: ModelId): Promise<ModelUseRow[]> {
  return selectModelUses(db, modelId);
}

/** What is served now or is about to be, by name of the model. */
export async function listRuntimeModels(
  db: Queryable,
  scope: OrgScope,
  silentAfterMs: number,
): Promise<RuntimeModel[]> {
  const rows = await selectRuntime(db, scope, silentAfterMs);
  return [...Map.groupBy(rows, ({ id }) => id).values()].map(toRuntimeModel);
}

function toRuntimeModel(rows: readonly RuntimeRow[]): RuntimeModel {
  const [first] = rows;
  if (!first) throw new Error('a group has a row');
  const count = (among: readonly RuntimeRow[], state: RuntimeRow['state']) =>
    among.filter((row) => row.state === state).length;
  const byPlace = Map.groupBy(rows, (row) => `${row.provider} ${row.zone} ${row.instanceType}`);
  const deployments = new Map(
    rows.flatMap(({ deploymentId: id, deployment }): [string, string][] =>
      id === null || deployment === null ? [] : [[id, deployment]],
    ),
  );
  return {
    id: first.id,
    hf_id: first.hfId,
    name: first.name,
    replicas_serving: count(rows, 'serving'),
    replicas_silent: count(rows, 'silent'),
    replicas_starting: count(rows, 'starting'),
    places: [...byPlace.values()].flatMap((among) => {
      const [one] = among;
      if (!one) return [];
      const { provider, zone, instanceType: instance_type } = one;
      const counts = {
        serving: count(among, 'serving'),
        silent: count(among, 'silent'),
        starting: count(among, 'starting'),
      };
      return [{ provider, zone, instance_type, ...counts }];
    }),
    deployments: [...deployments].map(([id, name]) => ({ id, name })),
  };
}

async function toViews(
  db: Queryable,
  scope: OrgScope,
  rows: readonly DeploymentRow[],
  usdRate: ExchangeRate,
): Promise<DeploymentView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const instances = await listInstancesOfDeployments(db, scope, ids, usdRate);
  return rows.map((row) =>
    toView(
      row,
      instances.filter((instance) => instance.deployment_id === row.id),
    ),
  );
}

function toView(row: DeploymentRow, instances: readonly InstanceView[]): DeploymentView {
  return {
    id: row.id,
    name: row.name,
    model_id: row.model_id,
    model: row.model,
    provider: row.provider_id,
    zone: row.zone,
    instance_type: row.instance_type,
    fallbacks: [...row.fallbacks],
    project_id: row.project_id,
    replicas: row.replicas,
    ready_replicas: instances.filter((instance) => instance.state === 'ready').length,
    status: statusOf(row, instances),
    created_at: row.created_at.toISOString(),
    instances: [...instances],
  };
}

function statusOf(row: DeploymentRow, instances: readonly InstanceView[]): DeploymentView['status'] {
  if (row.deleted_at === null) return 'active';
  return instances.every((instance) => GONE.includes(instance.state)) ? 'terminated' : 'terminating';
}
