/** Whether a machine is open to others now, by its owner's terms and by what it served today. */
import type { ClosedReason, MachineTerms } from '#contracts/machine-terms.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import { dayBeganAt, isTimeZone, isWithin } from './open-hours.ts';

export interface TermsRow extends MachineTerms {
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly updatedAt: Date;
  /** The database's clock when it was read. */
  readonly nowMs: number;
}

export interface ServedToday {
  readonly requests: number;
  readonly tokens: number;
}

export const NO_TERMS: MachineTerms = {
  time_zone: 'UTC',
  windows: [],
  requests_per_day: null,
  tokens_per_day: null,
};

export function hasQuota({ requests_per_day: requests, tokens_per_day: tokens }: MachineTerms): boolean {
  return requests !== null || tokens !== null;
}

/** The begin of the day that quotas count; of UTC where the clocks are not known any more. */
export function quotaDayBegan({ time_zone: zone }: MachineTerms, nowMs: number): number {
  return dayBeganAt(isTimeZone(zone) ? zone : NO_TERMS.time_zone, nowMs);
}

/** Undefined while it is open. Hours by clocks that are not known any more are nobody's to use. */
export function closedBecause(
  terms: MachineTerms,
  served: ServedToday,
  nowMs: number,
): ClosedReason | undefined {
  const { time_zone: zone, windows, requests_per_day: requestsMax, tokens_per_day: tokensMax } = terms;
  if (windows.length > 0 && !(isTimeZone(zone) && isWithin(windows, zone, nowMs))) return 'outside_hours';
  if (requestsMax !== null && served.requests >= requestsMax) return 'requests_used_up';
  if (tokensMax !== null && served.tokens >= tokensMax) return 'tokens_used_up';
  return undefined;
}
