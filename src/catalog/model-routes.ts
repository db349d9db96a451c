import * as z from 'zod';
import { modelSchema } from '#contracts/management.ts';
import { diskNeeded, vramNeeded } from '#contracts/model-fit.ts';
import {
  changeModelSchema,
  createModelSchema,
  type InspectedModel,
  inspectedModelSchema,
  inspectModelSchema,
  modelFitsSchema,
} from '#contracts/models.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { changeModel, type UsesOfModel } from './commands/change-model.ts';
import { createModel } from './commands/create-model.ts';
import { deleteModel } from './commands/delete-model.ts';
import { readModelConfig } from './model-config/read-model-config.ts';
import type { ModelScope } from './model-store.ts';
import { getModel, getModelConfig, listModels, listOffers } from './queries.ts';
import { type CatalogRoutesDeps, modelViews } from './routes.ts';
import { machineFits } from './views.ts';

export interface ModelRoutesDeps extends CatalogRoutesDeps {
  readonly env: Env;
  readonly usesOfModel: UsesOfModel;
}

const byId = z.object({ id: z.string().max(200) });
const CONFIG_BODY_BYTES_MAX = 1_000_000;

export function modelRoutes(deps: ModelRoutesDeps): Route[] {
  return [...ownRoutes(deps), inspectRoute(), fitRoute(deps), ...commonRoutes(deps)];
}

