/**
 * A limit per minute as one number (GCRA): the moment at which all that was taken will have flowed back. A minute's
 * worth may be taken at once; what flows back does so evenly. Time is in milliseconds on a monotonic clock.
 */
export const WINDOW_MS = 60_000;

export class Bucket {
  /** Theoretical arrival time: not before it is the bucket full again. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  /** How long until so much can be taken; 0 when it can now, Infinity when the limit is smaller than that. */
  waitMs(amount: number, perMinute: number, nowMs: number): number {
    if (amount > perMinute) return Number.POSITIVE_INFINITY;
    const afterMs = Math.max(nowMs, this.#fullAtMs) + amount * msPerUnit(perMinute);
    // A thousandth of a millisecond is the rounding of the clock, not a limit.
    return Math.max(0, afterMs - nowMs - WINDOW_MS - 0.001);
  }

  /** Returns the moment at which the last of it will have flowed back. */
  take(amount: number, perMinute: number, nowMs: number): number {
    this.#fullAtMs = Math.max(nowMs, this.#fullAtMs) + amount * msPerUnit(perMinute);
    return this.#fullAtMs;
  }

  /** Gives back at once what was taken in vain, but for what has flowed back by itself: nothing comes back twice. */
  giveBack(amount: number, perMinute: number, nowMs: number, flowsUntilMs: number): void {
    this.#fullAtMs -= Math.min(amount * msPerUnit(perMinute), Math.max(0, flowsUntilMs - nowMs));
  }

  remaining(perMinute: number, nowMs: number): number {
    const left = (WINDOW_MS - this.resetMs(nowMs)) / msPerUnit(perMinute);
    return Math.max(0, Math.floor(left + 1e-6));
  }

  /** Time until all of it is there again. */
  resetMs(nowMs: number): number {
    return Math.max(0, this.#fullAtMs - nowMs);
  }

  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }
}

function msPerUnit(perMinute: number): number {
  return WINDOW_MS / perMinute;
}
