import type { Queryable } from '#database/database.ts';

/** The database's clock, in milliseconds: heartbeats are stamped by it, so silence is measured by it. */
export async function readDatabaseTimeMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ now: number }>(
    `select (extract(epoch from app_now()) * 1000)::double precision as now`,
  );
  if (!row) throw new Error('the clock gives one row');
  return row.now;
}
