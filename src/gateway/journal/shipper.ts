/**
 * Carries closed records from the journal's files to the ledger and to the log of requests, in batches and in order, as
 * the JSON that they were written as.
 *
 * The ledger takes a request id once, so a batch that is sent again counts once: the place reached may lag behind, it
 * may never run ahead. While the database is away the files wait. A record that the ledger refuses for what it says
 * would hold up all others: it is written to `refused.jsonl` beside the journal, for a person to look at.
 */
import { appendFile, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { JsonRows } from '#contracts/json-rows.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import { requestIdOf, type SendRows, sendRows } from '../send-rows.ts';
import type { Journal } from './journal.ts';
import { type JournalPosition, listSegments, readClosedPart, segmentPath } from './segments.ts';

export interface ShippingPlaces {
  /** Adds to the ledger what is not there yet. */
  readonly recordUsage: SendRows;
  /** Adds to the log of requests what is not there yet. Rows that only it refuses are left out. */
  readonly recordRequests: SendRows;
}

export interface UsageShipper {
  /** Closed records that are not known to be in the ledger; counted since the start of this process. */
  readonly waiting: number;
  /** Everything in the files is in the ledger, also what former processes wrote. */
  readonly isAllShipped: boolean;
  /** Ships what is there, as far as `limitMs` allows, and ends. */
  stop(limitMs: number): Promise<void>;
}

/** Requests end in crowds; a short wait makes one batch of them, and a longer one of a larger crowd. */
const GROUP_MS = 20;
const CROWD_GROUP_MS = 200;
const CROWD = 100;
const IDLE_MS = 1_000;
const BATCH_MAX = 500;
const BACKOFF = { firstMs: 100, maxMs: 5_000 };
const PLACE = 'shipped.json';
const placeSchema = z.object({ segment: z.int().nonnegative(), offset: z.int().nonnegative() });

export async function startShipper(
  env: Env,
  journal: Journal,
  places: ShippingPlaces,
): Promise<UsageShipper> {
  const shipper = new Shipper(env, journal, places);
  await shipper.start();
  return shipper;
}

class Shipper implements UsageShipper {
  readonly #env: Env;
  readonly #journal: Journal;
  readonly #places: ShippingPlaces;
  readonly #stopping = new AbortController();
  #place: JournalPosition = { segment: 0, offset: 0 };
  #closed = 0;
  #shipped = 0;
  /** Files before this one are deleted. */
  #deletedBelow = -1;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(env: Env, journal: Journal, places: ShippingPlaces) {
    this.#env = env;
    this.#journal = journal;
    this.#places = places;
  }

  get waiting(): number {
    return Math.max(0, this.#closed - this.#shipped);
  }

  get isAllShipped(): boolean {
    this.#journal.flush();
    const { end } = this.#journal;
    return this.#place.segment === end.segment && this.#place.offset === end.offset;
  }

  async start(): Promise<void> {
    this.#place = await readPlace(this.#journal.directory);
    this.#journal.onClosed(() => {
      this.#closed++;
      this.#wake?.();
    });
    this.#loop = this.#run();
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    const inTime = new AbortController();
    const limit = this.#env.sleep(limitMs, inTime.signal).catch(() => undefined);
    await Promise.race([this.#loop, limit]);
    inTime.abort();
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const isLast = this.#stopping.signal.aborted;
      const shipped = this.#shipped;
      try {
        await this.#shipAll();
        failures = 0;
      } catch (error) {
        failures++;
        if (failures === 1) {
          this.#env.log.warn(
            { error: messageOf(error) },
            'usage stays in the journal until the ledger takes it',
          );
        }
      }
      if (isLast) return;
      await this.#pause(failures, this.#shipped - shipped);
    }
  }

  async #pause(failures: number, shipped: number): Promise<void> {
    const signal = this.#stopping.signal;
    if (failures > 0) {
      const delayMs = backoffMs(BACKOFF, failures, this.#env.random);
      await this.#env.sleep(delayMs, signal).catch(() => undefined);
      return;
    }
    if (this.isAllShipped) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await this.#env.sleep(IDLE_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
      this.#wake = undefined;
    }
    await this.#env.sleep(shipped < CROWD ? GROUP_MS : CROWD_GROUP_MS, signal).catch(() => undefined);
  }

  async #shipAll(): Promise<void> {
    this.#journal.flush();
    const { end } = this.#journal;
    for (const segment of await this.#segmentsTo(end.segment)) {
      const path = segmentPath(this.#journal.directory, segment);
      const to = segment === end.segment ? end.offset : (await stat(path)).size;
      let from = segment === this.#place.segment ? Math.min(this.#place.offset, to) : 0;
      while (from < to) {
        const part = await readClosedPart(path, from, to);
        await this.#shipRows(part.rows);
        from = part.next;
        await this.#reach({ segment, offset: from });
      }
      if (segment > this.#place.segment) await this.#reach({ segment, offset: from });
    }
    await this.#deleteShipped();
  }

  async #segmentsTo(last: number): Promise<number[]> {
    if (this.#place.segment === last) return [last];
    const segments = await listSegments(this.#journal.directory);
    return segments.filter((segment) => segment >= this.#place.segment && segment <= last);
  }

  async #shipRows(rows: JsonRows): Promise<void> {
    const { recordUsage, recordRequests } = this.#places;
    for (let i = 0; i < rows.length; i += BATCH_MAX) {
      const batch = rows.slice(i, i + BATCH_MAX);
      await sendRows(batch, recordUsage, (row, error) => this.#putAside(row, error));
      await sendRows(batch, recordRequests, (row, error) => this.#leaveOut(row, error));
      this.#shipped += batch.length;
    }
  }

  async #putAside(row: string, error: unknown): Promise<void> {
    const details = { error: messageOf(error), request_id: requestIdOf(row) };
    this.#env.log.error(details, 'the ledger refuses a usage record, it is kept in refused.jsonl');
    await appendFile(join(this.#journal.directory, 'refused.jsonl'), `${row}\n`);
  }

  #leaveOut(row: string, error: unknown): void {
    const details = { error: messageOf(error), request_id: requestIdOf(row) };
    this.#env.log.error(details, 'the database refuses a row of the log of requests');
  }

  async #reach(place: JournalPosition): Promise<void> {
    this.#place = place;
    const path = join(this.#journal.directory, PLACE);
    try {
      await writeFile(`${path}.new`, JSON.stringify(place), { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (error) {
      // On a full disk this place is only remembered in memory; after a restart more is sent again, and ignored.
      this.#env.log.debug({ error: messageOf(error) }, 'the place reached in the journal was not written');
    }
  }

  async #deleteShipped(): Promise<void> {
    const keepFrom = Math.min(this.#place.segment, this.#journal.oldestNeededSegment);
    if (keepFrom <= this.#deletedBelow) return;
    for (const segment of await listSegments(this.#journal.directory)) {
      if (segment < keepFrom) await unlink(segmentPath(this.#journal.directory, segment));
    }
    this.#deletedBelow = keepFrom;
  }
}

async function readPlace(directory: string): Promise<JournalPosition> {
  try {
    return placeSchema.parse(JSON.parse(await readFile(join(directory, PLACE), 'utf8')));
  } catch {
    // Absent or damaged: everything that is still there is sent again, and counts once.
    return { segment: 0, offset: 0 };
  }
}
