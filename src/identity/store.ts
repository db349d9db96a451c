/**
 * SQL of users and sessions, and the first rows of organisations; that of API keys is beside it. Tokens arrive as hashes only.
 */
import type { OrganisationRole } from '#contracts/management.ts';
import type { Language } from '#contracts/people.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, SessionId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { LimitedOrganisation } from './queries.ts';

export interface SessionRow {
  readonly id: SessionId;
  readonly user_id: UserId;
  readonly org_id: OrgId;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly username: string;
  readonly email: string;
  readonly language: Language;
  readonly is_platform_admin: boolean;
  readonly org_slug: string;
  readonly org_name: string;
  readonly org_kind: 'team' | 'personal';
  readonly role: OrganisationRole;
  /** Its use was noted more than a minute ago. */
  readonly is_note_due: boolean;
}

/**
 * Sessions that live, each with where it acts: the organisation it was begun in or moved to, and when its user has
 * left that one, their personal workspace.
 */
export const LIVE_SESSION = `
  from sessions s
  join users u on u.id = s.user_id and u.disabled_at is null
  left join memberships m on m.org_id = s.org_id and m.user_id = s.user_id
  left join organisations p on p.personal_user_id = s.user_id and m.org_id is null
  join organisations o on o.id = coalesce(m.org_id, p.id)
  where s.revoked_at is null and s.expires_at > app_now()
    and (s.idle_ms is null
         or s.last_seen_at + make_interval(secs => s.idle_ms::double precision / 1000) > app_now())`;

// Unique index on sessions.token_hash; the role is read each time, so a changed one counts at once.
const SESSION = `
  select s.id, s.user_id, o.id as org_id, s.expires_at, s.created_at, u.username, u.email, u.language,
         u.is_platform_admin, o.slug as org_slug, o.name as org_name, o.kind as org_kind,
         coalesce(m.role, 'owner') as role,
         s.last_seen_at < app_now() - interval '1 minute' as is_note_due
  ${LIVE_SESSION}`;

export async function selectSessionByHash(db: Queryable, tokenHash: string): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(`${SESSION} and s.token_hash = $1`, [tokenHash]);
  return row;
}

export async function selectSessionById(db: Queryable, id: SessionId): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(`${SESSION} and s.id = $1`, [id]);
  return row;
}

export async function insertSession(
  db: Queryable,
  session: {
    readonly id: SessionId;
    readonly tokenHash: string;
    readonly userId: UserId;
    readonly orgId: OrgId;
    readonly userAgent: string | undefined;
    readonly ttlMs: number;
    readonly address?: string | undefined;
    readonly idleMs?: number | undefined;
    readonly method?: 'password' | 'oidc' | undefined;
  },
): Promise<void> {
  await db.query(
    `insert into sessions (id, token_hash, user_id, org_id, user_agent, created_at, last_seen_at, expires_at,
       address, idle_ms, method)
     values ($1, $2, $3, $4, $5, app_now(), app_now(),
             app_now() + make_interval(secs => $6::double precision / 1000), $7, $8, $9)`,
    [
      session.id,
      session.tokenHash,
      session.userId,
      session.orgId,
      session.userAgent?.slice(0, 500) ?? null,
      session.ttlMs,
      session.address ?? null,
      session.idleMs ?? null,
      session.method ?? 'password',
    ],
  );
}

export async function revokeSession(db: Queryable, id: SessionId): Promise<boolean> {
  const rows = await db.query(
    `update sessions set revoked_at = app_now() where id = $1 and revoked_at is null returning id`,
    [id],
  );
  return rows.length === 1;
}

export async function touchSession(db: Queryable, id: SessionId): Promise<void> {
  await db.query(
    `update sessions set last_seen_at = app_now()
     where id = $1 and last_seen_at < app_now() - interval '1 minute'`,
    [id],
  );
}

/** The organisation that a new session begins in: the one joined first, before the personal workspace. */
export async function selectFirstOrganisation(db: Queryable, userId: UserId): Promise<OrgId | undefined> {
  const [row] = await db.query<{ org_id: OrgId }>(
    `select m.org_id from memberships m join organisations o on o.id = m.org_id
     where m.user_id = $1 order by o.kind = 'personal', m.created_at, m.org_id limit 1`,
    [userId],
  );
  return row?.org_id;
}

export async function existsUser(db: Queryable): Promise<boolean> {
  const rows = await db.query(`select 1 from users limit 1`);
  return rows.length > 0;
}

export async function insertOrganisation(
  tx: Transaction,
  organisation: { readonly id: OrgId; readonly slug: string; readonly name: string },
): Promise<void> {
  await tx.query(`insert into organisations (id, slug, name, created_at) values ($1, $2, $3, app_now())`, [
    organisation.id,
    organisation.slug,
    organisation.name,
  ]);
}

export async function insertUser(
  tx: Transaction,
  user: {
    readonly id: UserId;
    readonly username: string;
    readonly email: string;
    readonly passwordHash: string;
    readonly isPlatformAdmin: boolean;
  },
): Promise<void> {
  await tx.query(
    `insert into users (id, username, email, password_hash, is_platform_admin, created_at)
     values ($1, $2, $3, $4, $5, app_now())`,
    [user.id, user.username, user.email, user.passwordHash, user.isPlatformAdmin],
  );
}

export async function insertMembership(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  role: OrganisationRole,
): Promise<void> {
  await tx.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, $3, app_now())`,
    [scope.orgId, userId, role],
  );
}

export async function lockFirstAdmin(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.first-admin'))`);
}

export async function selectLimitedOrganisations(db: Queryable): Promise<LimitedOrganisation[]> {
  return db.query<LimitedOrganisation>(
    `select id as "orgId", requests_per_minute as "requestsPerMinute", tokens_per_minute as "tokensPerMinute",
            concurrent_requests as "concurrentRequests"
     from organisations
     where requests_per_minute is not null or tokens_per_minute is not null or concurrent_requests is not null
     order by id`,
  );
}
