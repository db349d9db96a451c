import * as z from 'zod';
import {
  type ModelView,
  modelSchema,
  offerPriceSchema,
  offerSchema,
  pageOf,
  pageQuerySchema,
} from '#contracts/management.ts';
import { isAllowed } from '#contracts/permissions.ts';
import type { Database, Queryable } from '#database/database.ts';
import { readCursor, readCursorNumber, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { describeActivations } from '#identity/activation/queries.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ExchangeRate } from './price.ts';
import { getModel, listModels, listOffers, listPrices, type Model } from './queries.ts';
import { toModelView, toOfferView, type UsualStart } from './views.ts';

export interface CatalogRoutesDeps {
  readonly db: Database;
  readonly usdRate: ExchangeRate;
  readonly enabledProviders: readonly string[];
  /** Ready instances of an organisation by model. Instances are above this domain, so their count is given. */
  readonly countReadyByModel: (scope: OrgScope) => Promise<ReadonlyMap<string, number>>;
  /** How long starts usually take, by kind of machine. */
  readonly usualStarts: () => Promise<ReadonlyMap<string, UsualStart>>;
  /** The most tokens a second that the organisation's machines of each kind were seen to produce with a model. */
  readonly peakSpeeds: (scope: OrgScope, modelId: string) => Promise<ReadonlyMap<string, number>>;
}

export function catalogRoutes(deps: CatalogRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/models',
      name: 'models.list',
      summary: 'Models that can be deployed, by name',
      policy: { allow: 'member', action: 'models.read' },
      query: pageQuerySchema.extend({
        include_inactive: z.stringbool().default(false).describe('Switched-off ones too, to switch them on'),
      }),
      success: { status: 200, body: pageOf(modelSchema) },
      handler: async ({ caller, query }) => {
        const [name, id] = query.after === undefined ? [] : readCursor(query.after, 2);
        const after = name === undefined || id === undefined ? undefined : { name, id };
        const includeInactive = query.include_inactive && isAllowed(caller.role, 'models.write');
        const selection = { limit: query.limit + 1, after, includeInactive };
        const models = await listModels(db, caller, selection);
        return toPage(await modelViews(deps, caller, models), query.limit, (last) => [last.name, last.id]);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/models/:id',
      name: 'models.get',
      summary: 'One model; its Hugging Face id, encoded, works too',
      policy: { allow: 'member', action: 'models.read' },
      params: z.object({ id: z.string().max(200) }),
      success: { status: 200, body: modelSchema },
      handler: async ({ caller, params }) => {
        const [view] = await modelViews(deps, caller, [await getModel(db, caller, params.id)]);
        return view;
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/catalogue/offers',
      name: 'catalogue.offers',
      summary: 'Machines that can be rented, cheapest first, with their fit for a model when one is named',
      policy: { allow: 'member', action: 'catalogue.read' },
      query: z.object({
        model_id: z.string().max(200).optional().describe('Id or Hugging Face id of a model'),
        provider: z.string().max(60).optional(),
        zone: z.string().max(60).optional(),
        include_ended: z.stringbool().default(false),
      }),
      success: { status: 200, body: z.object({ data: z.array(offerSchema) }) },
      handler: async ({ caller, query }) => {
        const model = query.model_id === undefined ? undefined : await getModel(db, caller, query.model_id);
        const offers = await listOffers(db, {
          ...query,
          orgId: caller.orgId,
          includesEnded: query.include_ended,
        });
        const providers = [...new Set(offers.map(({ providerId }) => providerId))];
        const activations = await describeActivations(db, caller, 'provider', providers);
        const missingOf = new Map([...activations].map(([id, { missing }]) => [id, missing]));
        const usualStarts = await deps.usualStarts();
        const speeds = model ? await deps.peakSpeeds(caller, model.id) : new Map<string, number>();
        const context = { ...deps, model, missingOf, usualStarts, speeds };
        return { data: offers.map((offer) => toOfferView(offer, context)) };
      },
    }),
    priceHistoryRoute(db),
  ];
}

function priceHistoryRoute(db: Database): Route {
  return route({
    method: 'GET',
    path: '/api/v1/catalogue/prices',
    name: 'catalogue.prices',
    summary:
      'Prices that were seen, the newest first: each holds from the moment it was first seen until another',
    policy: { allow: 'member', action: 'catalogue.read' },
    query: pageQuerySchema.extend({
      provider: z.string().max(60).optional(),
      zone: z.string().max(60).optional(),
      instance_type: z.string().max(100).optional().describe("Id, or the provider's own name, of the type"),
    }),
    success: { status: 200, body: pageOf(offerPriceSchema) },
    handler: async ({ query }) => {
      const [word = ''] = query.after === undefined ? [] : readCursor(query.after, 1);
      const after = query.after === undefined ? undefined : readCursorNumber(word);
      const prices = await listPrices(db, {
        ...{ provider: query.provider, zone: query.zone, instanceType: query.instance_type },
        ...{ limit: query.limit + 1, after },
      });
      const page = toPage(prices, query.limit, (last) => [last.id]);
      return { ...page, data: page.data.map(({ id: _, ...price }) => price) };
    },
  });
}

export async function modelViews(
  { db, countReadyByModel }: Pick<CatalogRoutesDeps, 'countReadyByModel'> & { readonly db: Queryable },
  scope: OrgScope,
  models: readonly Model[],
): Promise<ModelView[]> {
  const ready = await countReadyByModel(scope);
  const ids = models.map(({ id }) => id);
  const activations = await describeActivations(db, scope, 'model', ids);
  return models.map((model) => {
    const activation = activations.get(model.id);
    if (!activation) throw new Error('each id has an activation');
    return toModelView(model, ready.get(model.id) ?? 0, activation);
  });
}
