import * as z from 'zod';
import {
  catalogueProviderSchema,
  catalogueSyncRequestSchema,
  catalogueSyncSchema,
} from '#contracts/catalogue-sync.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { requestCatalogueSync } from './commands/request-catalogue-sync.ts';
import { getCatalogueSync, listCatalogueProviders } from './queries.ts';

export interface CatalogueSyncDeps {
  readonly env: Env;
  readonly db: Database;
  readonly enabledProviders: readonly string[];
}

export function catalogueSyncRoutes({ env, db, enabledProviders }: CatalogueSyncDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/catalogue/providers',
      name: 'catalogue.providers',
      summary: 'What each provider offers, how old its prices are, and when it was asked last',
      policy: { allow: 'member', action: 'catalogue.read' },
      success: { status: 200, body: z.object({ data: z.array(catalogueProviderSchema) }) },
      handler: async () => ({ data: await listCatalogueProviders(db, enabledProviders) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/catalogue/sync',
      name: 'catalogue.sync',
      summary: 'SYNC_CATALOG: ask the providers what they offer, now, with a report',
      policy: { allow: 'platform_admin' },
      body: catalogueSyncRequestSchema,
      success: { status: 202, body: catalogueSyncSchema },
      idempotent: true,
      handler: async ({ body, caller, correlationId, tx }) => {
        const by = { actor: `user:${caller.userId}`, correlationId };
        const id = await requestCatalogueSync(env, tx, body, by);
        return getCatalogueSync(tx, id);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/catalogue/sync/:id',
      name: 'catalogue.sync_get',
      summary: 'State and report of a SYNC_CATALOG',
      policy: { allow: 'platform_admin' },
      params: z.object({ id: z.string().max(100) }),
      success: { status: 200, body: catalogueSyncSchema },
      handler: ({ params }) => getCatalogueSync(db, params.id),
    }),
  ];
}
