/**
 * Where the kinds of resources differ: which call makes, finds or deletes one, what a part is ordered with, and what
 * it costs. Everything else about orders is the same for all of them.
 */
import { diskNeeded } from '#contracts/model-fit.ts';
import type {
  CallContext,
  CreatePart,
  CreateServer,
  PartKind,
  PartRef,
  Provider,
  ResourceKind,
  ResourceRef,
  Server,
} from '#providers/provider.ts';
import type { AttemptRow, OfferRow } from '../rows.ts';
import { machineKeyOf } from '../ssh-keys.ts';
import { bootstrapTokenOf } from '../worker-tokens.ts';
import type { Run } from './run.ts';
import type { Resource, Seen, Situation } from './situation.ts';

/** What is deleted first stands first: each may be in use by those before it. */
export const RELEASE_ORDER = [
  'server',
  'volume',
  'address',
  'security_group',
  'key',
] as const satisfies readonly ResourceKind[];

/** The order that counts now: what was ordered before it is absent, or unwanted. */
export function currentAttempt(
  { attempts }: Pick<Situation, 'attempts'>,
  kind: ResourceKind,
): AttemptRow | undefined {
  return attempts.findLast((attempt) => attempt.kind === kind && !attempt.isStray);
}

/** The machine has one of its own. */
export function hasPart(situation: Situation, kind: PartKind): boolean {
  return currentAttempt(situation, kind)?.state === 'present';
}

/** As it stands in names of crash points and in action logs. */
export function wordOf(kind: ResourceKind): string {
  return kind.replace('_', '-');
}

export function refOf(attempt: AttemptRow): ResourceRef {
  return { id: attempt.providerRef ?? '', zone: attempt.zone };
}

/** What this run saw of it; null: not found; undefined: nobody looked. */
export function seenOf(seen: Seen, attempt: AttemptRow): Resource | null | undefined {
  return attempt.kind === 'server' ? seen.servers.get(attempt.providerRef ?? '') : seen.parts.get(attempt.id);
}

export function isServer(resource: Resource): resource is Server {
  return 'volumes' in resource;
}

/** The offer that an attempt was made for. */
export function offerOf(situation: Situation, attempt: AttemptRow): OfferRow | undefined {
  return situation.offers.find((offer) => offer.position === attempt.offerPosition);
}

export async function createResource(
  run: Run,
  provider: Provider,
  context: CallContext,
  attempt: AttemptRow,
): Promise<Resource> {
  return attempt.kind === 'server'
    ? provider.createServer(context, composeServer(run, attempt))
    : provider.createPart(context, composePart(run, attempt, attempt.kind));
}

/** A repeated order is the same order: nothing in it depends on when it is composed. */
export function composeServer(run: Run, attempt: AttemptRow): CreateServer {
  const { instance } = run.situation;
  const { controlKey, renderUserData } = run.deps;
  return {
    zone: attempt.zone,
    type: offerOf(run.situation, attempt)?.instanceType ?? instance.instanceType,
    name: attempt.name,
    owner: ownerOf(run, attempt),
    userData: renderUserData({
      instanceId: instance.id,
      providerId: instance.providerId,
      bootstrapToken: bootstrapTokenOf(controlKey, instance.id, attempt.id),
    }),
    rootBytes: diskNeeded({ weightsBytes: instance.weightsBytes }),
    parts: presentParts(run.situation, attempt.zone),
  };
}

/** No part is ordered while a server's order is unresolved, so these stay the same from call to call. */
function presentParts(situation: Situation, zone: string): PartRef[] {
  const given = situation.givenVolumes.filter((volume) => volume.zone === zone);
  const own = RELEASE_ORDER.flatMap((kind): PartRef[] => {
    if (kind === 'server') return [];
    const attempt = currentAttempt(situation, kind);
    return attempt?.state === 'present' && attempt.zone === zone ? [{ kind, ref: refOf(attempt) }] : [];
  });
  return [
    ...own,
    ...given.map(
      (volume): PartRef => ({
        kind: 'volume',
        ref: { id: volume.providerRef, zone: volume.zone },
      }),
    ),
  ];
}

function composePart(run: Run, attempt: AttemptRow, kind: PartKind): CreatePart {
  const { instance } = run.situation;
  const order = { kind, zone: attempt.zone, name: attempt.name, owner: ownerOf(run, attempt) };
  if (kind === 'volume') {
    return { ...order, sizeBytes: diskNeeded({ weightsBytes: instance.weightsBytes }) };
  }
  if (kind === 'key') return { ...order, publicKey: machineKeyOf(run.deps.controlKey, instance.id) };
  return order;
}

function ownerOf(run: Run, attempt: AttemptRow) {
  return {
    installation: run.deps.installationId,
    instance: run.situation.instance.id,
    attempt: attempt.id,
    expiresAtMs: attempt.expiresAtMs,
  };
}

export async function findByAttempt(
  provider: Provider,
  context: CallContext,
  attempt: AttemptRow,
): Promise<readonly Resource[]> {
  return attempt.kind === 'server'
    ? provider.findServersByAttempt(context, attempt.zone, attempt.id)
    : provider.findPartsByAttempt(context, attempt.kind, attempt.zone, attempt.id);
}

export async function deleteAt(provider: Provider, context: CallContext, attempt: AttemptRow): Promise<void> {
  return attempt.kind === 'server'
    ? provider.deleteServer(context, refOf(attempt))
    : provider.deletePart(context, attempt.kind, refOf(attempt));
}

export function rememberSeen(seen: Seen, attempt: AttemptRow, resource: Resource): void {
  if (isServer(resource)) seen.servers.set(resource.ref.id, resource);
  else seen.parts.set(attempt.id, resource);
}

export function forgetSeen(seen: Seen, attempt: AttemptRow): void {
  if (attempt.kind === 'server') seen.servers.delete(attempt.providerRef ?? '');
  else seen.parts.delete(attempt.id);
}

/** Kinds that providers bill. Keys and security groups are free everywhere. */
export function isBilled(kind: ResourceKind): kind is 'server' | 'volume' | 'address' {
  return kind === 'server' || kind === 'volume' || kind === 'address';
}
