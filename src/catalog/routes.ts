import * as z from 'zod';
import { modelSchema, offerSchema, pageOf, pageQuerySchema } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ExchangeRate } from './price.ts';
import { getModel, listModels, listOffers } from './queries.ts';
import { toModelView, toOfferView } from './views.ts';

export interface CatalogRoutesDeps {
  readonly db: Database;
  readonly usdRate: ExchangeRate;
  readonly enabledProviders: readonly string[];
  /** Ready instances of an organisation by model. Instances are above this domain, so their count is given. */
  readonly countReadyByModel: (scope: OrgScope) => Promise<ReadonlyMap<string, number>>;
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
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(modelSchema) },
      handler: async ({ caller, query }) => {
        const [name, id] = query.after === undefined ? [] : readCursor(query.after, 2);
        const after = name === undefined || id === undefined ? undefined : { name, id };
        const models = await listModels(db, { limit: query.limit + 1, after });
        const ready = await deps.countReadyByModel(caller);
        const views = models.map((model) => toModelView(model, ready.get(model.id) ?? 0));
        return toPage(views, query.limit, (last) => [last.name, last.id]);
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
        const model = await getModel(db, params.id);
        const ready = await deps.countReadyByModel(caller);
        return toModelView(model, ready.get(model.id) ?? 0);
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
      }),
      success: { status: 200, body: z.object({ data: z.array(offerSchema) }) },
      handler: async ({ query }) => {
        const model = query.model_id === undefined ? undefined : await getModel(db, query.model_id);
        const offers = await listOffers(db, query);
        return { data: offers.map((offer) => toOfferView(offer, { ...deps, model })) };
      },
    }),
  ];
}
