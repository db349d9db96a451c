/**
 * One connection whose owner decides when each statement runs: for the simulation, which lets the clients of one
 * database take turns. The statements of one step travel together, so that a step costs one round trip.
 */
import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import pg from 'pg';
import type { Secret } from '#kernel/secret.ts';

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface SteppedSession {
  /** Of the server's process, by which another session can see what it waits for. */
  readonly pid: number;
  /** Runs the statements in order and answers with the rows of the last. */
  run(statements: readonly Statement[]): Promise<unknown[]>;
  close(): Promise<void>;
}

/** `types` turns columns into values as the pools of the processes do. */
export async function openSteppedSession(
  url: Secret,
  types: { getTypeParser(oid: number, format?: unknown): (value: string) => unknown },
): Promise<SteppedSession> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    application_name: 'simulation',
    connectionTimeoutMillis: 10_000,
    pipeline: true,
    types,
  } as pg.ClientConfig);
  client.on('error', () => undefined);
  await client.connect();
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  const { stream } = (client as unknown as { connection: { stream?: Writable } }).connection;
  return {
    pid: row?.pid ?? 0,
    async run(statements) {
      // One write for all of them.
      stream?.cork();
      const answers = statements.map((statement) => client.query(prepared(statement)));
      stream?.uncork();
      // Only the last one is asked for; what an earlier one could not do makes the last one fail as well.
      for (const answer of answers.slice(0, -1)) void answer.catch(() => undefined);
      try {
        return (await answers.at(-1))?.rows ?? [];
      } catch (error) {
        await ended(client);
        throw error;
      }
    },
    close: () => client.end(),
  };
}

/**
 * The server tells of a failure before it gives the locks of the transaction back. It takes the next statement when it
 * has; an empty one is answered also where the transaction has failed. A lost connection has nothing left to end.
 */
async function ended(client: pg.Client): Promise<void> {
  await client.query('').catch(() => undefined);
}

const names = new Map<string, string>();

/** Statements are planned once for each connection. */
function prepared({ text, values }: Statement): pg.QueryConfig {
  if (values === undefined) return { text };
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 24);
    names.set(text, name);
  }
  return { name, text, values: [...values] };
}
