/** Takes over what an order made, once, whoever learns of it first. What it costs is written with the fact. */

import { findOffer } from '#catalog/queries.ts';
import { priceOf } from '#catalog/views.ts';
import type { Transaction } from '#database/database.ts';
import { LeaseLostError } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import type { Part, Server } from '#providers/provider.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import type { AttemptRow } from '../rows.ts';
import { insertStray, recordAbsent, recordPresent } from '../store/attempts.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce, completeSteps, setServer, transition } from '../store/instances.ts';
import { correctOffer, type NewOffer } from '../store/offers.ts';
import { upsertVolume } from '../store/volumes.ts';
import { extendBootstrap } from '../store/workers.ts';
import { isBilled, isServer, offerOf, rememberSeen, wordOf } from './resources.ts';
import { actorOf, apply, log, type Run } from './run.ts';
import type { Resource } from './situation.ts';

interface Rate {
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
}

interface How {
  readonly code: 'PROVIDER_CREATE' | 'PROVIDER_ADOPT';
  readonly durationMs?: number;
}

/** Keeps the oldest that still exists; the others get rows of their own and are deleted like any stray. */
export async function adopt(
  run: Run,
  attempt: AttemptRow,
  resources: readonly Resource[],
  how: How,
): Promise<void> {
  const [kept, ...others] = [...resources].sort(
    (a, b) => Number(a.state === 'gone') - Number(b.state === 'gone') || a.createdAtMs - b.createdAtMs,
  );
  if (!kept) return;
  for (const resource of resources) {
    if (isServer(resource)) rememberSeen(run.seen, attempt, resource);
  }
  const facts = await Promise.all([kept, ...others].map((one) => factsOf(run, attempt, one)));
  try {
    await apply(run, `adopt-${wordOf(attempt.kind)}`, async (tx) => {
      await recordAll(run, tx, attempt, facts);
      const { kind, id } = attempt;
      const metadata = { kind, [`${kind}_ref`]: kept.ref.id, attempt: id, strays: others.length };
      await log(run, tx, { code: how.code, status: 'succeeded', durationMs: how.durationMs, metadata });
      if (isServer(kept)) await keepServer(run, tx, attempt, kept);
    });
  } catch (error) {
    if (error instanceof LeaseLostError) await keepFacts(run, attempt, facts);
    throw error;
  }
}

/** An attempt that is unwanted by now keeps its server only as something to delete. */
async function keepServer(run: Run, tx: Transaction, attempt: AttemptRow, server: Server): Promise<void> {
  const { instance } = run.situation;
  await reportMismatch(run, tx, attempt, server);
  if (attempt.isStray) return;
  await setServer(tx, instance, instance.id, { ref: server.ref.id, address: undefined });
  await extendBootstrap(tx, instance, instance.id, run.settings.bootstrapTtlMs);
  await completeSteps(tx, instance, instance.id, ['server_created']);
  if (instance.state !== 'provisioning') return announce(tx, instance, instance.id);
  await transition(run.deps.env, tx, moveToBooting(run), actorOf(run));
}

function moveToBooting(run: Run) {
  const { instance } = run.situation;
  return {
    orgId: instance.orgId,
    id: instance.id,
    from: 'provisioning',
    to: 'booting',
    expectedVersion: instance.stateVersion,
    reason: 'server_created',
  } as const;
}

/** A server of another type, or elsewhere, than was ordered is kept, told to people, and billed as what it is. */
async function reportMismatch(run: Run, tx: Transaction, attempt: AttemptRow, server: Server): Promise<void> {
  if (!differs(run, attempt, server)) return;
  const { instance } = run.situation;
  const told = await findOffer(tx, {
    provider: instance.providerId,
    type: server.type,
    zone: server.ref.zone,
  });
  const ordered = { type: orderedType(run, attempt), zone: attempt.zone };
  const metadata = { server_ref: server.ref.id, ordered, told: { type: server.type, zone: server.ref.zone } };
  await log(run, tx, { code: 'PROVIDER_MISMATCH', status: 'failed', errorCode: 'mismatch', metadata });
  if (attempt.isStray) return;
  await correctOffer(tx, instance, instance.id, {
    zone: server.ref.zone,
    instanceTypeId: told?.instanceTypeId,
    price: told ? priceOf(told) : null,
  });
}

function orderedType(run: Run, attempt: AttemptRow): string {
  return offerOf(run.situation, attempt)?.instanceType ?? run.situation.instance.instanceType;
}

function differs(run: Run, attempt: AttemptRow, server: Server): boolean {
  return server.type !== orderedType(run, attempt) || server.ref.zone !== attempt.zone;
}

interface Fact {
  readonly resource: Resource;
  readonly rate: Rate;
}

async function factsOf(run: Run, attempt: AttemptRow, resource: Resource): Promise<Fact> {
  return { resource, rate: await rateOf(run, attempt, resource) };
}

