/**
 * What one complete listing of an account means: a pure function of the listing, the rows that were read after it,
 * and the figures.
 *
 * Listed but wanted by no row: an orphan, to be deleted. In a row but not listed: missing, to be looked at by whoever
 * owns the row. In doubt nothing is an orphan: an order that may be under way, another installation's tag, a thing
 * that is young, a part of a wanted server are left alone. When the list of orphans itself is suspicious (too many,
 * or orders that this database has forgotten), all of it is only reported.
 */
import type { OwnedResource } from '#providers/provider.ts';
import { classify, indexRows, type OrphanReason, type RowIndex } from './classify.ts';
import type { KnownAttempt, KnownInstance, KnownVolume, SweepRows } from './rows.ts';

/** Between two signs of life of the control plane; `fromMs` null is the beginning of time. */
export interface Gap {
  readonly epoch: number;
  readonly fromMs: number | null;
  readonly toMs: number;
}

export interface SweepFacts {
  readonly installation: string;
  /** By the database's clock, before the listing began. */
  readonly startedAtMs: number;
  readonly graceMs: number;
  readonly breakerMin: number;
  readonly breakerPercent: number;
  /** Gaps that nobody has confirmed for this account. */
  readonly gaps: readonly Gap[];
  /** By `keyOf`: what a person let go, and what is being deleted already. */
  readonly approved: ReadonlySet<string>;
}

export interface Orphan {
  readonly resource: OwnedResource;
  readonly why: OrphanReason;
  readonly attempt: KnownAttempt | undefined;
  readonly instance: KnownInstance | undefined;
}

/** What is done with an orphan in this round. */
export interface Verdict {
  readonly orphan: Orphan;
  /** Only reported, until a person confirms. */
  readonly isHeld: boolean;
}

/** A volume that belongs to a living instance and has no row. */
export interface Adoption {
  readonly resource: OwnedResource;
  readonly instance: KnownInstance;
}

/** In a row, not in the listing. */
export type Missing =
  | { readonly what: 'attempt'; readonly attempt: KnownAttempt }
  | { readonly what: 'volume'; readonly volume: KnownVolume };

export interface SweepPlan {
  /** With our tag. */
  readonly listed: number;
  readonly foreign: number;
  readonly wanted: readonly OwnedResource[];
  readonly verdicts: readonly Verdict[];
  readonly adoptions: readonly Adoption[];
  readonly missing: readonly Missing[];
  /** Why nothing may be deleted now. */
  readonly held: 'breaker' | 'restored' | undefined;
}

/** Clocks of providers and ours may differ by this much, and the last sign of life may be older than a backup. */
const SLACK_BEFORE_MS = 60_000;
const SLACK_AFTER_MS = 5_000;

export function planSweep(listing: readonly OwnedResource[], rows: SweepRows, facts: SweepFacts): SweepPlan {
  const ours = listing.filter((resource) => resource.owner?.installation === facts.installation);
  const index = indexRows(ours, rows);
  const wanted: OwnedResource[] = [];
  const orphans: Orphan[] = [];
  const adoptions: Adoption[] = [];
  for (const resource of ours) {
    const found = classify(resource, index);
    // Whatever is young may belong to a row that is being written now. A date that is none counts as young.
    const isOld = facts.startedAtMs - resource.createdAtMs >= facts.graceMs;
    if (found.is === 'wanted') wanted.push(resource);
    else if (found.is === 'adoptable' && isOld) adoptions.push({ resource, instance: found.instance });
    else if (found.is === 'orphan' && isOld && !hasEndedSince(resource, found, index, facts)) {
      orphans.push(orphanOf(resource, found, facts));
    }
  }
  const held = holdOf(orphans, ours.length, facts);
  const isHeld = ({ resource }: Orphan) =>
    held === 'restored' || (held === 'breaker' && !facts.approved.has(keyOf(resource)));
  return {
    listed: ours.length,
    foreign: listing.length - ours.length,
    wanted,
    verdicts: orphans.map((orphan) => ({ orphan, isHeld: isHeld(orphan) })),
    adoptions,
    missing: missingOf(ours, rows, facts),
    held,
  };
}

