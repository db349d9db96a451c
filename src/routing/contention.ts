const RECENT_MS = 10_000;
const POOLS_MAX = 50_000;

interface Pool {
  who: string;
  atMs: number;
  /** When somebody other than `who` asked last. */
  otherAtMs: number;
}

/**
 * Whether several organisations, or classes of priority, want the workers of one pool. Those that wait ask again and
 * again, so they count.
 * Alone, a long queue at the workers harms nobody but its owner, and lets engines batch; beside others it would be
 * everybody's.
 */
export class Contention {
  readonly #pools = new Map<string, Pool>();

  /** Notes that this one asks, and tells whether another one did of late. */
  note(pool: string, who: string, nowMs: number): boolean {
    const known = this.#pools.get(pool);
    if (!known) {
      if (this.#pools.size >= POOLS_MAX) this.#pools.clear();
      this.#pools.set(pool, { who, atMs: nowMs, otherAtMs: Number.NEGATIVE_INFINITY });
      return false;
    }
    if (known.who !== who) {
      known.otherAtMs = known.atMs;
      known.who = who;
    }
    known.atMs = nowMs;
    return nowMs - known.otherAtMs < RECENT_MS;
  }
}
