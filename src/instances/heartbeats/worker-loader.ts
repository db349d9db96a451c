/**
 * Reads workers from the database, together with whoever else is asked for at the same time: when an api process has
 * just started, thousands of them speak within seconds.
 */
import type { Queryable } from '#database/database.ts';
import { findWorkers, type WorkerRecord } from '../store/worker-beats.ts';

const TOGETHER_MAX = 1_000;

type Waiting = Map<string, PromiseWithResolvers<WorkerRecord | undefined>[]>;

export class WorkerLoader {
  readonly #db: Queryable;
  #waiting: Waiting = new Map();
  #isReading = false;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What the database has after this call. */
  find(id: string): Promise<WorkerRecord | undefined> {
    const asked = Promise.withResolvers<WorkerRecord | undefined>();
    const others = this.#waiting.get(id);
    if (others) others.push(asked);
    else this.#waiting.set(id, [asked]);
    if (!this.#isReading) void this.#readAll();
    return asked.promise;
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    // Those that ask in this turn go along.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch: Waiting = new Map([...this.#waiting].slice(0, TOGETHER_MAX));
      for (const id of batch.keys()) this.#waiting.delete(id);
      await this.#read(batch);
    }
    this.#isReading = false;
  }

  async #read(batch: Waiting): Promise<void> {
    try {
      const found = await findWorkers(this.#db, [...batch.keys()]);
      const byId = new Map<string, WorkerRecord>(found.map((worker) => [worker.instanceId, worker]));
      for (const [id, asked] of batch) for (const { resolve } of asked) resolve(byId.get(id));
    } catch (error) {
      for (const asked of batch.values()) for (const { reject } of asked) reject(error);
    }
  }
}
