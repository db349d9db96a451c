/** With what engines are run, for administrators of the installation. */
import * as z from 'zod';
import { changeFlavourSchema, createFlavourSchema, flavourSchema } from '#contracts/flavours.ts';
import type { Database } from '#database/database.ts';
import { Reply, type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import type { FirstValues } from '#settings/setting-values.ts';
import { changeFlavour, createFlavour, deleteFlavour } from './commands.ts';
import { getFlavour, listFlavours } from './queries.ts';

export interface FlavourRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** The environment's values of settings. */
  readonly first: FirstValues;
}

const PATH = '/api/v1/catalogue/flavours';
const policy = { allow: 'platform_admin' } as const;
const byId = z.object({ id: z.string().max(100) });

export function flavourRoutes(deps: FlavourRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes({ db }: FlavourRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'flavours.list',
      summary: 'Every record of every flavour; those of this release first, then by name',
      policy,
      success: { status: 200, body: z.object({ data: z.array(flavourSchema) }) },
      handler: async () => ({ data: await listFlavours(db) }),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'flavours.get',
      summary: 'One record of a flavour',
      policy,
      params: byId,
      success: { status: 200, body: flavourSchema },
      handler: ({ params }) => getFlavour(db, params.id),
    }),
  ];
}

function writeRoutes({ env, db, first }: FlavourRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: PATH,
      name: 'flavours.create',
      summary: 'A record of a flavour: for one family of GPUs or all, at one provider or all',
      policy,
      body: createFlavourSchema,
      success: { status: 201, body: flavourSchema },
      idempotent: true,
      handler: async ({ tx, body }) => {
        const made = await createFlavour(env, tx, body);
        return new Reply(201, made, { location: `${PATH}/${made.id}` });
      },
    }),
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'flavours.change',
      summary: 'Change what it says; machines that registered keep what they were told until a reinstall',
      policy,
      params: byId,
      body: changeFlavourSchema,
      success: { status: 200, body: flavourSchema },
      handler: ({ params, body }) => db.transaction((tx) => changeFlavour(tx, params.id, body)),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'flavours.delete',
      summary: 'Delete a record; the last of a name that is still named somewhere stays',
      policy,
      params: byId,
      success: { status: 204 },
      handler: ({ params }) => db.transaction((tx) => deleteFlavour(tx, params.id, first)),
    }),
  ];
}
