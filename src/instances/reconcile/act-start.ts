/** Carries out decisions about a server that exists: look, start, talk to its agent, move on. */

import { closeAlert, raiseAlert } from '#alerts/alerts.ts';
import type { InstanceState } from '#contracts/instances.ts';
import type { Transaction } from '#database/database.ts';
import { newId } from '#kernel/ids.ts';
import type { ProviderError, ResourceRef, Volume } from '#providers/provider.ts';
import { isLive } from '../instance-machine.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import {
  announce,
  completeSteps,
  forgetInstallation,
  forgetServerSteps,
  recordHealth,
  recordLook,
  setServer,
  transition,
} from '../store/instances.ts';
import { endReinstall } from '../store/reinstalls.ts';
import { findVolumeOwner, upsertVolume } from '../store/volumes.ts';
import { extendBootstrap } from '../store/workers.ts';
import type { AgentCall, AgentFacts } from '../worker-link.ts';
import { controlTokenOf } from '../worker-tokens.ts';
import { giveUpServer } from './act-offers.ts';
import { reasonOfRefusal } from './decide-create.ts';
import { isShortage } from './decide-offers.ts';
import { failureDelay } from './delays.ts';
import { isBehindTunnel, isFresh } from './observe.ts';
import { composeServer } from './resources.ts';
import {
  actorOf,
  apply,
  callProvider,
  describeError,
  holdBack,
  log,
  logOnceInAWhile,
  type ProviderAnswer,
  providerOf,
  RECONCILER,
  type Run,
} from './run.ts';
import { type Decision, keyOf, type Seen, type Situation } from './situation.ts';
import { raiseStateAlert } from './state-alerts.ts';

export async function look(run: Run, decision: Extract<Decision, { do: 'look' }>): Promise<void> {
  const { instance, attempts } = run.situation;
  // What the row alone can decide goes on without the provider; only an end needs its proof.
  if (!run.provider && instance.state !== 'terminating') return lookInVain(run, decision);
  // A server of an offer that was left is in another zone than the one that is ordered now.
  const its = attempts.find((one) => one.kind === 'server' && one.providerRef === decision.serverRef);
  const ref = { id: decision.serverRef, zone: its?.zone ?? instance.zone };
  const provider = providerOf(run);
  const answer = await callProvider(run, 'look', (context) => provider.findServer(context, ref));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_LOOK', answer);
  run.seen.servers.set(ref.id, answer.value ?? null);
  if (ref.id !== instance.serverRef) return;
  await apply(run, 'look', (tx) => recordLook(tx, instance, instance.id, answer.value?.state));
}

async function lookInVain(run: Run, decision: Decision): Promise<void> {
  run.seen.held.set(keyOf(decision), failureDelay(run.situation, undefined));
  const errorCode = 'provider.not_enabled';
  await apply(run, 'look', (tx) =>
    logOnceInAWhile(run, tx, { code: 'PROVIDER_LOOK', status: 'failed', errorCode }),
  );
}

/** Learns of a volume while its server still tells of it; what cannot be read before a delete is kept by its id. */
export async function discoverVolume(
  run: Run,
  decision: Extract<Decision, { do: 'discover_volume' }>,
): Promise<void> {
  const { server, volumeRef } = decision;
  const { instance } = run.situation;
  const ref = server.volumes.find((candidate) => candidate.id === volumeRef);
  if (!ref) return;
  const provider = providerOf(run);
  const answer = await callProvider(run, 'discover-volume', (context) => provider.findVolume(context, ref));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DISCOVER_VOLUME', answer);
  const volume = answer.value;
  if (!volume && instance.state !== 'terminating') {
    run.seen.unreadable.add(volumeRef);
    return;
  }
  const named = { providerId: instance.providerId, providerRef: ref.id, zone: ref.zone };
  await apply(run, 'discover-volume', async (tx) => {
    await upsertVolume(tx, instance, {
      ...named,
      id: newId(run.deps.env, 'volume'),
      instanceId: instance.id,
      kind: volume?.kind ?? 'unknown',
      sizeBytes: volume?.sizeBytes ?? 0,
      isBoot: volume?.isBoot ?? false,
      nanosPerHour: volume?.nanosPerHour ?? null,
      discoveredOn: server.ref.id,
    });
    // One that was given to this machine and passed on since is another's, with its cost.
    if ((await findVolumeOwner(tx, instance, named)) !== instance.id) {
      run.seen.unreadable.add(volumeRef);
      return;
    }
    if (volume) await recordVolumeCost(run, tx, volume, 'start');
    await log(run, tx, {
      code: 'PROVIDER_DISCOVER_VOLUME',
      status: 'succeeded',
      durationMs: answer.durationMs,
      metadata: { volume_ref: ref.id, kind: volume?.kind, size_bytes: volume?.sizeBytes },
    });
  });
}

