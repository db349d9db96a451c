/** What the other gateways together have at one worker, on our own clock. */
import type { ToldLoad } from './fleet/load-message.ts';

export interface OtherLoads {
  readonly open: number;
  readonly heldTokens: number;
  readonly unstarted: number;
  readonly unstartedWork: number;
  readonly oldestWork: number;
  readonly oldestAtMs: number;
  readonly progressAtMs: number;
}

export const NOTHING_OF_OTHERS: OtherLoads = {
  open: 0,
  heldTokens: 0,
  unstarted: 0,
  unstartedWork: 0,
  oldestWork: 0,
  oldestAtMs: Number.POSITIVE_INFINITY,
  progressAtMs: Number.NEGATIVE_INFINITY,
};

export interface HeardLoad {
  readonly told: ToldLoad;
  /** When it was heard. */
  readonly atMs: number;
}

/** Each gateway's line is one part of the worker's: counts add up, of the moments the oldest and the latest count. */
export function together(loads: readonly HeardLoad[]): OtherLoads {
  let sum = NOTHING_OF_OTHERS;
  for (const { told, atMs } of loads) {
    const oldestAtMs = told.unstarted > 0 ? atMs - told.oldestAgoMs : Number.POSITIVE_INFINITY;
    const isOldest = oldestAtMs < sum.oldestAtMs;
    sum = {
      open: sum.open + told.open,
      heldTokens: sum.heldTokens + told.heldTokens,
      unstarted: sum.unstarted + told.unstarted,
      unstartedWork: sum.unstartedWork + told.unstartedWork,
      oldestWork: isOldest ? told.oldestWork : sum.oldestWork,
      oldestAtMs: isOldest ? oldestAtMs : sum.oldestAtMs,
      progressAtMs: Math.max(sum.progressAtMs, atMs - told.progressAgoMs),
    };
  }
  return sum;
}
