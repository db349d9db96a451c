/**
 * Connections of one pool, each with the scope of rows that it was told last. It is told again only when it differs,
 * so a pool that never serves a single organisation pays nothing.
 */
import type { ConnectionPool, PooledConnection } from './database.ts';
import { ALL_ROWS, DECLARE_ROWS, type RowScope, rowsInSight } from './row-scope.ts';

type Sender = Pick<PooledConnection, 'query'>;
type Answer = Awaited<ReturnType<Sender['query']>>;

export class RowScopes {
  readonly #pool: ConnectionPool;
  readonly #told = new WeakMap<PooledConnection, RowScope>();
  /** Some connection may be in the scope of one organisation. */
  #isAnyNarrow = false;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  /** One statement in the present scope. */
  async send(statement: (to: Sender) => Promise<Answer>): Promise<Answer> {
    if (!this.#isAnyNarrow && rowsInSight() === ALL_ROWS) return statement(this.#pool);
    const client = await this.connect();
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await statement(client);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  /** A connection in the present scope, to be released. */
  async connect(): Promise<PooledConnection> {
    const scope = rowsInSight();
    if (scope !== ALL_ROWS) this.#isAnyNarrow = true;
    const client = await this.#pool.connect();
    if ((this.#told.get(client) ?? ALL_ROWS) === scope) return client;
    try {
      await client.query(DECLARE_ROWS, [scope]);
      this.#told.set(client, scope);
      return client;
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
  }
}
