/** SQL of users. Passwords are here as hashes only. */
import type { Language } from '#contracts/people.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';

export interface UserRow {
  readonly id: UserId;
  readonly username: string;
  readonly email: string;
  readonly language: Language;
  readonly isPlatformAdmin: boolean;
  readonly isDisabled: boolean;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
}

// Indexes user_totp_pkey and sessions_by_user, once for each row of a page.
const USER = `u.id, u.username, u.email, u.language, u.is_platform_admin as "isPlatformAdmin",
  u.disabled_at is not null as "isDisabled", u.password_hash is not null as "hasPassword",
  exists (select 1 from user_totp t where t.user_id = u.id and t.confirmed_at is not null) as "hasTotp",
  u.created_at as "createdAt",
  (select max(s.last_seen_at) from sessions s where s.user_id = u.id) as "lastSeenAt"`;

export async function selectUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  const [row] = await db.query<UserRow>(`select ${USER} from users u where u.id = $1`, [id]);
  return row;
}

/** Newest first, below the id that a cursor names. */
export async function selectUsers(
  db: Queryable,
  filter: {
    readonly search: string | undefined;
    readonly isDisabled: boolean | undefined;
    readonly afterId: string | undefined;
    readonly limit: number;
  },
): Promise<UserRow[]> {
  // Signs that mean something in a pattern stand for themselves.
  const pattern = filter.search && `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
  return db.query<UserRow>(
    `select ${USER} from users u
     where ($1::text is null or u.username ilike $1 or u.email ilike $1)
       and ($2::boolean is null or (u.disabled_at is not null) = $2)
       and ($3::text is null or u.id < $3)
     order by u.id desc limit $4`,
    [pattern ?? null, filter.isDisabled ?? null, filter.afterId ?? null, filter.limit],
  );
}

/** Nobody else changes this user until the transaction ends. */
export async function lockUser(tx: Transaction, id: string): Promise<UserRow | undefined> {
  await tx.query(`select 1 from users where id = $1 for update`, [id]);
  return selectUser(tx, id);
}

export async function insertNewUser(
  tx: Transaction,
  user: {
    readonly id: UserId;
    readonly username: string;
    readonly email: string;
    readonly language: Language;
    readonly isPlatformAdmin: boolean;
  },
): Promise<void> {
  await tx.query(
    `insert into users (id, username, email, language, is_platform_admin, created_at)
     values ($1, $2, $3, $4, $5, app_now())`,
    [user.id, user.username, user.email, user.language, user.isPlatformAdmin],
  );
}

export async function selectUserByEmail(
  db: Queryable,
  email: string,
): Promise<{ readonly id: UserId; readonly isDisabled: boolean } | undefined> {
  const [row] = await db.query<{ id: UserId; isDisabled: boolean }>(
    `select id, disabled_at is not null as "isDisabled" from users where lower(email) = lower($1)`,
    [email],
  );
  return row;
}

export async function existsUsername(db: Queryable, username: string): Promise<boolean> {
  const rows = await db.query(`select 1 from users where lower(username) = lower($1)`, [username]);
  return rows.length > 0;
}

/** Whom a login names: the user name before the address. Disabled ones are nobody. */
export async function selectUserByLogin(
  db: Queryable,
  login: string,
): Promise<
  { readonly id: UserId; readonly username: string; readonly passwordHash: string | null } | undefined
> {
  const [row] = await db.query<{ id: UserId; username: string; passwordHash: string | null }>(
    `select id, username, password_hash as "passwordHash" from users
     where disabled_at is null and (lower(username) = lower($1) or lower(email) = lower($1))
     order by lower(username) = lower($1) desc, id limit 1`,
    [login],
  );
  return row;
}

export async function selectPasswordHash(db: Queryable, id: UserId): Promise<string | undefined> {
  const [row] = await db.query<{ password_hash: string | null }>(
    `select password_hash from users where id = $1`,
    [id],
  );
  return row?.password_hash ?? undefined;
}

export async function updatePassword(tx: Transaction, id: UserId, passwordHash: string): Promise<void> {
  await tx.query(`update users set password_hash = $2 where id = $1`, [id, passwordHash]);
}

export async function updateProfile(
  tx: Transaction,
  id: UserId,
  to: { readonly username?: string | undefined; readonly language?: Language | undefined },
): Promise<void> {
  await tx.query(
    `update users set username = coalesce($2, username), language = coalesce($3, language) where id = $1`,
    [id, to.username ?? null, to.language ?? null],
  );
}

export async function updateEmail(tx: Transaction, id: UserId, email: string): Promise<void> {
  await tx.query(`update users set email = $2 where id = $1`, [id, email]);
}

export async function updateStanding(
  tx: Transaction,
  id: UserId,
  to: { readonly isDisabled: boolean; readonly isPlatformAdmin: boolean },
): Promise<void> {
  await tx.query(
    `update users set is_platform_admin = $3,
       disabled_at = case when $2 then coalesce(disabled_at, app_now()) end
     where id = $1`,
    [id, to.isDisabled, to.isPlatformAdmin],
  );
}

/** One after the other changes who administers the platform, so that somebody always does. */
export async function lockAdmins(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.platform-admins'))`);
}

export async function countAdmins(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from users where is_platform_admin and disabled_at is null`,
  );
  return row?.count ?? 0;
}

// Personal workspaces

/** Undefined when there is one already. */
export async function insertPersonalWorkspace(
  tx: Transaction,
  workspace: { readonly id: OrgId; readonly slug: string; readonly name: string; readonly userId: UserId },
): Promise<OrgId | undefined> {
  const [row] = await tx.query<{ id: OrgId }>(
    `insert into organisations (id, slug, name, kind, personal_user_id, created_at)
     values ($1, $2, $3, 'personal', $4, app_now())
     on conflict (personal_user_id) do nothing returning id`,
    [workspace.id, workspace.slug, workspace.name, workspace.userId],
  );
  return row?.id;
}

export async function renamePersonalWorkspace(tx: Transaction, userId: UserId, name: string): Promise<void> {
  await tx.query(`update organisations set name = $2 where personal_user_id = $1`, [userId, name]);
}

export async function selectUsersWithoutWorkspace(
  tx: Transaction,
  limit: number,
): Promise<{ readonly id: UserId; readonly username: string }[]> {
  return tx.query(
    `select id, username from users u
     where not exists (select 1 from organisations o where o.personal_user_id = u.id)
     order by id limit $1 for update`,
    [limit],
  );
}

export interface MembershipOfUser {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: 'team' | 'personal';
  readonly role: 'owner' | 'admin' | 'manager' | 'user';
}

/** The personal workspace last. Uses memberships_by_user. */
export async function selectMembershipsOfUser(db: Queryable, userId: UserId): Promise<MembershipOfUser[]> {
  return db.query<MembershipOfUser>(
    `select o.id, o.slug, o.name, o.kind, m.role
     from memberships m join organisations o on o.id = m.org_id
     where m.user_id = $1 order by o.kind = 'personal', lower(o.name), o.id`,
    [userId],
  );
}
