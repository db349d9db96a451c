/**
 * Which gateways take tunnels, for the answers to heartbeats: from memory, read again every two seconds by the beat that
 * finds it old. While the database is away the last list stands; agents keep what they have open in any case.
 */
import type { TunnelEnd } from '#contracts/tunnel.ts';
import type { Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { SILENT_END_MS } from './announce-end.ts';
import { selectTunnelEnds } from './tunnel-end-store.ts';

const KEPT_MS = 2_000;

/** Whether a worker that nobody can dial could serve now. */
export async function hasTunnelEnds(db: Queryable): Promise<boolean> {
  return (await selectTunnelEnds(db, SILENT_END_MS)).length > 0;
}

export class TunnelEnds {
  readonly #env: Env;
  readonly #db: Queryable;
  #ends: readonly TunnelEnd[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(env: Env, db: Queryable) {
    this.#env = env;
    this.#db = db;
  }

  async current(): Promise<TunnelEnd[]> {
    if (this.#env.clock.monotonic() - this.#readAtMs >= KEPT_MS) {
      this.#reading ??= this.#read();
      await this.#reading;
    }
    return [...this.#ends];
  }

  async #read(): Promise<void> {
    try {
      this.#ends = await selectTunnelEnds(this.#db, SILENT_END_MS);
    } catch (error) {
      this.#env.log.warn({ error: messageOf(error) }, 'which gateways take tunnels could not be read');
    } finally {
      this.#readAtMs = this.#env.clock.monotonic();
      this.#reading = undefined;
    }
  }
}