export async function recordVolumeCost(
  run: Run,
  tx: Transaction,
  volume: Volume,
  edge: 'start' | 'stop',
): Promise<void> {
  const { instance } = run.situation;
  await insertCostEvent(run.deps.env, tx, instance, {
    instanceId: instance.id,
    resourceKind: 'volume',
    resourceRef: volume.ref.id,
    edge,
    atMs: edge === 'start' ? volume.billedFromMs : volume.billedToMs,
    providerId: instance.providerId,
    zone: volume.ref.zone,
    nanosPerHour: volume.nanosPerHour ?? null,
    // A provider bills its volumes in the currency of its servers.
    currency: volume.nanosPerHour === undefined ? null : instance.priceCurrency,
    correlationId: instance.correlationId,
  });
}

export async function startServer(
  run: Run,
  decision: Extract<Decision, { do: 'start_server' }>,
): Promise<void> {
  const { instance } = run.situation;
  const ref = { id: decision.serverRef, zone: instance.zone };
  const provider = providerOf(run);
  const prepared = await prepareServer(run, ref);
  const answer = prepared.ok
    ? await callProvider(run, 'start', (context) => provider.startServer(context, ref))
    : prepared;
  if (!answer.ok && answer.error.isDefiniteRefusal) return refuseStart(run, answer);
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_START', answer);
  // What was seen before the start says nothing about after it.
  run.seen.servers.delete(ref.id);
  await apply(run, 'start', async (tx) => {
    await completeSteps(tx, instance, instance.id, ['started']);
    await extendBootstrap(tx, instance, instance.id, run.settings.bootstrapTtlMs);
    await log(run, tx, { code: 'PROVIDER_START', status: 'succeeded', durationMs: answer.durationMs });
    await announce(tx, instance, instance.id);
  });
}

/** Nothing is noted of it: whoever starts a server makes it whole first, also after a crash in between. */
async function prepareServer(run: Run, ref: ResourceRef): Promise<ProviderAnswer<void>> {
  const provider = providerOf(run);
  const attempt = run.situation.attempts.find((one) => one.kind === 'server' && one.providerRef === ref.id);
  if (!provider.prepareServer || !attempt) return { ok: true, value: undefined, durationMs: 0 };
  const order = composeServer(run, attempt);
  return callProvider(run, 'prepare', async (context) => provider.prepareServer?.(context, ref, order));
}

/** Where room is missing the next offer is asked; anything else is for people. */
async function refuseStart(
  run: Run,
  { error, durationMs }: { readonly error: ProviderError; readonly durationMs: number },
): Promise<void> {
  const { kind } = error.facts;
  const reason = reasonOfRefusal(kind);
  const to = isShortage(kind) ? 'provisioning' : 'startup_failed';
  await apply(run, 'start-refused', async (tx) => {
    const failed = { status: 'failed', errorCode: kind, durationMs, metadata: describeError(error) } as const;
    await log(run, tx, { code: 'PROVIDER_START', ...failed });
    if (isShortage(kind)) await giveUpServer(run, tx, { kind, message: error.message });
    await changeState(run, tx, { do: 'move', to, reason });
  });
  logMove(run, to, reason);
}

/** The provider took the order, and the server stands still again or is gone: the next offer is asked. */
export async function giveUpStart(
  run: Run,
  { refusal }: Extract<Decision, { do: 'give_up_start' }>,
): Promise<void> {
  const { kind, message } = refusal;
  await apply(run, 'start-in-vain', async (tx) => {
    await log(run, tx, { code: 'PROVIDER_START', status: 'failed', errorCode: kind, metadata: { message } });
    await giveUpServer(run, tx, refusal);
    await forgetServerSteps(tx, run.situation.instance, run.situation.instance.id);
    await changeState(run, tx, { do: 'move', to: 'provisioning', reason: reasonOfRefusal(kind) });
  });
  logMove(run, 'provisioning', reasonOfRefusal(kind));
}

/** An earlier run had started it and died before it could say so. */
export async function noteStarted(run: Run): Promise<void> {
  const { instance } = run.situation;
  await apply(run, 'note-started', async (tx) => {
    await completeSteps(tx, instance, instance.id, ['started']);
    await announce(tx, instance, instance.id);
  });
}

export async function move(run: Run, decision: Extract<Decision, { do: 'move' }>): Promise<void> {
  await apply(run, `move-${decision.to}`, (tx) => changeState(run, tx, decision));
  logMove(run, decision.to, decision.reason);
}

/** One line per change of state, written when it has happened. */
export function logMove(run: Run, to: string, reason: string): void {
  const { id: instanceId, state: from, correlationId } = run.situation.instance;
  run.deps.env.log.info(
    { instance_id: instanceId, from, to, reason, correlation_id: correlationId },
    'an instance changed its state',
  );
}

async function changeState(
  run: Run,
  tx: Transaction,
  decision: Extract<Decision, { do: 'move' }>,
): Promise<void> {
  const { instance } = run.situation;
  if (decision.address !== undefined && instance.serverRef !== null) {
    await setServer(tx, instance, instance.id, { ref: instance.serverRef, address: decision.address });
  }
  await completeSteps(tx, instance, instance.id, decision.steps ?? []);
  const { orgId, id, state: from, stateVersion: expectedVersion } = instance;
  const { to, reason } = decision;
  await transition(run.deps.env, tx, { orgId, id, from, to, expectedVersion, reason }, actorOf(run));
  if (to === 'installing' && from !== 'booting') await forgetInstallation(tx, instance, id);
  if (from === 'installing' && isLive(to)) await settleReinstall(run, tx, to);
  await raiseStateAlert(run, tx, decision);
}

