/** SQL of failed tries: counted in the database, so all processes of the api count together. */
import type { Queryable, Transaction } from '#database/database.ts';

export interface ThrottleRule {
  /** A hash of what is counted. */
  readonly key: string;
  readonly free: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

const WAIT = `least($3::double precision, $4::double precision * power(2, least(f.count - $2::integer, 30)))`;

/** Counts one try; false while the key must wait. Of many at once each sees those before it. */
export async function countTry(tx: Transaction, rule: ThrottleRule): Promise<boolean> {
  const rows = await tx.query(
    `insert into login_failures as f (key, count, last_at) values ($1, 1, app_now())
     on conflict (key) do update set
       count = case when f.last_at < app_now() - interval '1 hour' then 1 else f.count + 1 end,
       last_at = app_now()
     where f.count < $2::integer or f.last_at + make_interval(secs => ${WAIT} / 1000) <= app_now()
     returning key`,
    [rule.key, rule.free, rule.maxMs, rule.firstMs],
  );
  return rows.length === 1;
}

/** How long a key that must wait still does. */
export async function selectWaitMs(db: Queryable, rule: ThrottleRule): Promise<number> {
  const [row] = await db.query<{ wait_ms: number }>(
    `select ${WAIT} - extract(epoch from app_now() - f.last_at)::double precision * 1000 as wait_ms
     from login_failures f where f.key = $1 and f.count >= $2::integer`,
    [rule.key, rule.free, rule.maxMs, rule.firstMs],
  );
  return Math.max(0, row?.wait_ms ?? 0);
}

export async function takeTriesBack(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query(`update login_failures set count = greatest(0, count - 1) where key = any($1)`, [keys]);
}

export async function forgetTries(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query(`delete from login_failures where key = any($1)`, [keys]);
}

/** Uses login_failures_by_age. */
export async function deleteOldTries(tx: Transaction, limit: number): Promise<number> {
  const rows = await tx.query(
    `delete from login_failures where key in (
       select key from login_failures where last_at < app_now() - interval '1 day'
       order by last_at, key limit $1)
     returning key`,
    [limit],
  );
  return rows.length;
}
