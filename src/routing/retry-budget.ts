/**
 * Second attempts are a share of the requests of late, so that a broken fleet is not asked twice as much. A small
 * floor keeps single failures of a quiet gateway harmless to clients.
 */
const SAVED_MAX = 100;
const FLOOR = 10;
const FLOOR_REFILL_MS = 1_000;

export class RetryBudget {
  readonly #sharePercent: () => number;
  #saved = 0;
  #floor = FLOOR;
  #refilledAtMs = Number.NEGATIVE_INFINITY;

  constructor(sharePercent: () => number) {
    this.#sharePercent = sharePercent;
  }

  /** A request was sent for the first time. */
  noteRequest(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + this.#sharePercent() / 100);
  }

  /** True when a second attempt may be made now; it is counted. */
  take(nowMs: number): boolean {
    if (this.#sharePercent() === 0) return false;
    if (this.#saved >= 1) {
      this.#saved -= 1;
      return true;
    }
    const refills = Math.floor((nowMs - this.#refilledAtMs) / FLOOR_REFILL_MS);
    if (refills > 0) {
      this.#floor = Math.min(FLOOR, this.#floor + refills);
      this.#refilledAtMs = nowMs;
    }
    if (this.#floor < 1) return false;
    this.#floor -= 1;
    return true;
  }
}
