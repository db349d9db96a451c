/**
 * Brings home what dead gateway processes left: every few seconds each journal directory that no living process holds
 * is opened, its open requests are settled, its closed ones shipped, and then it is emptied. A directory with records
 * that the ledger refused keeps that file.
 */
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Journal, Orphan } from './journal.ts';
import { listSegments } from './segments.ts';
import { type ShippingPlaces, startShipper } from './shipper.ts';
import { listSlotDirectories, openUnlessHeld } from './slots.ts';

export interface LeftJournalsOptions {
  readonly root: string;
  readonly segmentBytesMax: number;
  readonly places: ShippingPlaces;
  /** Closes every orphan in its journal, or ends early when this process stops. */
  readonly settle: (journal: Journal, orphans: readonly Orphan[]) => Promise<void>;
  readonly everyMs?: number;
}

const EVERY_MS = 3_000;
const SHIP_ROUND_MS = 2_000;

export class LeftJournals {
  readonly #env: Env;
  readonly #options: LeftJournalsOptions;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(env: Env, options: LeftJournalsOptions) {
    this.#env = env;
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(this.#options.everyMs ?? EVERY_MS, this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      try {
        for (const directory of listSlotDirectories(this.#options.root)) await this.#bringHome(directory);
      } catch (error) {
        this.#env.log.error({ error: messageOf(error) }, 'a journal of a dead process could not be settled');
      }
    }
  }

  async #bringHome(directory: string): Promise<void> {
    if (this.#stopping.signal.aborted || (await listSegments(directory)).length === 0) return;
    const { segmentBytesMax, settle } = this.#options;
    const opened = await openUnlessHeld(this.#env, { directory, segmentBytesMax, reserveBytes: 0 });
    if (!opened) return;
    const { journal, orphans } = opened;
    this.#env.log.info({ directory, requests: orphans.length }, 'the journal of a dead process is settled');
    try {
      await settle(journal, orphans);
      if (journal.openRequests === 0 && (await this.#ship(journal))) empty(directory);
    } finally {
      await journal.close();
    }
  }

  /** True when the ledger has everything. While it is away a later round tries again. */
  async #ship(journal: Journal): Promise<boolean> {
    const shipper = await startShipper(this.#env, journal, this.#options.places);
    await shipper.stop(SHIP_ROUND_MS);
    return shipper.isAllShipped;
  }
}

/** While its lock is held: who looks for a free directory passes it by. */
function empty(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== 'refused.jsonl') rmSync(join(directory, name), { force: true });
  }
  try {
    rmdirSync(directory);
  } catch {
    // What the ledger refused stays for a person to look at.
  }
}
