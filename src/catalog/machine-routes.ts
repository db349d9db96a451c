/** What the installation may rent, for its administrators. */
import * as z from 'zod';
import {
  catalogueTypeSchema,
  catalogueZoneSchema,
  changeInstanceTypeSchema,
  changeZoneSchema,
  createInstanceTypeSchema,
  createZoneSchema,
  setPriceSchema,
} from '#contracts/models.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import {
  changeInstanceType,
  changeZone,
  createInstanceType,
  createZone,
  giveBackPrice,
  setPrice,
} from './commands/edit-machines.ts';
import { selectTypes, selectZones } from './machine-store.ts';

const policy = { allow: 'platform_admin' } as const;
const byId = z.object({ id: z.string().max(100) });
const ofProvider = z.object({ provider: z.string().max(60).optional() });

export function machineRoutes(deps: { readonly env: Env; readonly db: Database }): Route[] {
  return [...zoneRoutes(deps), ...typeRoutes(deps), ...priceRoutes(deps)];
}

function zoneRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/catalogue/zones',
      name: 'catalogue_zones.list',
      summary: 'Zones of the providers, switched-off ones included',
      policy,
      query: ofProvider,
      success: { status: 200, body: z.object({ data: z.array(catalogueZoneSchema) }) },
      handler: async ({ query }) => ({ data: await selectZones(db, query.provider) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/catalogue/zones',
      name: 'catalogue_zones.create',
      summary: 'A zone that its provider does not list by itself',
      policy,
      body: createZoneSchema,
      success: { status: 201, body: catalogueZoneSchema },
      idempotent: true,
      handler: ({ tx, body }) => createZone(tx, body),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/catalogue/zones/:provider/:code',
      name: 'catalogue_zones.change',
      summary: 'Switch a zone off or on: nothing new is ordered in one that is off',
      policy,
      params: z.object({ provider: z.string().max(60), code: z.string().max(60) }),
      body: changeZoneSchema,
      success: { status: 200, body: catalogueZoneSchema },
      handler: ({ params, body }) => db.transaction((tx) => changeZone(tx, params, body)),
    }),
  ];
}

function typeRoutes({ env, db }: { readonly env: Env; readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/catalogue/instance-types',
      name: 'instance_types.list',
      summary: 'Kinds of machines with their prices by zone and whose word each is',
      policy,
      query: ofProvider,
      success: { status: 200, body: z.object({ data: z.array(catalogueTypeSchema) }) },
      handler: async ({ query }) => ({ data: await selectTypes(db, query.provider) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/catalogue/instance-types',
      name: 'instance_types.create',
      summary:
        'A kind of machine that its provider does not list by itself; it is offered where it gets a price',
      policy,
      body: createInstanceTypeSchema,
      success: { status: 201, body: catalogueTypeSchema },
      idempotent: true,
      handler: ({ tx, body }) => createInstanceType(env, tx, body),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/catalogue/instance-types/:id',
      name: 'instance_types.change',
      summary: 'Correct its figures, switch it off or on, or give the figures back to seeds and provider',
      policy,
      params: byId,
      body: changeInstanceTypeSchema,
      success: { status: 200, body: catalogueTypeSchema },
      handler: ({ params, body }) => db.transaction((tx) => changeInstanceType(tx, params.id, body)),
    }),
  ];
}

function priceRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/api/v1/catalogue/instance-types/:id/prices',
      name: 'instance_types.set_price',
      summary: 'What it costs in a zone: it holds against seeds and the provider until it is given back',
      policy,
      params: byId,
      body: setPriceSchema,
      success: { status: 200, body: catalogueTypeSchema },
      handler: ({ params, body }) => db.transaction((tx) => setPrice(tx, params.id, body)),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/catalogue/instance-types/:id/prices/:zone',
      name: 'instance_types.give_back_price',
      summary: 'Leave its price in a zone to seeds and provider again; it stands until the next of them',
      policy,
      params: byId.extend({ zone: z.string().max(60) }),
      success: { status: 200, body: catalogueTypeSchema },
      handler: ({ params }) => db.transaction((tx) => giveBackPrice(tx, params.id, params.zone)),
    }),
  ];
}
