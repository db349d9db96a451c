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

export type LineFactory = (nowMs: () => number) => WaitingLine;
