/** SQL of what happens to sessions after they have begun. */

import type { OrganisationRole } from '#contracts/management.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, SessionId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { LIVE_SESSION } from '../store.ts';

export interface SessionOfUser {
  readonly id: SessionId;
  readonly method: 'password' | 'oidc';
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly orgId: OrgId;
  readonly orgSlug: string;
  readonly orgName: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

/** Live ones, the last used first. Uses sessions_by_user. */
export async function selectSessionsOfUser(
  db: Queryable,
  userId: UserId,
  limit: number,
): Promise<SessionOfUser[]> {
  return db.query<SessionOfUser>(
    `select s.id, s.method, s.user_agent as "userAgent", s.address, o.id as "orgId", o.slug as "orgSlug",
            o.name as "orgName", s.created_at as "createdAt", s.last_seen_at as "lastSeenAt",
            s.expires_at as "expiresAt"
     ${LIVE_SESSION} and s.user_id = $1
     order by s.last_seen_at desc, s.id limit $2`,
    [userId, limit],
  );
}

export interface SessionStanding {
  readonly id: SessionId;
  readonly tokenHash: string;
  readonly isRevoked: boolean;
  readonly isExpired: boolean;
  readonly isDisabled: boolean;
  /** The organisation that it was begun in or moved to. */
  readonly chosenOrgId: OrgId;
  readonly isChosenDeleted: boolean;
  /** Where it acts: there, or where its user is no member any more, in their personal workspace. */
  readonly orgId: OrgId | null;
  readonly role: OrganisationRole;
  readonly isPlatformAdmin: boolean;
}

/** All that decides on what an open stream may show, of many sessions at once. */
export async function selectStandings(db: Queryable, ids: readonly string[]): Promise<SessionStanding[]> {
  return db.query<SessionStanding>(
    `select s.id, s.token_hash as "tokenHash", s.revoked_at is not null as "isRevoked",
            s.expires_at <= app_now() or coalesce(s.last_seen_at
              + make_interval(secs => s.idle_ms::double precision / 1000) <= app_now(), false) as "isExpired",
            u.disabled_at is not null as "isDisabled", s.org_id as "chosenOrgId",
            o.deleted_at is not null as "isChosenDeleted", coalesce(m.org_id, p.id) as "orgId",
            coalesce(m.role, 'owner') as role, u.is_platform_admin as "isPlatformAdmin"
     from sessions s
     join users u on u.id = s.user_id
     join organisations o on o.id = s.org_id
     left join memberships m on m.org_id = s.org_id and m.user_id = s.user_id
     left join organisations p on p.personal_user_id = s.user_id and m.org_id is null
     where s.id = any($1) order by s.id`,
    [ids],
  );
}

export async function endSessionOfUser(tx: Transaction, userId: UserId, id: string): Promise<boolean> {
  const rows = await tx.query(
    `update sessions set revoked_at = app_now()
     where id = $1 and user_id = $2 and revoked_at is null and expires_at > app_now() returning id`,
    [id, userId],
  );
  return rows.length === 1;
}

/** All of a user but one. */
export async function endSessionsOfUser(
  tx: Transaction,
  userId: UserId,
  exceptId: SessionId | undefined,
): Promise<number> {
  const rows = await tx.query(
    `update sessions set revoked_at = app_now()
     where user_id = $1 and revoked_at is null and expires_at > app_now() and id is distinct from $2
     returning id`,
    [userId, exceptId ?? null],
  );
  return rows.length;
}

/** Those in which a user acts in this organisation. */
export async function endSessionsInOrganisation(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
): Promise<number> {
  const rows = await tx.query(
    `update sessions set revoked_at = app_now()
     where user_id = $2 and org_id = $1 and revoked_at is null returning id`,
    [scope.orgId, userId],
  );
  return rows.length;
}

/** The former token is nobody's from then on. */
export async function replaceToken(tx: Transaction, id: SessionId, tokenHash: string): Promise<boolean> {
  const rows = await tx.query(
    `update sessions set token_hash = $2 where id = $1 and revoked_at is null returning id`,
    [id, tokenHash],
  );
  return rows.length === 1;
}

/** False when the user is not a member there, or the session has ended. */
export async function moveSession(
  tx: Transaction,
  session: { readonly id: SessionId; readonly userId: UserId },
  orgId: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update sessions s set org_id = m.org_id
     from memberships m
     where s.id = $1 and s.user_id = $2 and s.revoked_at is null and m.user_id = s.user_id and m.org_id = $3
     returning s.id`,
    [session.id, session.userId, orgId],
  );
  return rows.length === 1;
}

/** Whether this user has signed in from there, as far as it is remembered. */
export async function hasSignedInFrom(db: Queryable, login: string, address: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from users u join sessions s on s.user_id = u.id
     where (lower(u.username) = lower($1) or lower(u.email) = lower($1)) and s.address = $2 limit 1`,
    [login, address],
  );
  return rows.length > 0;
}

/** Sessions that ended long ago. Uses sessions_by_end. */
export async function deleteOldSessions(tx: Transaction, limit: number): Promise<number> {
  const rows = await tx.query(
    `delete from sessions where id in (
       select id from sessions where expires_at < app_now() - interval '30 days'
       order by expires_at, id limit $1)
     returning id`,
    [limit],
  );
  return rows.length;
}

/** Whether its user has proved who they are a moment ago. */
export async function isRecentSession(db: Queryable, id: SessionId): Promise<boolean> {
  const rows = await db.query(
    `select 1 from sessions where id = $1 and created_at > app_now() - interval '10 minutes'`,
    [id],
  );
  return rows.length > 0;
}
