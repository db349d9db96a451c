import * as z from 'zod';
import { loginRequestSchema, sessionSchema } from '#contracts/management.ts';
import { endedSessionsSchema, sessionListSchema, switchOrganisationSchema } from '#contracts/people.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { login } from '../commands/login.ts';
import { logout } from '../commands/logout.ts';
import type { IdentityRoutesDeps } from '../routes.ts';
import { endedCookie, findSessionOfRequest, openedCookie, renewedCookie } from '../session-cookie.ts';
import { endAllSessions, endSession } from './end-sessions.ts';
import { listSessions } from './list-sessions.ts';
import { termsOf } from './session-terms.ts';
import { switchOrganisation } from './switch-organisation.ts';

const policy = { allow: 'member', action: 'session.own' } as const;
const byId = z.object({ id: z.string().max(100) });

export function sessionRoutes(deps: IdentityRoutesDeps): Route[] {
  return [...ownSessionRoutes(deps), ...sessionListRoutes(deps)];
}

function ownSessionRoutes(deps: IdentityRoutesDeps): Route[] {
  const { env, db, isSecure } = deps;
  return [
    route({
      method: 'POST',
      path: '/api/v1/session',
      name: 'session.create',
      summary: 'Sign in by user name or e-mail address; the answer sets the session cookie',
      policy: { allow: 'anyone', because: 'nobody is signed in before' },
      body: loginRequestSchema,
      success: { status: 200, body: sessionSchema },
      handler: async (request) => {
        const terms = termsOf(deps, request);
        const password = new Secret(request.body.password);
        const opened = await login(deps, {
          ...terms,
          login: request.body.login,
          password,
          code: request.body.code,
        });
        const { user, organisation } = opened.session;
        noteChange({ actor: { id: user.id, name: user.username, orgId: organisation.id } });
        const cookie = openedCookie(opened.token, { ...terms, isSecure });
        return new Reply(200, opened.session, { 'set-cookie': cookie });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/session',
      name: 'session.get',
      summary: 'Who is signed in, and in which organisation',
      policy,
      success: { status: 200, body: sessionSchema },
      handler: async ({ headers }) => {
        const session = await findSessionOfRequest(db, { cookie: headers['cookie'] as string | undefined });
        if (!session) throw new AppError('auth.required');
        return session.view;
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/session/organisation',
      name: 'session.switch_organisation',
      summary:
        'Go on in another organisation, or in the personal workspace; other sessions stay where they are',
      policy,
      body: switchOrganisationSchema,
      success: { status: 200, body: sessionSchema },
      handler: async ({ caller, body }) => {
        const { session, token } = await switchOrganisation(env, db, caller, body.organisation_id);
        if (!token) return session;
        const cookie = renewedCookie(env, token, session, isSecure);
        return new Reply(200, session, { 'set-cookie': cookie });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/session',
      name: 'session.delete',
      summary: 'Sign out: ends this session at once',
      policy,
      success: { status: 204 },
      handler: async ({ caller }) => {
        await logout(db, caller.sessionId);
        return new Reply(204, undefined, { 'set-cookie': endedCookie(isSecure) });
      },
    }),
  ];
}

function sessionListRoutes({ db }: IdentityRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/sessions',
      name: 'sessions.list',
      summary: 'Where you are signed in, the last used first',
      policy,
      success: { status: 200, body: sessionListSchema },
      handler: async ({ caller }) => ({ data: await listSessions(db, caller) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sessions/:id',
      name: 'sessions.end',
      summary: 'End one of your sessions at once',
      policy,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => endSession(db, caller.userId, params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sessions',
      name: 'sessions.end_others',
      summary: 'End all of your sessions but this one',
      policy,
      success: { status: 200, body: endedSessionsSchema },
      handler: async ({ caller }) => ({
        ended: await db.transaction((tx) => endAllSessions(tx, caller.userId, caller.sessionId)),
      }),
    }),
  ];
}
