import * as z from 'zod';
import type { Settings } from '#config/settings.ts';
import { changeOrganisationSchema, organisationSchema } from '#contracts/api-keys.ts';
import { pageOf } from '#contracts/management.ts';
import {
  confirmSlugSchema,
  createOrganisationSchema,
  deletionSchema,
  listedOrganisationSchema,
  myOrganisationSchema,
  organisationsQuerySchema,
} from '#contracts/organisations.ts';
import type { Database, Queryable } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { CorrelationId, OrgId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { changeOrganisation } from './commands/change-organisation.ts';
import { createOrganisation } from './commands/create-organisation.ts';
import { askForDeletion, cancelDeletion } from './commands/delete-organisation.ts';
import { findLife, getOrganisation, listAllOrganisations, listOrganisationsOf } from './queries.ts';

export interface OrganisationRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  /** What an organisation still has at providers. */
  readonly countRemains: (
    db: Queryable,
    scope: OrgScope,
  ) => Promise<{ readonly machines: number; readonly volumes: number }>;
}

const DELETION = '/api/v1/organisation/deletion';
const deletionState = z.object({ deletion: deletionSchema.nullable() });
const byId = z.object({ id: z.string().max(100) });

export function organisationRoutes(deps: OrganisationRoutesDeps): Route[] {
  return [
    ...myOrganisationRoutes(deps),
    ...activeRoutes(deps),
    ...deletionRoutes(deps),
    ...platformRoutes(deps),
  ];
}

function myOrganisationRoutes({ env, db, settings }: OrganisationRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organisations',
      name: 'organisations.list',
      summary: 'Organisations that you are a member of, with your role in each',
      policy: { allow: 'member', action: 'session.own' },
      success: { status: 200, body: z.object({ data: z.array(myOrganisationSchema) }) },
      handler: async ({ caller }) => ({ data: await listOrganisationsOf(db, caller.userId) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/organisations',
      name: 'organisations.create',
      summary: 'Make an organisation; its first owner is you, or whom a platform administrator names',
      policy: { allow: 'member', action: 'session.own' },
      body: createOrganisationSchema,
      success: { status: 201, body: myOrganisationSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => {
        const wanted = { name: body.name, slug: body.slug, colour: body.colour, ownerId: body.owner_id };
        const mayUsers = settings.get('ORGANISATION_CREATION') === 'users';
        return createOrganisation(env, tx, caller, wanted, mayUsers);
      },
    }),
  ];
}

function activeRoutes({ db }: OrganisationRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organisation',
      name: 'organisation.get',
      summary: 'The organisation that you are signed in to, with its limits',
      policy: { allow: 'member', action: 'organisation.read' },
      success: { status: 200, body: organisationSchema },
      handler: ({ caller }) => getOrganisation(db, caller),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/organisation',
      name: 'organisation.change',
      summary:
        'Name it, give it a colour, limit what all its keys and people use together; null takes a limit away',
      policy: { allow: 'member', action: 'organisation.write' },
      body: changeOrganisationSchema,
      success: { status: 200, body: organisationSchema },
      handler: ({ caller, body }) => changeOrganisation(db, caller, body),
    }),
  ];
}

function deletionRoutes(deps: OrganisationRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: DELETION,
      name: 'organisation.deletion',
      summary: 'How far the deletion of the organisation is; null when it is not being deleted',
      policy: { allow: 'member', action: 'organisation.read' },
      success: { status: 200, body: deletionState },
      handler: ({ caller }) => readDeletion(deps, caller),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/organisation',
      name: 'organisation.delete',
      summary: 'End the organisation: its machines first, then every way in. Its bills stay',
      policy: { allow: 'member', action: 'organisation.delete' },
      query: confirmSlugSchema,
      success: { status: 202, body: deletionState },
      handler: async (request) => {
        const { caller, query } = request;
        await db.transaction((tx) => askForDeletion(tx, caller, query.confirm, actorOf(request)));
        return new Reply(202, await readDeletion(deps, caller), { location: DELETION });
      },
    }),
    route({
      method: 'DELETE',
      path: DELETION,
      name: 'organisation.deletion.cancel',
      summary: 'Keep the organisation after all; machines that were told to end still end',
      policy: { allow: 'member', action: 'organisation.delete' },
      success: { status: 200, body: deletionState },
      handler: async ({ caller }) => {
        await db.transaction((tx) => cancelDeletion(tx, caller));
        return readDeletion(deps, caller);
      },
    }),
  ];
}

/** Those of the whole installation, for who looks after it. */
function platformRoutes(deps: OrganisationRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/platform/organisations',
      name: 'platform.organisations.list',
      summary: 'All organisations, newest first, found by name and state',
      policy: { allow: 'platform_admin' },
      query: organisationsQuerySchema,
      success: { status: 200, body: pageOf(listedOrganisationSchema) },
      handler: async ({ query: { after, limit, ...filter } }) => {
        const position = after === undefined ? undefined : readPosition(after);
        const rows = await listAllOrganisations(db, { ...filter, limit: limit + 1, after: position });
        return toPage(rows, limit, (last) => [last.created_at, last.id]);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/platform/organisations/:id',
      name: 'platform.organisations.delete',
      summary: 'End an organisation, as its owner would',
      policy: { allow: 'platform_admin' },
      params: byId,
      query: confirmSlugSchema,
      success: { status: 202, body: deletionState },
      handler: async (request) => {
        const scope = { orgId: request.params.id as OrgId };
        await db.transaction((tx) => askForDeletion(tx, scope, request.query.confirm, actorOf(request)));
        return readDeletion(deps, scope);
      },
    }),
  ];
}

async function readDeletion({ db, countRemains }: OrganisationRoutesDeps, scope: OrgScope) {
  const life = await findLife(db, scope);
  if (!life || life.deletedAt !== null) throw new AppError('organisation.not_found');
  if (life.deletionAskedAt === null) return { deletion: null };
  const { machines, volumes } = await countRemains(db, scope);
  return {
    deletion: {
      asked_at: life.deletionAskedAt.toISOString(),
      asked_by: life.deletionAskedBy ?? '',
      machines_left: machines,
      volumes_left: volumes,
    },
  };
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}

export function readPosition(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = readCursor(cursor, 2);
  return { createdAt: readCursorTime(createdAt), id };
}