/** What the order was promised, unless the provider says that it is something else; unknown is null, never 0. */
export async function rateOf(run: Run, attempt: AttemptRow, resource: Resource): Promise<Rate> {
  const { instance } = run.situation;
  if (!isServer(resource)) {
    // A provider bills its parts in the currency of its servers.
    const { nanosPerHour } = resource;
    return nanosPerHour === undefined
      ? { nanosPerHour: null, currency: null }
      : { nanosPerHour, currency: instance.priceCurrency };
  }
  if (differs(run, attempt, resource)) {
    const wanted = { provider: instance.providerId, type: resource.type, zone: resource.ref.zone };
    const told = await findOffer(run.deps.db, wanted);
    return rateOfPrice(told ? priceOf(told) : null);
  }
  const offer = offerOf(run.situation, attempt);
  return {
    nanosPerHour: offer ? offer.priceNanosPerHour : instance.priceNanosPerHour,
    currency: offer ? offer.priceCurrency : instance.priceCurrency,
  };
}

function rateOfPrice(price: NewOffer['price']): Rate {
  return { nanosPerHour: price?.nanosPerHour ?? null, currency: price?.currency ?? null };
}

/** Without the lease nothing may be decided, but what exists and costs is a fact. */
async function keepFacts(run: Run, attempt: AttemptRow, facts: readonly Fact[]): Promise<void> {
  const { instance } = run.situation;
  await run.deps.db.transaction(async (tx) => {
    await wakeReconciler(tx, instance, instance.id, instance.correlationId);
    await recordAll(run, tx, attempt, facts);
  });
}

/** The first is the order's own. */
async function recordAll(
  run: Run,
  tx: Transaction,
  attempt: AttemptRow,
  facts: readonly Fact[],
): Promise<void> {
  for (const [index, fact] of facts.entries()) {
    if (index === 0) await recordFacts(run, tx, attempt, fact);
    else await recordStray(run, tx, attempt, fact);
  }
}

async function recordFacts(run: Run, tx: Transaction, attempt: AttemptRow, fact: Fact): Promise<void> {
  const { resource } = fact;
  await recordPresent(tx, run.situation.instance, attempt.id, resource.ref);
  await recordExistence(run, tx, attempt, fact);
  // A server that has ended is known by its state; a part that has ended is simply not there.
  if (isServer(resource) || resource.state !== 'gone') return;
  await recordAbsent(tx, run.situation.instance, attempt.id);
  await recordCost(run, tx, attempt, fact, 'stop');
}

async function recordStray(run: Run, tx: Transaction, attempt: AttemptRow, fact: Fact): Promise<void> {
  const { instance } = run.situation;
  const { ref } = fact.resource;
  await insertStray(tx, instance, {
    id: newId(run.deps.env, 'attempt'),
    instanceId: instance.id,
    kind: attempt.kind,
    offerPosition: attempt.offerPosition,
    providerId: instance.providerId,
    zone: ref.zone,
    name: `${attempt.name}.${ref.id}`,
    providerRef: ref.id,
  });
  await recordExistence(run, tx, attempt, fact);
}

async function recordExistence(run: Run, tx: Transaction, attempt: AttemptRow, fact: Fact): Promise<void> {
  await recordCost(run, tx, attempt, fact, 'start');
  if (attempt.kind === 'volume' && !isServer(fact.resource)) await recordVolume(run, tx, fact.resource);
}

/** From here on it is deleted, and may be kept, like every other volume. */
async function recordVolume(run: Run, tx: Transaction, volume: Part): Promise<void> {
  if (volume.state === 'gone') return;
  const { instance } = run.situation;
  await upsertVolume(tx, instance, {
    id: newId(run.deps.env, 'volume'),
    instanceId: instance.id,
    providerId: instance.providerId,
    providerRef: volume.ref.id,
    zone: volume.ref.zone,
    kind: 'data',
    sizeBytes: volume.sizeBytes ?? 0,
    isBoot: false,
    nanosPerHour: volume.nanosPerHour ?? null,
  });
}

/** Without the provider's word on an end: now, because until now it could not be told from one that exists. */
export async function recordCost(
  run: Run,
  tx: Transaction,
  attempt: AttemptRow,
  { resource, rate }: Fact,
  edge: 'start' | 'stop',
): Promise<void> {
  if (!isBilled(attempt.kind)) return;
  const { instance } = run.situation;
  await insertCostEvent(run.deps.env, tx, instance, {
    instanceId: instance.id,
    resourceKind: attempt.kind,
    resourceRef: resource.ref.id,
    edge,
    atMs: edge === 'start' ? (resource.billedFromMs ?? resource.createdAtMs) : resource.billedToMs,
    providerId: instance.providerId,
    zone: resource.ref.zone,
    ...rate,
    correlationId: instance.correlationId,
  });
}
