/** SQL of links that were mailed, and of what was done to accounts. */
import type { AccountEntry } from '#contracts/people.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { UserId } from '#kernel/ids.ts';

export type LinkPurpose = 'set_password' | 'reset_password' | 'confirm_email';

/** The former ones of this purpose lead nowhere from then on. */
export async function insertLink(
  tx: Transaction,
  link: {
    readonly id: string;
    readonly userId: UserId;
    readonly purpose: LinkPurpose;
    readonly tokenHash: string;
    readonly email: string | null;
    readonly ttlMs: number;
  },
): Promise<void> {
  await endLinks(tx, link.userId, [link.purpose]);
  await tx.query(
    `insert into account_links (id, user_id, purpose, token_hash, email, created_at, expires_at)
     values ($1, $2, $3, $4, $5, app_now(), app_now() + make_interval(secs => $6::double precision / 1000))`,
    [link.id, link.userId, link.purpose, link.tokenHash, link.email, link.ttlMs],
  );
}

export async function endLinks(
  tx: Transaction,
  userId: UserId,
  purposes: readonly LinkPurpose[],
): Promise<void> {
  await tx.query(
    `update account_links set used_at = app_now() where user_id = $1 and purpose = any($2) and used_at is null`,
    [userId, purposes],
  );
}

export interface UsedLink {
  readonly userId: UserId;
  readonly purpose: LinkPurpose;
  readonly email: string | null;
}

/** Takes a link: of many at once one gets it. Not for users who are disabled. */
export async function useLink(
  tx: Transaction,
  tokenHash: string,
  purposes: readonly LinkPurpose[],
): Promise<UsedLink | undefined> {
  const [row] = await tx.query<UsedLink>(
    `update account_links as l set used_at = app_now()
     from users u
     where l.token_hash = $1 and l.purpose = any($2) and l.used_at is null and l.expires_at > app_now()
       and u.id = l.user_id and u.disabled_at is null
     returning l.user_id as "userId", l.purpose, l.email`,
    [tokenHash, purposes],
  );
  return row;
}

/** Whose link it is, without taking it. */
export async function selectLinkOwner(
  db: Queryable,
  tokenHash: string,
  purposes: readonly LinkPurpose[],
): Promise<UserId | undefined> {
  const [row] = await db.query<{ user_id: UserId }>(
    `select user_id from account_links
     where token_hash = $1 and purpose = any($2) and used_at is null and expires_at > app_now()`,
    [tokenHash, purposes],
  );
  return row?.user_id;
}

export async function selectPendingEmail(db: Queryable, userId: UserId): Promise<string | undefined> {
  const [row] = await db.query<{ email: string }>(
    `select email from account_links
     where user_id = $1 and purpose = 'confirm_email' and used_at is null and expires_at > app_now()
     order by created_at desc, id desc limit 1`,
    [userId],
  );
  return row?.email;
}

export async function deleteOldLinks(tx: Transaction, limit: number): Promise<number> {
  const rows = await tx.query(
    `delete from account_links where id in (
       select id from account_links where expires_at < app_now() - interval '7 days'
       order by expires_at, id limit $1)
     returning id`,
    [limit],
  );
  return rows.length;
}

export async function insertEntry(
  tx: Transaction,
  entry: {
    readonly id: string;
    readonly userId: UserId;
    readonly actor: string;
    readonly action: string;
    readonly details: Record<string, unknown>;
    readonly correlationId: string;
  },
): Promise<void> {
  await tx.query(
    `insert into account_log (id, user_id, actor, action, details, correlation_id, at)
     values ($1, $2, $3, $4, $5, $6, app_now())`,
    [entry.id, entry.userId, entry.actor, entry.action, JSON.stringify(entry.details), entry.correlationId],
  );
}

/** Newest first, below the id that a cursor names. Uses account_log_by_user. */
export async function selectEntries(
  db: Queryable,
  userId: string,
  page: { readonly afterId: string | undefined; readonly limit: number },
): Promise<AccountEntry[]> {
  const rows = await db.query<Omit<AccountEntry, 'at'> & { at: Date }>(
    `select id, actor, action, details, at from account_log
     where user_id = $1 and ($2::text is null or id < $2) order by id desc limit $3`,
    [userId, page.afterId ?? null, page.limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
