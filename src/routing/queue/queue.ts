/**
 * The one bounded queue before the workers, in memory: a pool each for every model of every owner.
 *
 * Pure: time is a clock that is handed in, room is what `tryStart` says. Who owns it calls `onRoom` when a worker may
 * have room, and `tick` a few times a second: deadlines pass there, and room that comes by itself is found. Every
 * request that enters leaves exactly once: started, refused, or gone with its signal.
 */
import type { Clock } from '#kernel/env.ts';
import { Pool } from './pool.ts';
import { type Entry, type QueueLimits, QueueRefusedError, type Waiting } from './waiting.ts';

export interface PoolSignals {
  readonly pool: string;
  readonly waiting: { readonly requests: number; readonly tokens: number; readonly bytes: number };
  readonly running: { readonly requests: number; readonly tokens: number };
  readonly waitingByPriority: ReadonlyMap<number, number>;
  /** Tokens a second that leave it while it works; undefined until that was seen. */
  readonly tokensPerSecond: number | undefined;
  /** Time to serve what waits at that pace. */
  readonly backlogMs: number | undefined;
}

export interface Used {
  readonly tokens: number;
  /** As in `Waiting`. */
  readonly cost?: number;
}

const POOL_IDLE_MS = 600_000;
const FORGET_EVERY_MS = 10_000;

export class Queue {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limits: QueueLimits;
  readonly #pools = new Map<string, Pool>();
  #entered = 0;
  #forgottenAtMs = 0;
  #isStopped = false;

  constructor(clock: Pick<Clock, 'monotonic'>, limits: QueueLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Starts it at once when nobody waits before it, else it waits for its turn.
   *
   * `tryStart` gives undefined while there is no room. What it throws ends the request with that error.
   * @throws QueueRefusedError, the reason of the signal
   */
  async enter<T>(waiting: Waiting, tryStart: () => T | undefined): Promise<T> {
    return this.tryEnter(waiting, tryStart) ?? (await this.wait(waiting, tryStart));
  }

  /** The first half of `enter`: what needs no wait costs no promise. */
  tryEnter<T>(waiting: Waiting, tryStart: () => T | undefined): T | undefined {
    waiting.signal?.throwIfAborted();
    return this.#poolOf(waiting.pool).startNow(waiting, tryStart, this.#clock.monotonic()) as T | undefined;
  }

  /** The second half: takes a place in the line. */
  wait<T>(waiting: Waiting, tryStart: () => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isStopped) return reject(new QueueRefusedError('stopping', undefined));
      if (waiting.signal?.aborted) return reject(waiting.signal.reason);
      const nowMs = this.#clock.monotonic();
      const pool = this.#poolOf(waiting.pool);
      const entry: Entry = {
        waiting,
        number: ++this.#entered,
        enteredAtMs: nowMs,
        tryStart,
        resolve: resolve as (started: unknown) => void,
        reject,
        onAbort: undefined,
        passes: 0,
        isUnfit: false,
        locality: 0,
        localityAtMs: Number.NEGATIVE_INFINITY,
      };
      if (waiting.deadlineAtMs <= nowMs) {
        return reject(new QueueRefusedError('deadline', pool.retryAfterMs(waiting.tokens)));
      }
      if (!this.#fitsTotal(pool, waiting) || !pool.add(entry, nowMs)) {
        return reject(new QueueRefusedError('full', pool.retryAfterMs(waiting.tokens)));
      }
      this.#leaveWithSignal(pool, entry);
      if (pool.isWorthTrying(entry)) pool.wake(nowMs);
    });
  }

  /** What was started has ended; with what it really used. False when that was said before. */
  finish(waiting: Waiting, used: Used = waiting): boolean {
    const pool = this.#pools.get(waiting.pool);
    const cost = used.cost ?? used.tokens;
    return pool?.finish(waiting, { tokens: used.tokens, cost }, this.#clock.monotonic()) ?? false;
  }

  /** A worker of this pool may have room; of any pool when none is named. */
  onRoom(pool?: string): void {
    const nowMs = this.#clock.monotonic();
    if (pool !== undefined) {
      this.#pools.get(pool)?.wake(nowMs);
      return;
    }
    for (const each of this.#pools.values()) if (each.held.requests > 0) each.wake(nowMs);
  }

  tick(): void {
    const nowMs = this.#clock.monotonic();
    for (const pool of this.#pools.values()) if (pool.held.requests > 0) pool.wake(nowMs);
    if (nowMs - this.#forgottenAtMs < FORGET_EVERY_MS) return;
    this.#forgottenAtMs = nowMs;
    for (const [name, pool] of this.#pools) {
      if (pool.isIdle && nowMs - pool.usedAtMs > POOL_IDLE_MS) this.#pools.delete(name);
      else pool.forget();
    }
  }

  /** Refuses all that wait, and all that would have to. */
  stop(): void {
    this.#isStopped = true;
    for (const pool of this.#pools.values()) pool.refuseAll('stopping');
  }

  /** Time after which it is worth asking this pool again; undefined while its pace is unknown. */
  retryAfterMs(pool: string, tokens: number): number | undefined {
    return this.#pools.get(pool)?.retryAfterMs(tokens);
  }

  /** Organisations of which something is remembered. */
  get knownOrganisations(): number {
    let count = 0;
    for (const pool of this.#pools.values()) {
      for (const band of pool.bands) count += band.knownOrganisations;
    }
    return count;
  }

  signals(): PoolSignals[] {
    return [...this.#pools.values()].map((pool) => {
      const tokensPerSecond = pool.drain.perSecond;
      return {
        pool: pool.name,
        waiting: { ...pool.held },
        running: { requests: pool.running.requests, tokens: pool.running.tokens },
        waitingByPriority: new Map(
          pool.bands.map((band) => [
            band.priority,
            [...band.lines].reduce((sum, line) => sum + line.length, 0),
          ]),
        ),
        tokensPerSecond,
        backlogMs: tokensPerSecond ? (pool.held.tokens / tokensPerSecond) * 1_000 : undefined,
      };
    });
  }

  #leaveWithSignal(pool: Pool, entry: Entry): void {
    const { signal } = entry.waiting;
    if (!signal) return;
    entry.onAbort = () => {
      if (!pool.remove(entry)) return;
      entry.reject(signal.reason);
      // It may have been the one that held up the others.
      pool.wake(this.#clock.monotonic());
    };
    signal.addEventListener('abort', entry.onAbort, { once: true });
  }

  /** Memory is shared by all pools: the fattest gives way, unless that is the newcomer's own. */
  #fitsTotal(own: Pool, newcomer: Waiting): boolean {
    let total = newcomer.bytes;
    for (const pool of this.#pools.values()) total += pool.held.bytes;
    while (total > this.#limits.totalBytesMax) {
      let fattest = own;
      for (const pool of this.#pools.values()) if (pool.held.bytes > fattest.held.bytes) fattest = pool;
      if (fattest.held.bytes <= own.held.bytes + newcomer.bytes) return false;
      total -= fattest.displaceOne();
    }
    return true;
  }

  #poolOf(name: string): Pool {
    let pool = this.#pools.get(name);
    if (!pool) {
      pool = new Pool(name, this.#limits);
      this.#pools.set(name, pool);
    }
    return pool;
  }
}