/** The same word for the same thing at one account. */
export function keyOf(resource: Pick<OwnedResource, 'kind' | 'ref'>): string {
  return `${resource.kind} ${resource.ref.zone} ${resource.ref.id}`;
}

function orphanOf(
  resource: OwnedResource,
  found: Pick<Orphan, 'why' | 'attempt' | 'instance'>,
  facts: SweepFacts,
): Orphan {
  const { attempt, instance } = found;
  // Every order has its row before it is placed: one without a row, from a time of which the database may have lost
  // its memory, is not ours to judge.
  const isLost = found.why === 'order_unknown' && facts.gaps.some((gap) => isWithin(resource, gap));
  return { resource, attempt, instance, why: isLost ? 'created_in_gap' : found.why };
}

/**
 * The rows are read after the listing: what was proven gone meanwhile may be listed all the same, and is no orphan.
 * One that comes back after all is in the next listing too.
 */
function hasEndedSince(
  { kind, ref }: OwnedResource,
  { attempt }: Pick<Orphan, 'attempt'>,
  index: RowIndex,
  { startedAtMs }: SweepFacts,
): boolean {
  const volume = kind === 'volume' ? index.volumeByRef.get(keyOf({ kind, ref })) : undefined;
  const endedAtMs = volume ? volume.deletedAtMs : attempt?.state === 'absent' ? attempt.resolvedAtMs : null;
  return endedAtMs !== null && endedAtMs >= startedAtMs;
}

function isWithin(resource: OwnedResource, gap: Gap): boolean {
  // Before the first epoch there was no control plane that could have ordered something a moment ago.
  if (gap.fromMs === null) return resource.createdAtMs < gap.toMs;
  const { createdAtMs } = resource;
  return createdAtMs >= gap.fromMs - SLACK_BEFORE_MS && createdAtMs <= gap.toMs + SLACK_AFTER_MS;
}

function holdOf(orphans: readonly Orphan[], listed: number, facts: SweepFacts): SweepPlan['held'] {
  const isRestored = orphans.some((orphan) => orphan.why === 'created_in_gap');
  if (isRestored) return 'restored';
  const fresh = orphans.filter((orphan) => !facts.approved.has(keyOf(orphan.resource)));
  const most = Math.max(facts.breakerMin, (listed * facts.breakerPercent) / 100);
  return fresh.length > most ? 'breaker' : undefined;
}

function missingOf(ours: readonly OwnedResource[], rows: SweepRows, facts: SweepFacts): Missing[] {
  const listed = new Set(ours.map(keyOf));
  const isMissing = (kind: OwnedResource['kind'], zone: string, id: string) =>
    !listed.has(keyOf({ kind, ref: { id, zone } }));
  const attempts = rows.attempts.filter(
    (attempt) =>
      attempt.isOfAccount &&
      attempt.state === 'present' &&
      attempt.providerRef !== null &&
      attempt.deleteCalledAtMs === null &&
      !attempt.isInstanceFinal &&
      // A volume has a row of its own, which is looked at instead.
      attempt.kind !== 'volume' &&
      isBefore(attempt.resolvedAtMs, facts) &&
      isMissing(attempt.kind, attempt.zone, attempt.providerRef),
  );
  const volumes = rows.volumes.filter(
    (volume) =>
      volume.isOfAccount &&
      !volume.isDeleted &&
      volume.deleteCalledAtMs === null &&
      isBefore(volume.createdAtMs, facts) &&
      isMissing('volume', volume.zone, volume.providerRef),
  );
  return [
    ...attempts.map((attempt) => ({ what: 'attempt', attempt }) as const),
    ...volumes.map((volume) => ({ what: 'volume', volume }) as const),
  ];
}

/** The listing cannot show what came after it began, and the provider may show what is new a little late. */
function isBefore(atMs: number | null, facts: SweepFacts): boolean {
  return atMs !== null && atMs + facts.graceMs <= facts.startedAtMs;
}
