import * as z from 'zod';
import { pageOf } from '#contracts/management.ts';
import {
  contractSchema,
  contractsQuerySchema,
  createContractSchema,
  newPriceSchema,
  priceVersionSchema,
} from '#contracts/offerings.ts';
import { type Route, route } from '#http/route.ts';
import {
  acceptContract,
  changeContractPrice,
  endContract,
  proposeContract,
} from './commands/manage-contract.ts';
import { byId, pageOfRows } from './pages.ts';
import { getContract, listContractPrices, listContracts } from './queries.ts';
import type { MarketRoutesDeps } from './routes.ts';
import { priceVersionView } from './views.ts';

const read = { allow: 'member', action: 'contracts.read' } as const;
const price = { allow: 'member', action: 'prices.write' } as const;
const consume = { allow: 'member', action: 'consumption.write' } as const;

export function contractRoutes(deps: MarketRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes({ db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/contracts',
      name: 'contracts.list',
      summary: 'Contracts of your organisation on either side, newest first',
      policy: read,
      query: contractsQuerySchema,
      success: { status: 200, body: pageOf(contractSchema) },
      handler: ({ caller, query }) => {
        const filter = { side: query.side, state: query.state, offeringId: query.offering_id };
        return pageOfRows(query, (page) => listContracts(db, caller, page, filter));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/contracts/:id',
      name: 'contracts.get',
      summary: 'One contract',
      policy: read,
      params: byId,
      success: { status: 200, body: contractSchema },
      handler: ({ caller, params }) => getContract(db, caller, params.id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/contracts/:id/prices',
      name: 'contracts.prices',
      summary: 'Every version of its price, newest first',
      policy: read,
      params: byId,
      success: { status: 200, body: z.object({ data: z.array(priceVersionSchema) }) },
      handler: async ({ caller, params }) => ({
        data: (await listContractPrices(db, caller, params.id)).map(priceVersionView),
      }),
    }),
  ];
}

function writeRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/contracts',
      name: 'contracts.create',
      summary:
        'Propose to another organisation to use your offering at a price; it holds once it is accepted',
      policy: price,
      body: createContractSchema,
      success: { status: 201, body: contractSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => proposeContract(env, tx, caller, body),
    }),
    route({
      method: 'POST',
      path: '/api/v1/contracts/:id/prices',
      name: 'contracts.set_price',
      summary: 'A new version of its price, from now or later; the past stays as it is',
      policy: price,
      params: byId,
      body: newPriceSchema,
      success: { status: 201, body: contractSchema },
      idempotent: true,
      handler: ({ caller, params, body, tx }) =>
        changeContractPrice(env, tx, caller, {
          id: params.id,
          price: body.price,
          startsAt: body.starts_at,
        }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/contracts/:id/accept',
      name: 'contracts.accept',
      summary: 'Accept what was proposed to your organisation',
      policy: consume,
      params: byId,
      success: { status: 200, body: contractSchema },
      idempotent: true,
      handler: ({ caller, params, tx }) => acceptContract(env, tx, caller, params.id),
    }),
    route({
      method: 'POST',
      path: '/api/v1/contracts/:id/end',
      name: 'contracts.end',
      summary: 'End a contract now, from either side',
      policy: consume,
      params: byId,
      success: { status: 200, body: contractSchema },
      handler: ({ caller, params }) => endContract(db, caller, params.id),
    }),
  ];
}
