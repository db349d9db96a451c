import type { Clock } from '#kernel/env.ts';

const BURST = 40;
const PER_SECOND = 12;

/** How often one worker may speak: a burst for the steps of a start, then as often as the shortest interval asks. */
export class Allowance {
  readonly #clock: Clock;
  #left = BURST;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.monotonic();
  }

  /** True when there was one left. */
  take(): boolean {
    const nowMs = this.#clock.monotonic();
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#filledAtMs) / 1000) * PER_SECOND);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
