/** SQL of one-time codes. Secrets arrive and leave sealed; recovery codes are hashes. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { UserId } from '#kernel/ids.ts';

export interface TotpRow {
  readonly userId: UserId;
  readonly secret: string;
  readonly isConfirmed: boolean;
}

const TOTP = `user_id as "userId", secret, confirmed_at is not null as "isConfirmed"`;

export async function selectTotp(db: Queryable, userId: UserId): Promise<TotpRow | undefined> {
  const [row] = await db.query<TotpRow>(`select ${TOTP} from user_totp where user_id = $1`, [userId]);
  return row;
}

/** False when codes are on already. One that was begun and not confirmed is replaced. */
export async function upsertTotp(
  tx: Transaction,
  totp: { readonly userId: UserId; readonly secret: string },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into user_totp as t (user_id, secret, created_at) values ($1, $2, app_now())
     on conflict (user_id) do update set secret = excluded.secret, last_step = null, created_at = excluded.created_at
     where t.confirmed_at is null returning user_id`,
    [totp.userId, totp.secret],
  );
  return rows.length === 1;
}

/** Takes the code of this step. False when it, or a later one, was taken before: of many at once one gets it. */
export async function takeStep(db: Queryable, userId: UserId, step: number): Promise<boolean> {
  const rows = await db.query(
    `update user_totp set last_step = $2
     where user_id = $1 and (last_step is null or last_step < $2) returning user_id`,
    [userId, step],
  );
  return rows.length === 1;
}

export async function markConfirmed(tx: Transaction, userId: UserId): Promise<boolean> {
  const rows = await tx.query(
    `update user_totp set confirmed_at = app_now() where user_id = $1 and confirmed_at is null returning user_id`,
    [userId],
  );
  return rows.length === 1;
}

/** With its recovery codes. */
export async function deleteTotp(tx: Transaction, userId: UserId): Promise<boolean> {
  await tx.query(`delete from user_recovery_codes where user_id = $1`, [userId]);
  const rows = await tx.query(`delete from user_totp where user_id = $1 returning user_id`, [userId]);
  return rows.length === 1;
}

export async function replaceRecoveryCodes(
  tx: Transaction,
  userId: UserId,
  hashes: readonly string[],
): Promise<void> {
  await tx.query(`delete from user_recovery_codes where user_id = $1`, [userId]);
  await tx.query(
    `insert into user_recovery_codes (user_id, code_hash) select $1, hash from unnest($2::text[]) hash`,
    [userId, hashes],
  );
}

/** Takes a recovery code: once. */
export async function takeRecoveryCode(db: Queryable, userId: UserId, hash: string): Promise<boolean> {
  const rows = await db.query(
    `update user_recovery_codes set used_at = app_now()
     where user_id = $1 and code_hash = $2 and used_at is null returning user_id`,
    [userId, hash],
  );
  return rows.length === 1;
}

export async function countRecoveryCodes(db: Queryable, userId: UserId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from user_recovery_codes where user_id = $1 and used_at is null`,
    [userId],
  );
  return row?.count ?? 0;
}
