import type { Stage } from './stage.ts';

export interface Life {
  readonly name: string;
  /** In words, for the guide. */
  readonly about: string;
  /** Crash points that it comes to each time. Each point belongs to one life. */
  readonly points: readonly string[];
  /** What leads to neighbours in the list is done once, so that they are hit in so many lives apart. */
  readonly apart?: number;
  /** From an order to nothing left. @throws when it does not get there */
  readonly run: (stage: Stage) => Promise<void>;
}

export const RECONCILE = 'reconcile-instance';
export const SWEEP = 'sweep-provider';
export const RELEASE = 'release-volume';
