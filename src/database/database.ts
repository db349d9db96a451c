/**
 * The one door to PostgreSQL: pooled queries, transactions, and LISTEN on one connection of its own.
 *
 * A transaction that fails by serialisation or deadlock is repeated up to three times, so its function must have no
 * effect outside the database. A lost listener reconnects with backoff and tells its reader to look again, because
 * notifications may have been missed meanwhile: they are hints, the tables are the truth.
 */
import pg from 'pg';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { currentCompanion } from './companion.ts';
import { type Listener, SharedListener } from './listener.ts';
import { ALL_ROWS, DECLARE_ROWS } from './row-scope.ts';
import { RowScopes } from './row-scopes.ts';
import { StatementNames } from './statement-names.ts';

export interface Queryable {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

declare const inTransaction: unique symbol;
/** A Queryable whose statements commit together. Stores that must not write alone demand it. */
export interface Transaction extends Queryable {
  readonly [inTransaction]: true;
}

export interface Database extends Queryable {
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls `onNotify` for each notification, and once with an empty payload after every (re)connect. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: Secret;
  readonly applicationName: string;
  readonly poolSize: number;
}

const RETRYABLE_SQLSTATES = new Set(['40001', '40P01']);
const TRANSACTION_ATTEMPTS = 3;
const INT8_OID = 20;

export function openDatabase(env: Env, options: DatabaseOptions): Database {
  const config: pg.PoolConfig = {
    connectionString: options.url.reveal(),
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    types: { getTypeParser: typeParser },
  };
  const pool = new pg.Pool({
    ...config,
    max: options.poolSize,
    idleTimeoutMillis: 60_000,
    onConnect: async (client) => {
      await client.query(DECLARE_ROWS, [ALL_ROWS]);
    },
  });
  // Without a listener an idle connection that breaks would end the process. One that is being closed may still hear
  // that its server ends.
  pool.on('error', (error) => {
    if (!pool.ending) env.log.warn({ error: error.message }, 'an idle database connection broke');
  });
  const listener = new SharedListener(env, config as pg.ClientConfig);
  return databaseOver(
    env,
    pool,
    (channel, onNotify) => listener.listen(channel, onNotify),
    new StatementNames(),
  );
}

/** What a database is made of: the driver's pool, or the simulation's. */
export interface ConnectionPool {
  query(statement: string | pg.QueryConfig, values?: unknown[]): Promise<{ rows: unknown[] }>;
  connect(): Promise<PooledConnection>;
  end(): Promise<void>;
}

export interface PooledConnection {
  query(statement: string | pg.QueryConfig, values?: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  release(broken?: Error): void;
}

export type StartListening = (channel: string, onNotify: (payload: string) => void) => Promise<Listener>;

/** The same transactions, retries and errors over any pool; without names nothing is prepared. */
export function databaseOver(
  env: Env,
  pool: ConnectionPool,
  startListening: StartListening,
  names?: StatementNames,
): Database {
  const listeners = new Set<Listener>();
  const rows = new RowScopes(pool);
  const query = async <Row>(text: string, values: readonly unknown[] = []) => {
    const send = async () =>
      (await translated(() => rows.send((to) => sendTo(to, names, text, values)))).rows as Row[];
    // Refused before it had any effect, so it may be sent again.
    return send().catch((error: unknown) =>
      names?.wasRefused(sqlStateOf(error)) ? send() : Promise.reject(error),
    );
  };
  return {
    query,
    transaction: (work) => runTransaction(rows, env, names, work),
    async listen(channel, onNotify) {
      const listener = await startListening(channel, onNotify);
      listeners.add(listener);
      return listener;
    },
    async close() {
      await Promise.all([...listeners].map((listener) => listener.stop()));
      await pool.end();
    },
  };
}

function sendTo(
  to: Pick<PooledConnection, 'query'>,
  names: StatementNames | undefined,
  text: string,
  values: readonly unknown[],
): Promise<{ rows: unknown[] }> {
  return names ? to.query(names.prepare(text, values)) : to.query(text, [...values]);
}

async function runTransaction<T>(
  rows: RowScopes,
  env: Env,
  names: StatementNames | undefined,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const companion = currentCompanion();
  for (let attempt = 1; ; attempt++) {
    const client = await translated(() => rows.connect());
    let broken: Error | undefined;
    // A connection cut while `work` waits for something else would otherwise end the process.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    let tx: Transaction | undefined;
    try {
      await translated(() => client.query('begin'));
      tx = {
        query: async (text: string, values: readonly unknown[] = []) =>
          (await translated(() => sendTo(client, names, text, values))).rows,
      } as unknown as Transaction;
      const result = await work(tx);
      await companion?.beforeCommit(tx);
      await translated(() => client.query('commit'));
      companion?.ended(tx, true);
      return result;
    } catch (error) {
      await client.query('rollback').catch(onError);
      if (tx) companion?.ended(tx, false);
      const sqlState = sqlStateOf(error);
      const mayRepeat = RETRYABLE_SQLSTATES.has(sqlState ?? '') || names?.wasRefused(sqlState) === true;
      if (attempt >= TRANSACTION_ATTEMPTS || !mayRepeat) throw error;
      env.log.debug({ attempt, sqlstate: sqlState }, 'a transaction is repeated');
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }
}

/** The SQLSTATE of a database error, from wherever it is wrapped. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string' && /^[0-9A-Z]{5}$/.test(current.code)) {
      return current.code;
    }
  }
  return undefined;
}

/** The name of the constraint that a write broke. */
export function constraintOf(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('constraint' in current && typeof current.constraint === 'string') return current.constraint;
  }
  return undefined;
}

async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw isConnectionFailure(error) ? new AppError('database.unavailable', { cause: error }) : error;
  }
}

/** Connection lost, refused or shutting down (SQLSTATE classes 08, 57P, 53300), as opposed to a refused statement. */
function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (/^(08|57P|53300)/.test(code)) return true;
  if (/^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/.test(code)) return true;
  return /connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|client was closed/i.test(
    error.message,
  );
}

/** bigint columns as numbers: every one we keep (money, bytes, counters) is a safe integer, and this checks it. */
export function typeParser(oid: number, format?: unknown): (value: string) => unknown {
  if (oid === INT8_OID) return safeInteger;
  return pg.types.getTypeParser(oid, format as 'text') as unknown as (value: string) => unknown;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint out of the safe range: ${text}`);
  return value;
}
