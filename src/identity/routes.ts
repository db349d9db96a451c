import * as z from 'zod';
import type { Settings } from '#config/settings.ts';
import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  loginRequestSchema,
  pageOf,
  pageQuerySchema,
  sessionSchema,
} from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { writeCookie } from '#http/cookies.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { Reply, type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { createApiKey } from './commands/create-api-key.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { revokeApiKey } from './commands/revoke-api-key.ts';
import { LoginThrottle } from './login-throttle.ts';
import { listApiKeys } from './queries.ts';
import { findSessionOfRequest, SESSION_COOKIE } from './session-cookie.ts';

const HOUR_MS = 3_600_000;

export interface IdentityRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** Asked at each sign-in for the life of a session. */
  readonly settings: Settings;
  /** Whether browsers reach us over https. */
  readonly isSecure: boolean;
}

export function identityRoutes(deps: IdentityRoutesDeps): Route[] {
  return [...sessionRoutes(deps), ...apiKeyRoutes(deps)];
}

function sessionRoutes(deps: IdentityRoutesDeps): Route[] {
  const { env, db, settings, isSecure } = deps;
  const throttle = new LoginThrottle(env.clock);
  return [
    route({
      method: 'POST',
      path: '/api/v1/session',
      name: 'session.create',
      summary: 'Sign in by user name or e-mail address; the answer sets the session cookie',
      policy: { allow: 'anyone', because: 'nobody is signed in before' },
      body: loginRequestSchema,
      success: { status: 200, body: sessionSchema },
      handler: async ({ body, headers, remoteAddress }) => {
        const ttlMs = settings.get('SESSION_TTL_HOURS') * HOUR_MS;
        const { token, session } = await throttled(throttle, body.login, remoteAddress, () =>
          login(env, db, {
            login: body.login,
            password: new Secret(body.password),
            userAgent: headers['user-agent'] as string | undefined,
            ttlMs,
          }),
        );
        return new Reply(200, session, { 'set-cookie': sessionCookie(token.reveal(), ttlMs, isSecure) });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/session',
      name: 'session.get',
      summary: 'Who is signed in, and in which organisation',
      policy: { allow: 'member', action: 'session.own' },
      success: { status: 200, body: sessionSchema },
      handler: async ({ headers }) => {
        const session = await findSessionOfRequest(db, { cookie: headers['cookie'] as string | undefined });
        if (!session) throw new AppError('auth.required');
        return session.view;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/session',
      name: 'session.delete',
      summary: 'Sign out: ends this session at once',
      policy: { allow: 'member', action: 'session.own' },
      success: { status: 204 },
      handler: async ({ caller }) => {
        await logout(db, caller.sessionId);
        const cookie = writeCookie(SESSION_COOKIE, '', { maxAgeSeconds: 0, isSecure });
        return new Reply(204, undefined, { 'set-cookie': cookie });
      },
    }),
  ];
}

function apiKeyRoutes({ env, db }: IdentityRoutesDeps): Route[] {
  const policy = { allow: 'member', action: 'api_keys.own' } as const;
  return [
    route({
      method: 'GET',
      path: '/api/v1/api-keys',
      name: 'api_keys.list',
      summary: 'Your keys in this organisation, newest first, revoked ones included',
      policy,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(apiKeySchema) },
      handler: async ({ caller, query }) => {
        const after = query.after === undefined ? undefined : readPosition(query.after);
        const rows = await listApiKeys(db, caller, { limit: query.limit + 1, after });
        return toPage(rows, query.limit, (last) => [last.created_at, last.id]);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/api-keys',
      name: 'api_keys.create',
      summary: 'Make a key; its secret is in this answer and never shown again',
      policy,
      body: createApiKeySchema,
      success: { status: 201, body: createdApiKeySchema },
      idempotent: true,
      replayHides: ['secret'],
      handler: async ({ caller, body, tx }) => {
        const { key, secret } = await createApiKey(env, tx, caller, {
          name: body.name,
          expiresAt: body.expires_at,
        });
        return { ...key, secret: secret.reveal() };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/api-keys/:id',
      name: 'api_keys.revoke',
      summary: 'Revoke a key at once, everywhere',
      policy,
      params: z.object({ id: z.string().max(100) }),
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => revokeApiKey(db, caller, params.id),
    }),
  ];
}

/** Slows down guessing from one address; whoever signs in from elsewhere is not slowed. */
async function throttled<T>(
  throttle: LoginThrottle,
  name: string,
  address: string,
  attempt: () => Promise<T>,
): Promise<T> {
  throttle.begin(name, address);
  try {
    const result = await attempt();
    throttle.pardon(name, address);
    return result;
  } catch (error) {
    const isWrong = error instanceof AppError && error.code === 'auth.bad_credentials';
    if (!isWrong) throttle.pardon(name, address);
    throw error;
  }
}

function sessionCookie(token: string, ttlMs: number, isSecure: boolean): string {
  return writeCookie(SESSION_COOKIE, token, { maxAgeSeconds: Math.floor(ttlMs / 1000), isSecure });
}

function readPosition(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = readCursor(cursor, 2);
  return { createdAt: readCursorTime(createdAt), id };
}
