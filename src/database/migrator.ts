/**
 * Brings the schema up to date: numbered SQL files, each in a transaction of its own together with its record.
 *
 * One session at a time holds the migration lock, so of several starters one applies and the others find nothing to
 * do. What was applied is never edited, removed or overtaken: each is refused with one line. A failed or killed
 * migration leaves nothing of that file behind.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { withSession } from './session.ts';

export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url));

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export interface MigrateOptions {
  readonly url: Secret;
  readonly directory?: string;
  /** Runs after the migrations, still under the lock: roles and grants. */
  readonly afterwards?: (session: pg.Client) => Promise<void>;
}

const LOCK = 5_727_273;
const LOCK_LIMIT_MS = 120_000;
const SERVER_VERSION_MIN = 15;

/** Applies what is missing and returns its names. @throws StartError */
export async function migrate(env: Env, options: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(options.directory ?? MIGRATIONS_DIRECTORY);
  return withSession(options.url, async (session) => {
    await requireVersion(session);
    await takeLock(env, session);
    await session.query(
      `create table if not exists schema_migrations (
         name text primary key, sha256 text not null, applied_at timestamptz not null, duration_ms integer not null)`,
    );
    const missing = await findMissing(session, migrations);
    for (const migration of missing) await apply(env, session, migration);
    await options.afterwards?.(session);
    return missing.map((migration) => migration.name);
  });
}

/** The migrations of a directory in their order. @throws StartError for a file that is none */
export function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql') && name !== 'schema.sql')
    .sort();
  const numbers = new Set<string>();
  return names.map((name) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
    if (!number) throw new StartError(`migration ${name} has no name like 0001_words.sql`);
    if (numbers.has(number))
      throw new StartError(`two migrations have the number ${number}: give one the next`);
    numbers.add(number);
    const sql = readFileSync(join(directory, name), 'utf8');
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

/** @throws StartError when the server is older than we can use */
export async function requireVersion(session: pg.Client): Promise<void> {
  const answer = await session.query<{ server_version: string }>('show server_version');
  const version = answer.rows[0]?.server_version ?? '';
  if (Number.parseInt(version, 10) < SERVER_VERSION_MIN) {
    throw new StartError(
      `PostgreSQL ${version} is too old: version ${SERVER_VERSION_MIN} or newer is needed (DATABASE_URL)`,
    );
  }
}

/** Held by the session, so it is free again when this process dies. */
async function takeLock(env: Env, session: pg.Client): Promise<void> {
  const deadline = env.clock.monotonic() + LOCK_LIMIT_MS;
  for (;;) {
    const answer = await session.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      LOCK,
    ]);
    if (answer.rows[0]?.taken) return;
    if (env.clock.monotonic() > deadline) {
      throw new StartError(
        `another process has been migrating for ${LOCK_LIMIT_MS / 1000} s: see what it waits for`,
      );
    }
    await env.sleep(50);
  }
}

async function findMissing(session: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const answer = await session.query<{ name: string; sha256: string }>(
    'select name, sha256 from schema_migrations order by name',
  );
  const applied = new Map(answer.rows.map((row) => [row.name, row.sha256]));
  const known = new Set(migrations.map((migration) => migration.name));
  for (const name of applied.keys()) {
    if (!known.has(name)) {
      throw new StartError(
        `migration ${name} is applied but its file is missing: use the release that has it`,
      );
    }
  }
  const newest = [...applied.keys()].at(-1) ?? '';
  return migrations.filter((migration) => {
    const sha256 = applied.get(migration.name);
    if (sha256 === migration.sha256) return false;
    if (sha256 !== undefined) {
      throw new StartError(
        `migration ${migration.name} was edited after it was applied: restore it, add a new one`,
      );
    }
    if (migration.name < newest) {
      throw new StartError(
        `migration ${migration.name} comes before ${newest}, which is applied: renumber it`,
      );
    }
    return true;
  });
}

async function apply(env: Env, session: pg.Client, migration: Migration): Promise<void> {
  const startedAt = env.clock.monotonic();
  await session.query('begin');
  try {
    await session.query(migration.sql);
    await session.query(
      'insert into schema_migrations (name, sha256, applied_at, duration_ms) values ($1, $2, $3, $4)',
      [
        migration.name,
        migration.sha256,
        new Date(env.clock.now()),
        Math.round(env.clock.monotonic() - startedAt),
      ],
    );
    await session.query('commit');
  } catch (error) {
    await session.query('rollback');
    throw new StartError(`migration ${migration.name} failed: ${messageOf(error)}`, { cause: error });
  }
}
