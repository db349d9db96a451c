import * as z from 'zod';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import {
  accountEntrySchema,
  changeUserSchema,
  createUserSchema,
  endedSessionsSchema,
  userSchema,
  usersQuerySchema,
} from '#contracts/people.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import type { IdentityRoutesDeps } from '../routes.ts';
import {
  changeUser,
  createUser,
  getUser,
  listEntries,
  listUsers,
  mailPasswordLink,
  resetTotp,
  signOutUser,
} from './manage-users.ts';

const policy = { allow: 'platform_admin' } as const;
const byId = z.object({ id: z.string().max(100) });

export function userRoutes(deps: IdentityRoutesDeps): Route[] {
  return [...userListRoutes(deps), ...oneUserRoutes(deps), ...userSignInRoutes(deps)];
}

function userListRoutes(deps: IdentityRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/users',
      name: 'users.list',
      summary: 'Everybody who has an account, newest first',
      policy,
      query: usersQuerySchema,
      success: { status: 200, body: pageOf(userSchema) },
      handler: async ({ query }) => {
        const rows = await listUsers(db, query, afterOf(query.after));
        return toPage(rows, query.limit, (last) => [last.id]);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/users',
      name: 'users.create',
      summary: 'Make an account; its owner is mailed a link that sets the password',
      policy,
      body: createUserSchema,
      success: { status: 201, body: userSchema },
      idempotent: true,
      handler: (request) => createUser(deps, request.tx, request.body, actorOf(request)),
    }),
  ];
}

function oneUserRoutes(deps: IdentityRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/users/:id',
      name: 'users.get',
      summary: 'One account',
      policy,
      params: byId,
      success: { status: 200, body: userSchema },
      handler: ({ params }) => getUser(db, params.id),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/users/:id',
      name: 'users.change',
      summary:
        'Disable or enable an account, make it a platform administrator or an ordinary one; signs it out',
      policy,
      params: byId,
      body: changeUserSchema,
      success: { status: 200, body: userSchema },
      handler: (request) => changeUser(deps, request.params.id, request.body, actorOf(request)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/users/:id/history',
      name: 'users.history',
      summary: 'What was done to an account and by whom, newest first',
      policy,
      params: byId,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(accountEntrySchema) },
      handler: async ({ params, query }) => {
        const page = { limit: query.limit, afterId: afterOf(query.after) };
        return toPage(await listEntries(db, params.id, page), query.limit, (last) => [last.id]);
      },
    }),
  ];
}

function userSignInRoutes(deps: IdentityRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/users/:id/password-link',
      name: 'users.mail_password_link',
      summary: 'Mail a link to set the password; former ones lead nowhere any more',
      policy,
      params: byId,
      success: { status: 202 },
      handler: (request) => mailPasswordLink(deps, request.params.id, actorOf(request)),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:id/sessions',
      name: 'users.end_sessions',
      summary: 'Sign somebody out everywhere',
      policy,
      params: byId,
      success: { status: 200, body: endedSessionsSchema },
      handler: async (request) => ({ ended: await signOutUser(deps, request.params.id, actorOf(request)) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:id/totp',
      name: 'users.reset_totp',
      summary: 'Turn one-time codes off for somebody who lost the device',
      policy,
      params: byId,
      success: { status: 204 },
      handler: (request) => resetTotp(deps, request.params.id, actorOf(request)),
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}

function afterOf(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : readCursor(cursor, 1)[0];
}
