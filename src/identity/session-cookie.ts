import type { SessionView } from '#contracts/management.ts';
import type { Queryable } from '#database/database.ts';
import { readCookie, writeCookie } from '#http/cookies.ts';
import type { UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { findSessionByToken, type Session } from './queries.ts';

export const SESSION_COOKIE = 'inv_session';

export function readSessionToken(headers: { readonly cookie?: string | undefined }): string | undefined {
  return readCookie(headers.cookie, SESSION_COOKIE);
}

/** The session that a request's cookie names; undefined when there is none or it has ended. */
export async function findSessionOfRequest(
  db: Queryable,
  headers: { readonly cookie?: string | undefined },
): Promise<Session | undefined> {
  const token = readSessionToken(headers);
  return token === undefined ? undefined : findSessionByToken(db, token);
}

export function callerOf(session: Session): UserCaller {
  return {
    kind: 'user',
    userId: session.userId,
    sessionId: session.id,
    orgId: session.orgId,
    role: session.role,
    isPlatformAdmin: session.isPlatformAdmin,
    name: session.view.user.username,
  };
}

/** Of a session that has just begun. */
export function openedCookie(
  token: Secret,
  { ttlMs, isSecure }: { readonly ttlMs: number; readonly isSecure: boolean },
): string {
  return writeCookie(SESSION_COOKIE, token.reveal(), { maxAgeSeconds: Math.floor(ttlMs / 1000), isSecure });
}

/** Of a session that goes on under a new token, to the end it had. */
export function renewedCookie(
  env: Pick<Env, 'clock'>,
  token: Secret,
  session: Pick<SessionView, 'expires_at'>,
  isSecure: boolean,
): string {
  return openedCookie(token, {
    ttlMs: Math.max(0, Date.parse(session.expires_at) - env.clock.now()),
    isSecure,
  });
}

export function endedCookie(isSecure: boolean): string {
  return writeCookie(SESSION_COOKIE, '', { maxAgeSeconds: 0, isSecure });
}
