/** What the database spent its time on, by its own statistics: the most expensive statements of each role. */
import { type Database, openDatabase } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';

/** In force after the next start of the server. */
export function loadStatistics(env: Env, url: Secret): Promise<void> {
  return once(env, url, (db) => db.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`));
}

export function startStatistics(env: Env, url: Secret): Promise<void> {
  return once(env, url, (db) => db.query(`create extension if not exists pg_stat_statements`));
}

export async function forgetStatements(db: Database): Promise<void> {
  await db.query('select pg_stat_statements_reset()');
}

/** One line each, the most expensive first; what the benchmark itself asks is left out. */
export async function describeStatements(db: Database, count: number): Promise<string[]> {
  const rows = await db.query<{
    role: string;
    calls: number;
    total: number;
    mean: number;
    rows: number;
    query: string;
  }>(
    `select r.rolname as role, s.calls, s.total_exec_time as total, s.mean_exec_time as mean, s.rows, s.query
     from pg_stat_statements s join pg_roles r on r.oid = s.userid
     where s.dbid = (select oid from pg_database where datname = current_database()) and r.rolname <> current_user
     order by s.total_exec_time desc, s.queryid limit $1`,
    [count],
  );
  return rows.map(
    (row) =>
      `${Math.round(row.total)} ms, ${row.calls} x ${row.mean.toFixed(2)} ms, ${row.rows} rows, ${row.role}: ${row.query.replace(/\s+/g, ' ').slice(0, 160)}`,
  );
}

async function once(env: Env, url: Secret, work: (db: Database) => Promise<unknown>): Promise<void> {
  const db = openDatabase(env, { url, applicationName: 'bench-statistics', poolSize: 1 });
  try {
    await work(db);
  } finally {
    await db.close();
  }
}
