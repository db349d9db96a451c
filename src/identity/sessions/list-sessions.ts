import type { SessionItem } from '#contracts/people.ts';
import type { Queryable } from '#database/database.ts';
import type { SessionId, UserId } from '#kernel/ids.ts';
import { selectSessionsOfUser } from './session-store.ts';

const SHOWN_MAX = 200;

/** A user's live sessions, the last used first. */
export async function listSessions(
  db: Queryable,
  caller: { readonly userId: UserId; readonly sessionId: SessionId },
): Promise<SessionItem[]> {
  const rows = await selectSessionsOfUser(db, caller.userId, SHOWN_MAX);
  return rows.map((row) => ({
    id: row.id,
    is_current: row.id === caller.sessionId,
    method: row.method,
    user_agent: row.userAgent,
    address: row.address,
    organisation: { id: row.orgId, slug: row.orgSlug, name: row.orgName },
    created_at: row.createdAt.toISOString(),
    last_seen_at: row.lastSeenAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  }));
}
