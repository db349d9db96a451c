/**
 * Carries closed records from the journal to the ledger, in batches and in order: from memory while the ledger keeps
 * up, from the files what former processes left, and what became too much to remember while the ledger was away.
 *
 * The ledger takes a request id once, so a batch that is sent again counts once: the place reached may lag behind, it
 * may never run ahead. While the database is away the files wait. A record that the ledger refuses for what it says
 * would hold up all others: it is written to `refused.jsonl` beside the journal, for a person to look at.
 */
import { appendFile, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import type { Journal } from './journal.ts';
import { type JournalPosition, listSegments, readPart, segmentPath } from './segments.ts';

/** Adds to the ledger what is not there yet. */
export type RecordUsage = (records: UsageRecord[]) => Promise<unknown>;

export interface UsageShipper {
  /** Closed records that are not known to be in the ledger; counted since the start of this process. */
  readonly waiting: number;
  /** Everything in the files is in the ledger, also what former processes wrote. */
  readonly isAllShipped: boolean;
  /** Ships what is there, as far as `limitMs` allows, and ends. */
  stop(limitMs: number): Promise<void>;
}

const GROUP_MS = 20;
const IDLE_MS = 1_000;
const BATCH_MAX = 500;
/** Records that are kept in memory for a ledger that is behind. */
const REMEMBERED_MAX = 20_000;
const BACKOFF = { firstMs: 100, maxMs: 5_000 };
const PLACE = 'shipped.json';
const placeSchema = z.object({ segment: z.int().nonnegative(), offset: z.int().nonnegative() });

export async function startShipper(env: Env, journal: Journal, record: RecordUsage): Promise<UsageShipper> {
  const shipper = new Shipper(env, journal, record);
  await shipper.start();
  return shipper;
}

class Shipper implements UsageShipper {
  readonly #env: Env;
  readonly #journal: Journal;
  readonly #record: RecordUsage;
  readonly #stopping = new AbortController();
  #place: JournalPosition = { segment: 0, offset: 0 };
  #closed = 0;
  #shipped = 0;
  /** All that was closed after `#place`, in order; undefined while only the files have it. */
  #recent: UsageRecord[] | undefined;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(env: Env, journal: Journal, record: RecordUsage) {
    this.#env = env;
    this.#journal = journal;
    this.#record = record;
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
    this.#journal.onClosed((usage) => this.#noteClosed(usage));
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

  #noteClosed(usage: UsageRecord): void {
    this.#closed++;
    this.#recent?.push(usage);
    if (this.#recent && this.#recent.length > REMEMBERED_MAX) this.#recent = undefined;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const isLast = this.#stopping.signal.aborted;
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
      await this.#pause(failures);
    }
  }

  async #pause(failures: number): Promise<void> {
    const signal = this.#stopping.signal;
    if (failures > 0) {
      const delayMs = backoffMs(BACKOFF, failures, this.#env.random);
      await this.#env.sleep(delayMs, signal).catch(() => undefined);
      return;
    }
    if (this.#recent?.length === 0 || this.isAllShipped) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await this.#env.sleep(IDLE_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
      this.#wake = undefined;
    }
    // Requests end in crowds; a short wait makes one batch of them.
    await this.#env.sleep(GROUP_MS, signal).catch(() => undefined);
  }

  async #shipAll(): Promise<void> {
    this.#journal.flush();
    if (this.#recent) await this.#shipRecent();
    else await this.#shipFiles();
    await this.#deleteShipped();
  }

  async #shipRecent(): Promise<void> {
    const records = this.#recent ?? [];
    const { end } = this.#journal;
    this.#recent = [];
    try {
      await this.#shipRecords(records);
    } catch (error) {
      // What was shipped of them is in the files too, and counts once.
      this.#recent = undefined;
      throw error;
    }
    await this.#reach(end);
  }

  async #shipFiles(): Promise<void> {
    const { end } = this.#journal;
    for (const segment of await listSegments(this.#journal.directory)) {
      if (segment < this.#place.segment || segment > end.segment) continue;
      const path = segmentPath(this.#journal.directory, segment);
      const to = segment === end.segment ? end.offset : (await stat(path)).size;
      let from = segment === this.#place.segment ? Math.min(this.#place.offset, to) : 0;
      while (from < to) {
        const part = await readPart(path, from, to);
        await this.#shipRecords(
          part.frames.flatMap(({ record }) => (record.kind === 'close' ? record.usage : [])),
        );
        from = part.next;
        await this.#reach({ segment, offset: from });
      }
      if (segment > this.#place.segment) await this.#reach({ segment, offset: from });
    }
    if (this.isAllShipped) this.#recent = [];
  }

  async #shipRecords(records: UsageRecord[]): Promise<void> {
    for (let i = 0; i < records.length; i += BATCH_MAX) {
      const batch = records.slice(i, i + BATCH_MAX);
      await this.#shipBatch(batch);
      this.#shipped += batch.length;
    }
  }

  async #shipBatch(batch: UsageRecord[]): Promise<void> {
    try {
      await this.#record(batch);
    } catch (error) {
      // Halving finds the record that the ledger will never take; what is only away is tried again whole.
      if (!isRefusal(error)) throw error;
      if (batch.length > 1) {
        const middle = batch.length >> 1;
        await this.#shipBatch(batch.slice(0, middle));
        await this.#shipBatch(batch.slice(middle));
        return;
      }
      this.#env.log.error(
        { error: messageOf(error), request_id: batch[0]?.request_id },
        'the ledger refuses a usage record, it is kept in refused.jsonl',
      );
      await appendFile(join(this.#journal.directory, 'refused.jsonl'), `${JSON.stringify(batch[0])}\n`);
    }
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
    for (const segment of await listSegments(this.#journal.directory)) {
      if (segment < keepFrom) await unlink(segmentPath(this.#journal.directory, segment));
    }
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

/** A constraint or a value that cannot be stored: SQLSTATE classes 22 and 23. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AppError && error.code === 'database.unavailable') return false;
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && /^2[23][0-9A-Z]{3}$/.test(String(current.code))) return true;
  }
  return false;
}
