import type { Queryable } from '#database/database.ts';
import { readCookie } from '#http/cookies.ts';
import type { UserCaller } from '#http/route.ts';
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
