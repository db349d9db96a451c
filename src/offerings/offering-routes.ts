import * as z from 'zod';
import { listOf, listQuerySchema, searchSchema } from '#contracts/management.ts';
import {
  changeOfferingSchema,
  createOfferingSchema,
  createPlanSchema,
  newPriceSchema,
  OFFERING_SORTS,
  offeringSchema,
  planSchema,
  priceVersionSchema,
} from '#contracts/offerings.ts';
import { answerOf, readListWish } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { changeOffering, createOffering, publishOffering, setListPrice } from './commands/manage-offering.ts';
import { createPlan, retirePlan } from './commands/manage-plan.ts';
import { byId } from './pages.ts';
import { getOffering, listOfferings, listPlans, listPrices, OFFERING_LIST } from './queries.ts';
import type { MarketRoutesDeps } from './routes.ts';
import { priceVersionView } from './views.ts';

const listQuery = listQuerySchema(OFFERING_SORTS, '-created_at').extend({
  of: z.enum(['own', 'market']).default('own'),
  q: searchSchema
    .optional()
    .describe("A part of the name, the model's name or the organisation's, in any case"),
  access: offeringSchema.shape.access.optional(),
  model_id: z.string().min(1).max(200).optional(),
});
const read = { allow: 'member', action: 'offerings.read' } as const;
const publish = { allow: 'member', action: 'offerings.write' } as const;
const price = { allow: 'member', action: 'prices.write' } as const;

export function offeringRoutes(deps: MarketRoutesDeps): Route[] {
  return [...readRoutes(deps), ...publishRoutes(deps), ...priceRoutes(deps), ...planRoutes(deps)];
}

function readRoutes({ db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/offerings',
      name: 'offerings.list',
      summary: 'Your own offerings, or those of others that you may see, searched, sorted and counted',
      policy: read,
      query: listQuery,
      success: { status: 200, body: listOf(offeringSchema) },
      handler: async ({ caller, query }) => {
        const filter = { of: query.of, search: query.q, access: query.access, modelId: query.model_id };
        const found = await listOfferings(db, caller, filter, readListWish(OFFERING_LIST, query));
        return answerOf(found, query.sort, found.rows);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/offerings/:id',
      name: 'offerings.get',
      summary: 'An offering by its id or its name, `<slug>/<code>` with the slash encoded',
      policy: read,
      params: byId,
      success: { status: 200, body: offeringSchema },
      handler: ({ caller, params }) => getOffering(db, caller, params.id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/offerings/:id/prices',
      name: 'offerings.prices',
      summary: 'Every version of the list price, newest first',
      policy: read,
      params: byId,
      success: { status: 200, body: z.object({ data: z.array(priceVersionSchema) }) },
      handler: async ({ caller, params }) => ({
        data: (await listPrices(db, caller, params.id)).map(priceVersionView),
      }),
    }),
  ];
}

function publishRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/offerings',
      name: 'offerings.create',
      summary: 'Offer a model to other organisations; it is a draft until it is published',
      policy: publish,
      body: createOfferingSchema,
      success: { status: 201, body: offeringSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => createOffering(env, tx, caller, body),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/offerings/:id',
      name: 'offerings.change',
      summary: 'Change what an offering says of itself and who finds it; what is left out stays',
      policy: publish,
      params: byId,
      body: changeOfferingSchema,
      success: { status: 200, body: offeringSchema },
      handler: ({ caller, params, body }) => changeOffering(db, caller, params.id, body),
    }),
    route({
      method: 'POST',
      path: '/api/v1/offerings/:id/publish',
      name: 'offerings.publish',
      summary: 'Let those use it who may',
      policy: publish,
      params: byId,
      success: { status: 200, body: offeringSchema },
      handler: ({ caller, params }) => publishOffering(db, caller, params.id, true),
    }),
    route({
      method: 'POST',
      path: '/api/v1/offerings/:id/withdraw',
      name: 'offerings.withdraw',
      summary: 'Serve it to nobody any more; what was agreed stays written',
      policy: publish,
      params: byId,
      success: { status: 200, body: offeringSchema },
      handler: ({ caller, params }) => publishOffering(db, caller, params.id, false),
    }),
  ];
}

function priceRoutes({ env }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/offerings/:id/prices',
      name: 'offerings.set_price',
      summary: 'A new version of the list price, from now or later; the past stays as it is',
      policy: price,
      params: byId,
      body: newPriceSchema,
      success: { status: 201, body: offeringSchema },
      idempotent: true,
      handler: ({ caller, params, body, tx }) =>
        setListPrice(env, tx, caller, {
          offeringId: params.id,
          price: body.price,
          startsAt: body.starts_at,
        }),
    }),
  ];
}

function planRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/plans',
      name: 'plans.list',
      summary: 'Plans of an offering',
      policy: read,
      query: z.object({ offering: z.string().min(1).max(200).describe('Id or name') }),
      success: { status: 200, body: z.object({ data: z.array(planSchema) }) },
      handler: async ({ caller, query }) => ({ data: await listPlans(db, caller, query.offering) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/plans',
      name: 'plans.create',
      summary: 'A plan of an offering: what a month costs and how many tokens it has',
      policy: price,
      body: createPlanSchema,
      success: { status: 201, body: planSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => createPlan(env, tx, caller, body),
    }),
    route({
      method: 'POST',
      path: '/api/v1/plans/:id/retire',
      name: 'plans.retire',
      summary: 'Take no more subscribers; those who are go on',
      policy: price,
      params: byId,
      success: { status: 200, body: planSchema },
      handler: ({ caller, params }) => retirePlan(db, caller, params.id),
    }),
  ];
}