/** Models of the caller's organisation. */
function ownRoutes(deps: ModelRoutesDeps): Route[] {
  const { db, env } = deps;
  return [
    route({
      method: 'POST',
      path: '/api/v1/models',
      name: 'models.create',
      summary: 'A model of your own, from its config.json or from figures',
      policy: { allow: 'member', action: 'models.write' },
      body: createModelSchema,
      bodyBytesMax: CONFIG_BODY_BYTES_MAX,
      success: { status: 201, body: modelSchema },
      idempotent: true,
      handler: async (request) => {
        const { tx, caller, body } = request;
        const model = await createModel(env, tx, caller, { wanted: body, by: actorOf(request) });
        const [view] = await modelViews({ ...deps, db: tx }, caller, [model]);
        return new Reply(201, view, { location: `/api/v1/models/${model.id}` });
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/models/:id',
      name: 'models.change',
      summary:
        'Change a model of your own, or switch it off; what its deployments need is not taken from them',
      policy: { allow: 'member', action: 'models.write' },
      params: byId,
      body: changeModelSchema,
      bodyBytesMax: CONFIG_BODY_BYTES_MAX,
      success: { status: 200, body: modelSchema },
      handler: async ({ caller, params, body }) => {
        const order = { id: params.id, to: body, usesOf: deps.usesOfModel };
        const model = await db.transaction((tx) => changeModel(tx, caller, order));
        const [view] = await modelViews(deps, caller, [model]);
        return view;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/models/:id',
      name: 'models.delete',
      summary:
        'Take a model of your own that was never deployed out of the catalogue; others are switched off',
      policy: { allow: 'member', action: 'models.write' },
      params: byId,
      success: { status: 204 },
      handler: ({ caller, params }) => db.transaction((tx) => deleteModel(tx, caller, params.id)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/models/:id/config',
      name: 'models.config',
      summary: 'The config.json that the model was made from; null without one',
      policy: { allow: 'member', action: 'models.read' },
      params: byId,
      success: { status: 200, body: z.object({ config: z.record(z.string(), z.unknown()).nullable() }) },
      handler: async ({ caller, params }) => {
        const { id } = await getModel(db, caller, params.id);
        return { config: await getModelConfig(db, caller, id) };
      },
    }),
  ];
}

/** Nothing is kept, so whoever may see models may ask. */
function inspectRoute(): Route {
  return route({
    method: 'POST',
    path: '/api/v1/model-inspections',
    name: 'models.inspect',
    summary: 'What a config.json says: parameters, bytes, context; nothing is kept',
    policy: { allow: 'member', action: 'models.read' },
    body: inspectModelSchema,
    bodyBytesMax: CONFIG_BODY_BYTES_MAX,
    auditHides: ['config'],
    success: { status: 200, body: inspectedModelSchema },
    handler: async ({ body }): Promise<InspectedModel> => {
      const { warnings, ...facts } = readModelConfig(body.config, body.context_length);
      return {
        parameters: facts.parameters,
        weights_bytes: facts.weightsBytes,
        kv_bytes_per_token: facts.kvBytesPerToken,
        context_length: facts.contextLength,
        vram_bytes_needed: vramNeeded(facts),
        disk_bytes_needed: diskNeeded(facts),
        shape: facts.shape,
        warnings: [...warnings],
      };
    },
  });
}

function fitRoute(deps: ModelRoutesDeps): Route {
  const { db } = deps;
  return route({
    method: 'GET',
    path: '/api/v1/models/:id/fit',
    name: 'models.fit',
    summary: 'Every kind of machine for a model: fits, tight or no, and why; the best and cheapest first',
    policy: { allow: 'member', action: 'models.read' },
    params: byId,
    query: z.object({
      provider: z.string().max(60).optional(),
      zone: z.string().max(60).optional(),
      context_length: z.coerce.number().int().min(1).max(100_000_000).optional(),
      sequences: z.coerce.number().int().min(1).max(100_000).optional(),
    }),
    success: { status: 200, body: modelFitsSchema },
    handler: async ({ caller, params, query }) => {
      const model = await getModel(db, caller, params.id);
      const offers = await listOffers(db, { ...query, orgId: caller.orgId });
      const wish = { contextLength: query.context_length, sequences: query.sequences };
      return {
        model_id: model.id,
        hf_id: model.hfId,
        disk_bytes_needed: diskNeeded(model),
        data: machineFits(model, offers, { ...deps, wish }),
      };
    },
  });
}

/** Models of the whole installation, for its administrators. */
function commonRoutes(deps: ModelRoutesDeps): Route[] {
  const { db, env } = deps;
  const scope: ModelScope = 'everybody';
  return [
    route({
      method: 'GET',
      path: '/api/v1/catalogue/models',
      name: 'catalogue_models.list',
      summary: "The installation's models, inactive ones included, by name",
      policy: { allow: 'platform_admin' },
      success: { status: 200, body: z.object({ data: z.array(modelSchema) }) },
      handler: async ({ caller }) => {
        const models = await listModels(db, scope, { includeInactive: true, onlyCommon: true });
        return { data: await modelViews(deps, caller, models) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/catalogue/models',
      name: 'catalogue_models.create',
      summary: 'A model for every organisation',
      policy: { allow: 'platform_admin' },
      body: createModelSchema,
      bodyBytesMax: CONFIG_BODY_BYTES_MAX,
      success: { status: 201, body: modelSchema },
      idempotent: true,
      handler: async (request) => {
        const { tx, caller, body } = request;
        const model = await createModel(env, tx, scope, { wanted: body, by: actorOf(request) });
        const [view] = await modelViews({ ...deps, db: tx }, caller, [model]);
        return new Reply(201, view, { location: `/api/v1/models/${model.id}` });
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/catalogue/models/:id',
      name: 'catalogue_models.change',
      summary: "Change or switch off one of the installation's models",
      policy: { allow: 'platform_admin' },
      params: byId,
      body: changeModelSchema,
      bodyBytesMax: CONFIG_BODY_BYTES_MAX,
      success: { status: 200, body: modelSchema },
      handler: async ({ caller, params, body }) => {
        const order = { id: params.id, to: body, usesOf: deps.usesOfModel };
        const model = await db.transaction((tx) => changeModel(tx, scope, order));
        const [view] = await modelViews(deps, caller, [model]);
        return view;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/catalogue/models/:id',
      name: 'catalogue_models.delete',
      summary: "Take one of the installation's models that nobody ever deployed out of the catalogue",
      policy: { allow: 'platform_admin' },
      params: byId,
      success: { status: 204 },
      handler: ({ params }) => db.transaction((tx) => deleteModel(tx, scope, params.id)),
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
