/**
 * Rows for the log that people search, of requests that were not admitted: what was admitted is in the journal, and
 * comes into the log from there.
 *
 * They wait in memory and go in batches. While the database is away the newest are kept, as many as the setting allows;
 * older ones are dropped and counted. What is billed does not depend on this: that is the journal's.
 */
import type { RequestRecord } from '#contracts/requests.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import { requestIdOf, type SendRows, sendRows } from './send-rows.ts';

export interface RequestLogOptions {
  readonly record: SendRows;
  /** Rows that may wait; asked at each use. */
  readonly rowsMax: () => number;
}

const EVERY_MS = 500;
const BATCH_MAX = 500;
const BACKOFF = { firstMs: 500, maxMs: 10_000 };
const LAST_LIMIT_MS = 400;
const CUT_AT = 1_024;

export class RequestLog {
  readonly #env: Env;
  readonly #options: RequestLogOptions;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  /** On their way, or to be sent again. */
  #batch: string[] = [];
  #rows: string[] = [];
  /** Rows before this one are gone already: the list is cut now and then, not at every row. */
  #from = 0;
  #dropped = 0;

  constructor(env: Env, options: RequestLogOptions) {
    this.#env = env;
    this.#options = options;
    this.#loop = this.#run();
  }

  get waiting(): number {
    return this.#batch.length + this.#rows.length - this.#from;
  }

  /** Rows that were lost since the start of this process. */
  get dropped(): number {
    return this.#dropped;
  }

  add(record: RequestRecord): void {
    this.#rows.push(JSON.stringify(record));
    if (this.waiting <= this.#options.rowsMax() || this.#from === this.#rows.length) return;
    this.#skip(1);
    this.#dropped++;
  }

  /** Ships once more, as far as a short limit allows. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const inTime = new AbortController();
    const limit = this.#env.sleep(LAST_LIMIT_MS, inTime.signal).catch(() => undefined);
    await Promise.race([this.#loop, limit]);
    inTime.abort();
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const isLast = this.#stopping.signal.aborted;
      try {
        while (this.waiting > 0) await this.#shipBatch();
        failures = 0;
      } catch (error) {
        failures++;
        if (failures === 1) {
          this.#env.log.warn({ error: messageOf(error) }, 'the log of requests waits for the database');
        }
      }
      if (isLast) return;
      const delayMs = failures === 0 ? EVERY_MS : backoffMs(BACKOFF, failures, this.#env.random);
      await this.#env.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #shipBatch(): Promise<void> {
    if (this.#batch.length === 0) {
      this.#batch = this.#rows.slice(this.#from, this.#from + BATCH_MAX);
      this.#skip(this.#batch.length);
    }
    await sendRows(this.#batch, this.#options.record, (row, error) => {
      this.#dropped++;
      const details = { error: messageOf(error), request_id: requestIdOf(row) };
      this.#env.log.error(details, 'the database refuses a row of the log of requests');
    });
    this.#batch = [];
  }

  #skip(count: number): void {
    this.#from += count;
    if (this.#from < CUT_AT && this.#from < this.#rows.length) return;
    this.#rows = this.#rows.slice(this.#from);
    this.#from = 0;
  }
}
