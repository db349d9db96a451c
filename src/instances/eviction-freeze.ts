/**
 * When nobody may be given up for being silent. A whole fleet does not fall silent at once: then it is the control
 * plane that does not hear. What the provider proves (a server that is gone or stopped) is no matter of hearing and
 * is never held back.
 */

/** What is known of the control plane's own hearing. Milliseconds; null: never. */
export interface HearingFacts {
  /** Workers that should speak. */
  readonly fleet: number;
  /** Those of them that have been silent for longer than WORKER_SILENT_MS. */
  readonly silent: number;
  /** Since some orchestrator was there again after a gap. */
  readonly backForMs: number | null;
  /** Since some orchestrator was late. */
  readonly laggedAgoMs: number | null;
}

export interface FreezeLimits {
  readonly percent: number;
  readonly min: number;
  readonly graceMs: number;
}

export type FreezeCause = 'fleet_silent' | 'orchestrator_late' | 'control_plane_back';

/** Why evictions are frozen now; undefined when they are not. */
export function decideFreeze(facts: HearingFacts, limits: FreezeLimits): FreezeCause | undefined {
  const { fleet, silent, backForMs, laggedAgoMs } = facts;
  if (silent >= limits.min && silent * 100 > limits.percent * fleet) return 'fleet_silent';
  // After both, workers get the same time to be heard again.
  if (laggedAgoMs !== null && laggedAgoMs < limits.graceMs) return 'orchestrator_late';
  if (backForMs !== null && backForMs < limits.graceMs) return 'control_plane_back';
  return undefined;
}
