/**
 * Databases for tests: each call clones a migrated template, so a test has a schema of its own in some 30 ms.
 *
 * All test processes of this checkout share one throw-away cluster. The first starts its keeper, a process that
 * listens on an abstract socket (so there is only one, and its death frees the name); whoever holds a connection to
 * the keeper keeps the cluster, and soon after the last one is gone it ends and removes everything.
 * TEST_DATABASE_URL names another server to use instead.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTestDatabaseUrl } from '#config/process-config.ts';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { watchedLog } from '#telemetry/testing.ts';
import { type Database, openDatabase } from './database.ts';
import { MIGRATIONS_DIRECTORY, migrate, readMigrations } from './migrator.ts';
import { applyRoles, PROCESS_ROLES, type ProcessRole, roleName, roleUrl } from './roles.ts';
import { urlOfDatabase, withSession } from './session.ts';

export interface TestDatabase {
  readonly db: Database;
  readonly url: Secret;
  readonly env: Env;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const KEEPER = fileURLToPath(new URL('./test-cluster.ts', import.meta.url));
const SYNC_EDGES = new URL('../instances/commands/sync-edges.ts', import.meta.url);
const MACHINE = new URL('../instances/instance-machine.ts', import.meta.url);
const KEEPER_LIMIT_MS = 60_000;
const TEMPLATE_LOCK = 5_727_274;

let server: Promise<Secret> | undefined;
let template: Promise<string> | undefined;
let count = 0;

/** A database with today's schema, closed and dropped at the end of the test. */
export async function withTestDatabase(
  t: TestContext,
  options: { prefix?: string } = {},
): Promise<TestDatabase> {
  const env = systemEnv(watchedLog());
  const administration = await testServer(env);
  template ??= ensureTemplate(env, administration);
  const name = await cloneTemplate(administration, await template, options.prefix ?? 't');
  const url = urlOfDatabase(administration, name);
  const db = openDatabase(env, { url, applicationName: 'test', poolSize: 8 });
  t.after(async () => {
    await db.close();
    await dropDatabase(administration, name);
  });
  return { db, url, env };
}

/** The same database with the rights of one process, as that process has them in service. */
export async function openAsRole(
  t: TestContext,
  { url, env }: TestDatabase,
  process: ProcessRole,
): Promise<Database> {
  const key = new Secret('a key for tests');
  const outcome = await withSession(url, (session) => applyRoles(session, url, key));
  if (!outcome.applied) throw new Error(outcome.reason);
  const db = openDatabase(env, {
    url: roleUrl(url, key, process),
    applicationName: `test-${process}`,
    poolSize: 8,
  });
  t.after(async () => {
    await db.close();
    const name = new URL(url.reveal()).pathname.slice(1);
    // Roles belong to the whole server; what they own in the database has gone with it.
    await withSession(await testServer(env), async (session) => {
      for (const role of PROCESS_ROLES) await session.query(`drop role if exists ${roleName(name, role)}`);
    });
  });
  return db;
}

/** An empty database without a schema, for tests of the migrator itself. */
export async function withEmptyDatabase(t: TestContext): Promise<{ url: Secret; env: Env }> {
  const env = systemEnv(SILENT_LOG);
  const administration = await testServer(env);
  const name = await cloneTemplate(administration, 'template0', 'e');
  t.after(() => dropDatabase(administration, name));
  return { url: urlOfDatabase(administration, name), env };
}

/** The owner's URL of the server on which tests make their databases. */
export function testServer(env: Env): Promise<Secret> {
  const given = readTestDatabaseUrl();
  server ??= given ? Promise.resolve(given) : reachKeeper(env);
  return server;
}

/** The name under which this checkout's cluster is known, and the directory for its files. */
export function clusterName(): string {
  const key = `${REPOSITORY}:${process.getuid?.()}`;
  return `inventiv-test-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

async function reachKeeper(env: Env): Promise<Secret> {
  const deadline = env.clock.monotonic() + KEEPER_LIMIT_MS;
  let startAtMs = 0;
  for (;;) {
    const answer = await askKeeper();
    if (answer) return answer;
    // Again now and then: the one that we started may have met a predecessor on its way out.
    const nowMs = env.clock.monotonic();
    if (nowMs >= startAtMs) {
      startKeeper();
      startAtMs = nowMs + 1_000;
    }
    if (env.clock.monotonic() > deadline) {
      throw new Error(`the test database did not start, see ${join(tmpdir(), `${clusterName()}.log`)}`);
    }
    await env.sleep(50);
  }
}

/** Connects and keeps the connection: as long as it is open, the cluster lives. */
function askKeeper(): Promise<Secret | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(`\0${clusterName()}`);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!text.endsWith('\n')) return;
      socket.unref();
      resolve(new Secret(text.trim()));
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
  });
}

function startKeeper(): void {
  const log = openSync(join(tmpdir(), `${clusterName()}.log`), 'a');
  spawn(process.execPath, [KEEPER], { detached: true, stdio: ['ignore', log, log], cwd: REPOSITORY }).unref();
}

/** Made once for each state of the migrations; half-made ones of a killed run are made again. */
async function ensureTemplate(env: Env, administration: Secret): Promise<string> {
  const hash = createHash('sha256');
  for (const migration of readMigrations(MIGRATIONS_DIRECTORY)) hash.update(migration.sha256);
  const edges = await loadEdges();
  hash.update(JSON.stringify(edges?.fingerprint ?? ''));
  const name = `tpl_${hash.digest('hex').slice(0, 20)}`;
  return withSession(administration, async (session) => {
    await session.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await session.query('select datistemplate from pg_database where datname = $1', [name]);
    if (found.rows[0]?.datistemplate === true) return name;
    if (found.rows.length > 0) await session.query(`drop database ${name} with (force)`);
    await session.query(`create database ${name} template template0`);
    const url = urlOfDatabase(administration, name);
    await migrate(env, { url });
    const db = openDatabase(env, { url, applicationName: 'template', poolSize: 2 });
    await edges?.sync(env, db);
    await db.close();
    await session.query(`alter database ${name} with is_template true allow_connections false`);
    return name;
  });
}

interface Edges {
  readonly fingerprint: string;
  sync(env: Env, db: Database): Promise<unknown>;
}

/** The edges of the instance machine are rows, so they belong to the schema a test expects. */
async function loadEdges(): Promise<Edges | undefined> {
  if (!existsSync(SYNC_EDGES)) return undefined;
  const module = (await import(SYNC_EDGES.href)) as { syncEdges(env: Env, db: Database): Promise<unknown> };
  return { fingerprint: readFileSync(MACHINE, 'utf8'), sync: module.syncEdges };
}

async function cloneTemplate(administration: Secret, from: string, prefix: string): Promise<string> {
  const name = `${prefix}_${process.pid}_${count++}_${randomBytes(3).toString('hex')}`;
  await withSession(administration, (session) =>
    session.query(`create database ${name} template ${from} strategy file_copy`),
  );
  return name;
}

async function dropDatabase(administration: Secret, name: string): Promise<void> {
  await withSession(administration, (session) =>
    session.query(`drop database if exists ${name} with (force)`),
  );
}
