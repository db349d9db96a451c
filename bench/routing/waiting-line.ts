import type { Arrival } from './workload.ts';

/** The gateway's queue, as far as a history needs it. */
export interface WaitingLine {
  /** Starts it now or later; `tryStart` is false while there is no room. */
  enter(arrival: Arrival, tryStart: () => boolean, knownShare: () => number): void;
  /** Some worker may have room. */
  roomMade(): void;
  /** What was started is over. */
  ended(arrival: Arrival): void;
}

/** First come, first served. */
export class ArrivalLine implements WaitingLine {
  #waiting: (() => boolean)[] = [];

  enter(_arrival: Arrival, tryStart: () => boolean): void {
    if (this.#waiting.length > 0 || !tryStart()) this.#waiting.push(tryStart);
  }

  roomMade(): void {
    let taken = 0;
    while (taken < this.#waiting.length && this.#waiting[taken]?.()) taken++;
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
  }

  ended(): void {}
}
