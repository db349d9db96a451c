/** Whose is this? One resource of a listing against the rows. Whatever a row may still want is wanted. */
import type { OwnedResource } from '#providers/provider.ts';
import type { KnownAttempt, KnownInstance, KnownVolume, SweepRows } from './rows.ts';

export const ORPHAN_REASONS = [
  /** No row knows its order. */
  'order_unknown',
  /** The same, and it was made when a restored database could not know. */
  'created_in_gap',
  /** Its order is served by another resource. */
  'stray_of_order',
  /** Its order, or the volume itself, counted as proven absent. */
  'seen_after_absence',
  /** Its instance has ended. */
  'instance_ended',
] as const;
export type OrphanReason = (typeof ORPHAN_REASONS)[number];

export type Classified =
  | { readonly is: 'wanted' }
  | { readonly is: 'adoptable'; readonly instance: KnownInstance }
  | {
      readonly is: 'orphan';
      readonly why: OrphanReason;
      readonly attempt: KnownAttempt | undefined;
      readonly instance: KnownInstance | undefined;
    };

export interface RowIndex {
  readonly attemptById: ReadonlyMap<string, KnownAttempt>;
  readonly attemptByRef: ReadonlyMap<string, KnownAttempt>;
  readonly volumeByRef: ReadonlyMap<string, KnownVolume>;
  readonly instanceById: ReadonlyMap<string, KnownInstance>;
  /** Ids at the provider, with their zones. */
  readonly wantedServers: ReadonlySet<string>;
  /** Listed, and wanted by no row. */
  readonly unwantedServers: ReadonlySet<string>;
}

export function indexRows(ours: readonly OwnedResource[], rows: SweepRows): RowIndex {
  const withRef = rows.attempts.filter((attempt) => attempt.providerRef !== null);
  // A newer word on the same resource stands: rows come oldest first.
  const attemptByRef = new Map(withRef.map((attempt) => [refKey(attempt.kind, attempt), attempt]));
  const index = {
    attemptById: new Map(rows.attempts.map((attempt) => [attempt.id as string, attempt])),
    attemptByRef,
    volumeByRef: new Map(rows.volumes.map((volume) => [refKey('volume', volume), volume])),
    instanceById: new Map(rows.instances.map((instance) => [instance.id as string, instance])),
    wantedServers: new Set<string>(),
    unwantedServers: new Set<string>(),
  };
  const servers = ours.filter((resource) => resource.kind === 'server');
  const isWanted = (server: OwnedResource) => classify(server, index).is === 'wanted';
  const placesOf = (some: readonly OwnedResource[]) =>
    new Set(some.map(({ ref }) => `${ref.zone} ${ref.id}`));
  return {
    ...index,
    wantedServers: placesOf(servers.filter(isWanted)),
    unwantedServers: placesOf(servers.filter((server) => !isWanted(server))),
  };
}

export function classify(resource: OwnedResource, index: RowIndex): Classified {
  const { kind, ref, attachedTo, owner } = resource;
  if (kind === 'volume') {
    const verdict = classifyKnownVolume(resource, index);
    if (verdict) return verdict;
  }
  const tagged = index.attemptById.get(owner?.attempt ?? '');
  const attempt = index.attemptByRef.get(`${kind} ${ref.zone} ${ref.id}`) ?? sameKind(tagged, resource);
  const instance = index.instanceById.get(attempt?.instanceId ?? owner?.instance ?? '');
  if (isWantedBy(attempt, resource)) return { is: 'wanted' };
  const isOnWanted = attachedTo !== undefined && index.wantedServers.has(`${ref.zone} ${attachedTo}`);
  // What came with a second server of an order goes with it, and is never the instance's own.
  const isOnUnwanted = attachedTo !== undefined && index.unwantedServers.has(`${ref.zone} ${attachedTo}`);
  // The root volume of a server carries the server's tags and has no order of its own.
  const isByTheWay = !attempt && (kind === 'volume' || tagged !== undefined);
  if (isByTheWay && !isOnUnwanted && instance && !instance.isFinal) {
    return kind === 'volume' ? { is: 'adoptable', instance } : { is: 'wanted' };
  }
  if (isOnWanted) return { is: 'wanted' };
  return { is: 'orphan', why: reasonOf(resource, { attempt, tagged, instance }), attempt, instance };
}

/** Its own row speaks for a volume, before its order: a kept one outlives its instance. */
function classifyKnownVolume(resource: OwnedResource, index: RowIndex): Classified | undefined {
  const { ref } = resource;
  const volume = index.volumeByRef.get(`volume ${ref.zone} ${ref.id}`);
  if (!volume) return undefined;
  // What somebody asked to delete is deleted by its own job, which proves its end.
  const isWanted = !volume.isDeleted && (!volume.isInstanceFinal || volume.isKept || volume.isDeleteAsked);
  if (isWanted) return { is: 'wanted' };
  return {
    is: 'orphan',
    why: volume.isDeleted ? 'seen_after_absence' : 'instance_ended',
    attempt: index.attemptByRef.get(`volume ${ref.zone} ${ref.id}`),
    instance: index.instanceById.get(volume.instanceId),
  };
}

function isWantedBy(attempt: KnownAttempt | undefined, resource: OwnedResource): boolean {
  switch (attempt?.state) {
    // It may be this very resource; the reconciler finds out.
    case 'open':
    case 'called':
      return true;
    // A present one is kept or released by the reconciler, as long as there is one that cares.
    case 'present':
      return attempt.providerRef === resource.ref.id && !attempt.isInstanceFinal;
    case 'absent':
    case undefined:
      return false;
  }
}

function reasonOf(
  resource: OwnedResource,
  by: {
    readonly attempt: KnownAttempt | undefined;
    readonly tagged: KnownAttempt | undefined;
    readonly instance: KnownInstance | undefined;
  },
): OrphanReason {
  const { attempt } = by;
  if (!attempt && by.tagged && by.instance && !by.instance.isFinal) return 'stray_of_order';
  if (!attempt) return by.tagged || by.instance?.isFinal ? 'instance_ended' : 'order_unknown';
  const isAnother = attempt.providerRef !== null && attempt.providerRef !== resource.ref.id;
  if (isAnother) return 'stray_of_order';
  return attempt.state === 'absent' ? 'seen_after_absence' : 'instance_ended';
}

/** The tag of a server's order on a volume says where it came from, not that the order was for it. */
function sameKind(attempt: KnownAttempt | undefined, resource: OwnedResource): KnownAttempt | undefined {
  return attempt?.kind === resource.kind ? attempt : undefined;
}

function refKey(kind: string, row: { readonly zone: string; readonly providerRef: string | null }): string {
  return `${kind} ${row.zone} ${row.providerRef}`;
}
