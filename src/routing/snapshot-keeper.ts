/**
 * Keeps the routing snapshot young.
 *
 * It is read again within some milliseconds of a notification (several together cause one reading, one reading runs
 * at a time) and every two seconds in any case: notifications are hints. While the database is away the last snapshot
 * stays in use, and no worker is judged by its silence: heartbeats could not be written either. After the database is
 * back workers get one silence limit to report before they are judged again.
 */
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import {
  type HasTunnel,
  NO_SILENCE_LIMITS,
  type SilenceLimits,
  Snapshot,
  type SnapshotRows,
} from './snapshot.ts';

/** Where the rows come from, and what says that they changed. */
export interface SnapshotSource {
  read(): Promise<SnapshotRows>;
  onChange(listener: () => void): Promise<{ stop(): Promise<void> }>;
}

export interface SnapshotKeeperOptions {
  /** Silence after which a worker gets no more requests; asked at each reading. */
  readonly workerSilentMs: number;
  readonly pollMs?: number;
  /** Of this process; without it no worker behind NAT is routed to. */
  readonly hasTunnel?: HasTunnel;
}

export interface SnapshotKeeper {
  readonly current: Snapshot;
  /** False until the first successful reading. */
  readonly isLoaded: boolean;
  /** Calls back after each successful reading. */
  onChange(listener: () => void): void;
  /** Asks for a reading soon, such as when a worker refused our token. */
  refresh(): void;
  /** A tunnel was opened or lost: what was read last is judged again, without the database. */
  tunnelsChanged(): void;
  /** Resolves after a reading that begins from now on, or after `limitMs`; however often asked, four a second. */
  reread(limitMs: number): Promise<void>;
  stop(): Promise<void>;
}

const REREAD_SPACING_MS = 250;
const DEBOUNCE_MS = 5;
const POLL_MS = 2_000;
const LISTING_TOLERANCE_MS = 10_000;

export async function keepSnapshot(
  env: Env,
  source: SnapshotSource,
  options: SnapshotKeeperOptions,
): Promise<SnapshotKeeper> {
  const keeper = new Keeper(env, source, options);
  await keeper.start();
  return keeper;
}

class Keeper implements SnapshotKeeper {
  readonly #env: Env;
  readonly #source: SnapshotSource;
  readonly #options: SnapshotKeeperOptions;
  readonly #pollMs: number;
  readonly #stopping = new AbortController();
  #snapshot = Snapshot.empty();
  #isLoaded = false;
  #isAway = false;
  #judgeFromMs = 0;
  #wake: (() => void) | undefined;
  #isDirty = false;
  #rows: SnapshotRows | undefined;
  #isRejudging = false;
  #rereadAtMs = Number.NEGATIVE_INFINITY;
  #readers: (() => void)[] = [];
  readonly #listeners: (() => void)[] = [];
  #subscription: { stop(): Promise<void> } | undefined;
  #loop: Promise<void> | undefined;

  constructor(env: Env, source: SnapshotSource, options: SnapshotKeeperOptions) {
    this.#env = env;
    this.#source = source;
    this.#options = options;
    this.#pollMs = options.pollMs ?? POLL_MS;
  }

  get #limits(): SilenceLimits {
    const { workerSilentMs } = this.#options;
    return { unroutedAfterMs: workerSilentMs, unlistedAfterMs: workerSilentMs + LISTING_TOLERANCE_MS };
  }

  get current(): Snapshot {
    return this.#snapshot;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  refresh(): void {
    this.#isDirty = true;
    this.#wake?.();
  }

  tunnelsChanged(): void {
    if (this.#isRejudging) return;
    this.#isRejudging = true;
    // Many tunnels come and go together.
    void this.#env.sleep(DEBOUNCE_MS, this.#stopping.signal).then(
      () => {
        this.#isRejudging = false;
        if (this.#rows) this.#judge(this.#rows);
      },
      () => undefined,
    );
  }

  async reread(limitMs: number): Promise<void> {
    const { clock } = this.#env;
    const answered = Promise.withResolvers<void>();
    const isFirst = this.#readers.length === 0;
    this.#readers.push(answered.resolve);
    const limit = new AbortController();
    void this.#env.sleep(limitMs, limit.signal).then(answered.resolve, () => undefined);
    if (isFirst) {
      const dueInMs = this.#rereadAtMs + REREAD_SPACING_MS - clock.monotonic();
      if (dueInMs > 0) await this.#env.sleep(dueInMs, this.#stopping.signal).catch(() => undefined);
      this.#rereadAtMs = clock.monotonic();
      this.refresh();
    }
    await answered.promise;
    limit.abort();
  }

  async start(): Promise<void> {
    this.#subscription = await this.#source.onChange(() => this.refresh());
    await this.#read();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#subscription?.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (!this.#isDirty) await this.#pause();
      if (this.#stopping.signal.aborted) return;
      await this.#env.sleep(DEBOUNCE_MS, this.#stopping.signal).catch(() => undefined);
      await this.#read();
    }
  }

  /** Until something changed, the poll interval is over, or the keeper is stopped. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const signal = AbortSignal.any([woken.signal, this.#stopping.signal]);
    await this.#env.sleep(this.#pollMs, signal).catch(() => undefined);
    this.#wake = undefined;
  }

  async #read(): Promise<void> {
    this.#isDirty = false;
    const { clock, log } = this.#env;
    const readers = this.#readers;
    this.#readers = [];
    try {
      const rows = await this.#source.read();
      if (this.#isAway) {
        this.#isAway = false;
        this.#judgeFromMs = clock.monotonic() + this.#limits.unroutedAfterMs;
        log.info({}, 'the database is back, routing follows it again');
      }
      this.#rows = rows;
      this.#isLoaded = true;
      this.#judge(rows);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!this.#isAway) log.warn({ error: messageOf(error) }, 'the routing snapshot stays as it is');
      this.#isAway = true;
    } finally {
      for (const answer of readers) answer();
    }
  }

  #judge(rows: SnapshotRows): void {
    const isJudging = !this.#isAway && this.#env.clock.monotonic() >= this.#judgeFromMs;
    const limits = isJudging ? this.#limits : NO_SILENCE_LIMITS;
    this.#snapshot = new Snapshot(rows, limits, this.#options.hasTunnel);
    for (const tell of this.#listeners) tell();
  }
}
