import type { Settings } from '#config/settings.ts';
import { loginRequestSchema, sessionSchema } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { writeCookie } from '#http/cookies.ts';
import { Reply, type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { apiKeyRoutes, organisationRoutes } from './api-key-routes.ts';
import type { SpentOf } from './api-key-views.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { LoginThrottle } from './login-throttle.ts';
import { findSessionOfRequest, SESSION_COOKIE } from './session-cookie.ts';

const HOUR_MS = 3_600_000;

export interface IdentityRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** Asked at each sign-in for the life of a session. */
  readonly settings: Settings;
  /** Whether browsers reach us over https. */
  readonly isSecure: boolean;
  /** What API keys used up; without it nobody counts. */
  readonly spentOf?: SpentOf;
}

export function identityRoutes(deps: IdentityRoutesDeps): Route[] {
  return [...sessionRoutes(deps), ...apiKeyRoutes(deps), ...organisationRoutes(deps)];
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