/** It was installed when the worker has spoken; any other way out of the installation is a failure. */
async function settleReinstall(run: Run, tx: Transaction, to: InstanceState): Promise<void> {
  const { instance, reinstall } = run.situation;
  if (!reinstall) return;
  const outcome = to === 'starting' ? 'installed' : 'failed';
  await endReinstall(tx, instance, instance.id, { outcome });
  await log(run, tx, {
    code: 'WORKER_REINSTALL',
    status: outcome === 'installed' ? 'succeeded' : 'failed',
    metadata: { path: reinstall.path },
  });
}

export async function checkHealth(run: Run): Promise<void> {
  const { env, link } = run.deps;
  const call = agentCall(run);
  if (!call) {
    // Nobody can be asked behind a NAT: its heartbeat is what is known.
    if (isBehindTunnel(run.situation)) run.seen.health = 'unreachable';
    return;
  }
  await env.crashPoint(`${RECONCILER}.health.before`);
  const startedAt = env.clock.monotonic();
  const answer = await link.checkHealth(call);
  const durationMs = env.clock.monotonic() - startedAt;
  run.seen.health = answer.verdict;
  run.deps.onHealth?.(answer.verdict, durationMs);
  await apply(run, 'health', async (tx) => {
    await recordHealth(tx, run.situation.instance, run.situation.instance.id, answer.verdict);
    if (answer.verdict === 'confirmed') {
      await log(run, tx, { code: 'HEALTH_CHECK', status: 'succeeded', durationMs });
      return reportMismatch(run, tx, answer.info);
    }
    const metadata =
      answer.verdict === 'unreachable'
        ? { error: answer.error }
        : { worker_status: answer.status, failed_check: answer.check };
    const failed = { status: 'failed', durationMs, errorCode: answer.verdict, metadata } as const;
    await logOnceInAWhile(run, tx, { code: 'HEALTH_CHECK', ...failed });
  });
}

/** Another agent than the one that was installed still serves; people are told. */
async function reportMismatch(run: Run, tx: Transaction, info: AgentFacts | undefined): Promise<void> {
  const expected = run.deps.expectedAgent;
  if (!info || !expected) return;
  const { orgId, id, correlationId } = run.situation.instance;
  const subject = { kind: 'instance', id };
  if (info.version === expected.version && info.sha256 === expected.sha256) {
    await closeAlert(tx, subject, 'WORKER_VERSION_MISMATCH');
    return;
  }
  const details = { found: { ...info }, expected: { ...expected } };
  const alert = { code: 'WORKER_VERSION_MISMATCH', severity: 'warning', orgId, correlationId } as const;
  await raiseAlert(run.deps.env, tx, { ...alert, subject, details });
  await logOnceInAWhile(run, tx, {
    code: 'WORKER_VERSION_MISMATCH',
    status: 'failed',
    errorCode: 'version_mismatch',
    metadata: details,
  });
}

export async function orderDrain(run: Run): Promise<void> {
  const { env, link } = run.deps;
  const call = agentCall(run);
  if (!call) {
    run.seen.drain = isBehindTunnel(run.situation) ? drainTold(run.situation) : 'unreachable';
    return;
  }
  await env.crashPoint(`${RECONCILER}.drain.before`);
  const startedAt = env.clock.monotonic();
  const answer = await link.orderDrain(call);
  const durationMs = env.clock.monotonic() - startedAt;
  run.seen.drain = 'inFlight' in answer ? answer : 'unreachable';
  await apply(run, 'drain', (tx) =>
    'inFlight' in answer
      ? logOnceInAWhile(run, tx, {
          code: 'WORKER_DRAIN',
          status: 'succeeded',
          durationMs,
          metadata: { in_flight: answer.inFlight },
        })
      : logOnceInAWhile(run, tx, {
          code: 'WORKER_DRAIN',
          status: 'failed',
          durationMs,
          errorCode: 'unreachable',
          metadata: { error: answer.error },
        }),
  );
}

/** The answer to its heartbeat orders it to drain; what it told since is how far it is. */
function drainTold(situation: Situation): Seen['drain'] {
  const { worker } = situation;
  if (!worker || !isFresh(situation)) return 'unreachable';
  if (worker.status === 'ready') return { inFlight: Math.max(1, worker.inFlight) };
  return { inFlight: worker.inFlight };
}

export function agentCall(run: Run): AgentCall | undefined {
  const { instance, worker } = run.situation;
  if (!worker || instance.address === null || isBehindTunnel(run.situation)) return undefined;
  return {
    address: instance.address,
    controlToken: controlTokenOf(run.deps.controlKey, instance.id, worker.epoch),
    correlationId: instance.correlationId,
    signal: run.lease.signal,
    timeoutMs: run.settings.healthTimeoutMs,
  };
}
