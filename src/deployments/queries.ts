import type { ExchangeRate } from '#catalog/price.ts';
import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import type { DeploymentSort, DeploymentView } from '#contracts/management.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { listInstancesOfDeployments } from '#instances/queries.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  DEPLOYMENT_LIST,
  type DeploymentFilter,
  type DeploymentRow,
  selectDeployment,
  selectDeployments,
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
