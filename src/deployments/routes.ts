import * as z from 'zod';
import type { ExchangeRate } from '#catalog/price.ts';
import {
  createDeploymentSchema,
  DEPLOYMENT_SORTS,
  type DeploymentView,
  deploymentSchema,
  listOf,
  listQuerySchema,
  searchSchema,
} from '#contracts/management.ts';
import { projectFilterSchema, projectIdSchema } from '#contracts/organisations.ts';
import type { Database, Queryable } from '#database/database.ts';
import { answerOf, readListWish } from '#http/listing.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import { withOutdated } from '#instances/queries.ts';
import type { CostsOf } from '#instances/routes.ts';
import type { ExpectedWorker } from '#instances/worker-routes.ts';
import type { Env } from '#kernel/env.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { createDeployment, type DeploymentRules } from './commands/create-deployment.ts';
import { deleteDeployment } from './commands/delete-deployment.ts';
import { moveDeployment } from './commands/move-deployment.ts';
import { DEPLOYMENT_LIST, getDeployment, listDeployments } from './queries.ts';

export interface DeploymentRoutesDeps extends DeploymentRules {
  readonly env: Env;
  readonly db: Database;
  readonly usdRate: ExchangeRate;
  readonly readVersion?: ExpectedWorker;
  readonly costsOf: CostsOf;
}

const byId = z.object({ id: z.string().max(100) });
const listQuery = listQuerySchema(DEPLOYMENT_SORTS, '-created_at').extend({
  q: searchSchema
    .optional()
    .describe('A part of the name, model or project, in any case; or of the id from its beginning'),
  model: z.string().min(1).max(200).optional().describe('Hugging Face id, or ours'),
  project_id: projectFilterSchema,
  include_terminated: z.stringbool().default(false),
});

export function deploymentRoutes(deps: DeploymentRoutesDeps): Route[] {
  const { db } = deps;
  return [
    createRoute(deps),
    projectRoute(deps),
    route({
      method: 'GET',
      path: '/api/v1/deployments',
      name: 'deployments.list',
      summary:
        'Deployments with their instances, searched, sorted and counted; ended ones only when asked for',
      policy: { allow: 'member', action: 'deployments.read' },
      query: listQuery,
      success: { status: 200, body: listOf(deploymentSchema) },
      handler: async ({ caller, query }) => {
        const filter = {
          search: query.q,
          model: query.model,
          projectId: query.project_id,
          includeTerminated: query.include_terminated,
        };
        const wish = readListWish(DEPLOYMENT_LIST, query);
        const found = await listDeployments(db, caller, filter, wish, deps.usdRate);
        return answerOf(found, query.sort, await withCosts(deps, db, caller, found.rows));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/deployments/:id',
      name: 'deployments.get',
      summary: 'One deployment with its instances',
      policy: { allow: 'member', action: 'deployments.read' },
      params: byId,
      success: { status: 200, body: deploymentSchema },
      handler: ({ caller, params }) => readOne(deps, db, caller, params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/deployments/:id',
      name: 'deployments.delete',
      summary: 'Terminate all its instances; it counts as terminated when the last one is gone',
      policy: { allow: 'member', action: 'deployments.write' },
      params: byId,
      success: { status: 202, body: deploymentSchema },
      handler: async (request) => {
        const { caller, params } = request;
        const order = { scope: caller, id: params.id, by: actorOf(request), usdRate: deps.usdRate };
        await db.transaction((tx) => deleteDeployment(deps.env, tx, order));
        return readOne(deps, db, caller, params.id);
      },
    }),
  ];
}

function createRoute(deps: DeploymentRoutesDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/deployments',
    name: 'deployments.create',
    summary: 'Put a model on machines: as many instances as replicas are ordered at once',
    policy: { allow: 'member', action: 'deployments.write' },
    body: createDeploymentSchema,
    success: { status: 201, body: deploymentSchema },
    idempotent: true,
    handler: async (request) => {
      const { caller, body, tx } = request;
      const wanted = {
        name: body.name,
        modelId: body.model_id,
        provider: body.provider,
        accountId: body.account_id,
        zone: body.zone,
        instanceType: body.instance_type,
        fallbacks: body.fallbacks.map((one) => ({ zone: one.zone, instanceType: one.instance_type_id })),
        replicas: body.replicas,
        volumeIds: body.volume_ids,
        projectId: body.project_id,
      };
      const by = actorOf(request);
      const id = await createDeployment(deps.env, tx, deps, { scope: caller, wanted, by });
      const view = await getDeployment(tx, caller, id, deps.usdRate);
      return new Reply(201, view, { location: `/api/v1/deployments/${id}` });
    },
  });
}

function projectRoute(deps: DeploymentRoutesDeps): Route {
  return route({
    method: 'PATCH',
    path: '/api/v1/deployments/:id',
    name: 'deployments.change',
    summary: 'Put a deployment into another project, or none; its costs so far go along',
    policy: { allow: 'member', action: 'deployments.write' },
    params: byId,
    body: z.strictObject({ project_id: projectIdSchema }),
    success: { status: 200, body: deploymentSchema },
    handler: async ({ caller, params, body }) => {
      await moveDeployment(deps.db, caller, params.id, body.project_id);
      return readOne(deps, deps.db, caller, params.id);
    },
  });
}

async function readOne(
  deps: DeploymentRoutesDeps,
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<DeploymentView | undefined> {
  const [view] = await withCosts(deps, db, scope, [await getDeployment(db, scope, id, deps.usdRate)]);
  return view;
}

async function withCosts(
  deps: DeploymentRoutesDeps,
  db: Queryable,
  scope: OrgScope,
  views: readonly DeploymentView[],
): Promise<DeploymentView[]> {
  const ids = views.flatMap((view) => view.instances.map((instance) => instance.id));
  if (ids.length === 0) return [...views];
  const costs = await deps.costsOf(db, scope, ids);
  const expected = deps.readVersion?.().worker_sha256 ?? null;
  return views.map((view) => ({
    ...view,
    instances: view.instances.map((instance) =>
      withOutdated({ ...instance, cost_micros: costs.get(instance.id) ?? 0 }, expected),
    ),
  }));
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
