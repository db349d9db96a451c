/**
 * Heartbeats that tell nothing new wait here for a moment and are written together, the newest of each worker.
 *
 * Bounded by the number of workers. While the database does not take them they are kept, with the time of their
 * arrival, and no more are accepted: the agents try again, and nobody believes that a word was heard which was not.
 */

import type { HeartbeatRequest } from '#contracts/worker.ts';
import { notify } from '#database/channels.ts';
import { type Database, sqlStateOf } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { engineLoadOf } from '../engine-load.ts';
import { type SteadyBeat, writeSteadyBeats } from '../store/worker-beats.ts';
import type { WorkerIdentity } from '../store/workers.ts';

export interface WaitingBeat {
  readonly worker: WorkerIdentity;
  readonly beat: HeartbeatRequest;
  readonly state: SteadyBeat['state'];
  readonly wanted: SteadyBeat['wanted'];
  /** On the monotonic clock. */
  readonly arrivedAtMs: number;
  /** The worker had been silent: it goes back into routing at once. */
  readonly isReturn: boolean;
}

export interface BeatBufferOptions {
  readonly flushMs: () => number;
  /** These were not written: something about their workers is not as it was believed. */
  readonly onUnwritten: (beats: readonly WaitingBeat[]) => Promise<void>;
}

/** Workers that come back are not kept waiting, but many that do so together are written together. */
const RETURN_MS = 20;
const RETRY_MS = 500;
const BATCH = 5_000;

export class BeatBuffer {
  readonly #env: Env;
  readonly #db: Database;
  readonly #options: BeatBufferOptions;
  readonly #stopping = new AbortController();
  #waiting = new Map<InstanceId, WaitingBeat>();
  #hurry = new AbortController();
  #flushing: Promise<void> | undefined;
  #isAway = false;

  constructor(env: Env, db: Database, options: BeatBufferOptions) {
    this.#env = env;
    this.#db = db;
    this.#options = options;
  }

  /** False while what is here cannot be written. */
  get isAccepting(): boolean {
    return !this.#isAway && !this.#stopping.signal.aborted;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(waiting: WaitingBeat): void {
    this.#waiting.set(waiting.worker.instanceId, waiting);
    this.#flushing ??= this.#flushLater();
    if (waiting.isReturn) this.#hurry.abort();
  }

  /** This one was written by other ways; what waits and is not newer tells nothing any more. */
  drop(id: InstanceId, { seq }: Pick<HeartbeatRequest, 'seq'>): void {
    const waiting = this.#waiting.get(id);
    if (waiting && waiting.beat.seq <= seq) this.#waiting.delete(id);
  }

  /** Writes what is here and takes no more. What cannot be written now is lost: its worker will speak again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hurry.abort();
    await this.#flushing;
    // What came while the last ones were being written was accepted too.
    if (this.#waiting.size > 0) await this.#flush();
  }

  async #flushLater(): Promise<void> {
    await this.#pause(this.#options.flushMs());
    // Those that came back together arrive within some milliseconds.
    if (this.#hurry.signal.aborted) await this.#pause(RETURN_MS, false);
    this.#hurry = new AbortController();
    while (this.#waiting.size > 0 && !(await this.#flush())) {
      if (this.#stopping.signal.aborted) break;
      await this.#pause(RETRY_MS, false);
    }
    this.#flushing = undefined;
    if (this.#waiting.size > 0 && !this.#stopping.signal.aborted) this.#flushing = this.#flushLater();
  }

  async #pause(ms: number, mayHurry = true): Promise<void> {
    const signals = [this.#stopping.signal, ...(mayHurry ? [this.#hurry.signal] : [])];
    await this.#env.sleep(ms, AbortSignal.any(signals)).catch(() => undefined);
  }

  /** True when all that was here has been written, or turned out to need more care. */
  async #flush(): Promise<boolean> {
    const all = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (let from = 0; from < all.length; from += BATCH) {
      const batch = all.slice(from, from + BATCH);
      try {
        await this.#write(batch);
      } catch (error) {
        this.#keep(all.slice(from), error);
        return false;
      }
    }
    if (this.#isAway) this.#env.log.info({}, 'heartbeats are written again');
    this.#isAway = false;
    return true;
  }

  async #write(batch: readonly WaitingBeat[]): Promise<void> {
    const nowMs = this.#env.clock.monotonic();
    let written: ReadonlySet<string> = new Set();
    try {
      written = await writeSteadyBeats(
        this.#db,
        batch.map((waiting) => toSteady(waiting, nowMs)),
      );
    } catch (error) {
      // A value that the database does not take must not hold up the others: each is tried alone.
      if (!sqlStateOf(error)?.startsWith('22')) throw error;
      this.#env.log.error({ error: messageOf(error) }, 'heartbeats cannot be written together');
    }
    if (batch.some(({ isReturn }) => isReturn)) await notify(this.#db, 'routing');
    const unwritten = batch.filter(({ worker }) => !written.has(worker.instanceId));
    if (unwritten.length > 0) await this.#options.onUnwritten(unwritten);
  }

  #keep(beats: readonly WaitingBeat[], error: unknown): void {
    for (const waiting of beats) {
      if (!this.#waiting.has(waiting.worker.instanceId))
        this.#waiting.set(waiting.worker.instanceId, waiting);
    }
    if (!this.#isAway) {
      this.#env.log.warn(
        { error: messageOf(error), beats: beats.length },
        'heartbeats cannot be written now',
      );
    }
    this.#isAway = true;
  }
}

function toSteady({ worker, beat, state, wanted, arrivedAtMs }: WaitingBeat, nowMs: number): SteadyBeat {
  return {
    instanceId: worker.instanceId,
    epoch: worker.epoch,
    seq: beat.seq,
    inFlight: beat.in_flight,
    engine: engineLoadOf(beat),
    ageMs: Math.max(0, nowMs - arrivedAtMs),
    status: beat.status,
    engineHttp: beat.engine_http,
    errorCode: beat.error?.code ?? null,
    engineRestarts: beat.engine_restarts,
    state,
    wanted,
  };
}
