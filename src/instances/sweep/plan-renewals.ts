/** Which tags need more time: whatever is wanted and has less than half of its life left. A pure function. */
import type { OwnedResource } from '#providers/provider.ts';
import { classify, indexRows } from './classify.ts';
import { keyOf } from './plan.ts';
import type { SweepRows } from './rows.ts';

export interface RenewalFacts {
  readonly installation: string;
  readonly nowMs: number;
  /** A whole life of a tag. */
  readonly lifeMs: number;
}

export interface Renewal {
  readonly resource: OwnedResource;
  readonly expiresAtMs: number;
  readonly newExpiresAtMs: number;
  /** Less than a quarter is left: somebody should look. */
  readonly isLate: boolean;
  readonly instanceId: string | undefined;
}

export function planRenewals(
  listing: readonly OwnedResource[],
  rows: SweepRows,
  facts: RenewalFacts,
): Renewal[] {
  const ours = listing.filter((resource) => resource.owner?.installation === facts.installation);
  const index = indexRows(ours, rows);
  const going = goingAway(rows);
  return ours.flatMap((resource) => {
    const expiresAtMs = resource.owner?.expiresAtMs ?? 0;
    const leftMs = expiresAtMs - facts.nowMs;
    if (leftMs >= facts.lifeMs / 2) return [];
    if (classify(resource, index).is === 'orphan' || going.has(keyOf(resource))) return [];
    const instanceId = resource.owner?.instance;
    const isEnding = index.instanceById.get(instanceId ?? '')?.isEnding ?? false;
    const volume = index.volumeByRef.get(keyOf(resource));
    // A kept volume goes on living when its machine ends.
    if (isEnding && !(volume?.isKept && !volume.isDeleteAsked)) return [];
    const isLate = leftMs < facts.lifeMs / 4;
    return [{ resource, expiresAtMs, newExpiresAtMs: facts.nowMs + facts.lifeMs, isLate, instanceId }];
  });
}

/** What was asked to go at the provider, or by a person. */
function goingAway(rows: SweepRows): Set<string> {
  const attempts = rows.attempts.filter((attempt) => attempt.deleteCalledAtMs !== null);
  const volumes = rows.volumes.filter((one) => one.deleteCalledAtMs !== null || one.isDeleteAsked);
  const keys = [
    ...attempts.map(({ kind, zone, providerRef }) => keyOf({ kind, ref: { id: providerRef ?? '', zone } })),
    ...volumes.map(({ zone, providerRef }) => keyOf({ kind: 'volume', ref: { id: providerRef, zone } })),
  ];
  return new Set(keys);
}
