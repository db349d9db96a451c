/** Carries out decisions about a server that does not exist yet, or of which nobody knows. */

import { diskNeeded } from '#catalog/fit.ts';
import type { Transaction } from '#database/database.ts';
import { LeaseLostError } from '#jobs/jobs.ts';
import { type AttemptId, newId } from '#kernel/ids.ts';
import { hashToken, tokenIdOf } from '#kernel/token.ts';
import type { CreateServer, ProviderError, Server } from '#providers/provider.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import type { AttemptRow } from '../rows.ts';
import {
  insertAttempt,
  insertStray,
  markAttemptCalled,
  noteRefusal,
  recordAbsent,
  recordPresent,
  reopenAttempt,
} from '../store/attempts.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce, completeSteps, setServer, transition } from '../store/instances.ts';
import { extendBootstrap, replaceBootstrap } from '../store/workers.ts';
import { bootstrapTokenOf } from '../worker-tokens.ts';
import {
  actorOf,
  apply,
  callProvider,
  describeError,
  holdBack,
  log,
  logOnceInAWhile,
  providerOf,
  type Run,
} from './run.ts';
import type { Decision } from './situation.ts';

/** No primitive renews the tag yet, so the date lies behind any machine's life; a reaper must not take it for orphaned. */
const EXPIRES_AFTER_MS = 10 * 365 * 86_400_000;
const NAME_LENGTH = 30;

/** The intent, with the hash of the token that its user data will carry. */
export async function openAttempt(run: Run): Promise<void> {
  const { env, controlKey } = run.deps;
  const { instance, attempts } = run.situation;
  const id = newId(env, 'attempt');
  const bootstrap = bootstrapTokenOf(controlKey, instance.id, id);
  await apply(run, 'open-attempt', async (tx) => {
    await insertAttempt(tx, instance, {
      id,
      instanceId: instance.id,
      number: (attempts.at(-1)?.number ?? 0) + 1,
      providerId: instance.providerId,
      zone: instance.zone,
      name: `inv-${instance.name.slice(0, NAME_LENGTH)}-${tokenIdOf(id).slice(-16)}`,
    });
    const hash = hashToken(bootstrap.reveal());
    await replaceBootstrap(tx, instance, instance.id, { hash, ttlMs: run.settings.bootstrapTtlMs });
  });
}

/** Marked in its own commit, then called: whoever comes after a crash knows that it may have happened. */
export async function callCreate(
  run: Run,
  decision: Extract<Decision, { do: 'call_create' }>,
): Promise<void> {
  const { attempt } = decision;
  const { instance, limits } = run.situation;
  const { env } = run.deps;
  const { settings } = run;
  // The call begins within one such time, and may have its effect within another.
  const windowMs = 2 * settings.providerTimeoutMs + limits.absenceWindowMs;
  const markedAt = env.clock.monotonic();
  await apply(run, 'mark-called', async (tx) => {
    await markAttemptCalled(tx, instance, attempt.id, windowMs);
    await logOnceInAWhile(run, tx, {
      code: 'PROVIDER_CREATE',
      status: 'started',
      metadata: { attempt: attempt.id, number: attempt.number },
    });
  });
  const provider = providerOf(run);
  const order = composeOrder(run, attempt);
  const answer = await callProvider(run, 'create', (context) => {
    // Asked last of all: a process that was stopped for long must not call, its attempt may count as absent by now.
    const isLate = env.clock.monotonic() - markedAt > settings.providerTimeoutMs;
    if (isLate) throw new Error('stopped for too long before its call: the next run resolves the attempt');
    return provider.createServer(context, order);
  });
  if (answer.ok) {
    await adoptServers(run, attempt, [answer.value], {
      code: 'PROVIDER_CREATE',
      durationMs: answer.durationMs,
    });
  } else {
    await judgeFailure(run, decision, answer);
  }
}

function composeOrder(run: Run, attempt: AttemptRow): CreateServer {
  const { instance } = run.situation;
  const { controlKey, installationId, renderUserData } = run.deps;
  return {
    zone: instance.zone,
    type: instance.instanceType,
    name: attempt.name,
    owner: {
      installation: installationId,
      instance: instance.id,
      attempt: attempt.id,
      // From the attempt's own time: a repeated order must be the same order.
      expiresAtMs: attempt.createdAtMs + EXPIRES_AFTER_MS,
    },
    userData: renderUserData({
      instanceId: instance.id,
      bootstrapToken: bootstrapTokenOf(controlKey, instance.id, attempt.id),
    }),
    rootBytes: diskNeeded({ weightsBytes: instance.weightsBytes }),
    parts: [],
  };
}

/**
 * A first call that was refused for certain made nothing. After an unanswered call even a refusal proves nothing of
 * that one, so it is kept and the attempt is watched until its absence is proven.
 */
async function judgeFailure(
  run: Run,
  decision: Extract<Decision, { do: 'call_create' }>,
  failure: { readonly error: ProviderError; readonly durationMs: number },
): Promise<void> {
  const { attempt } = decision;
  const { instance } = run.situation;
  const { error, durationMs } = failure;
  const isFirstCall = attempt.state === 'open';
  if (error.isDefiniteRefusal) {
    await apply(run, 'refused', async (tx) => {
      await noteRefusal(tx, instance, attempt.id, { kind: error.facts.kind, message: error.message });
      if (isFirstCall) await recordAbsent(tx, instance, attempt.id);
      const errorCode = error.facts.kind;
      const metadata = describeError(error);
      await log(run, tx, { code: 'PROVIDER_CREATE', status: 'failed', durationMs, errorCode, metadata });
    });
    return;
  }
  if (isFirstCall && !error.facts.outcomeUnknown) {
    await apply(run, 'reopen', (tx) => reopenAttempt(tx, instance, attempt.id));
  }
  await holdBack(run, decision, 'PROVIDER_CREATE', failure);
}

export async function findAttempt(
  run: Run,
  decision: Extract<Decision, { do: 'find_attempt' }>,
): Promise<void> {
  const { attempt } = decision;
  const { zone } = run.situation.instance;
  const provider = providerOf(run);
  const answer = await callProvider(run, 'find', (context) =>
    provider.findServersByAttempt(context, zone, attempt.id),
  );
  if (answer.ok) run.seen.found.set(attempt.id, answer.value);
  else await holdBack(run, decision, 'PROVIDER_FIND', answer);
}

/** Keeps the oldest server that still exists; the others get rows of their own and are deleted like any stray. */
export async function adoptServers(
  run: Run,
  attempt: AttemptRow,
  servers: readonly Server[],
  how: { readonly code: 'PROVIDER_CREATE' | 'PROVIDER_ADOPT'; readonly durationMs?: number },
): Promise<void> {
  const [kept, ...others] = [...servers].sort(
    (a, b) => Number(a.state === 'gone') - Number(b.state === 'gone') || a.createdAtMs - b.createdAtMs,
  );
  if (!kept) return;
  for (const server of servers) run.seen.servers.set(server.ref.id, server);
  const { instance } = run.situation;
  try {
    await apply(run, 'adopt', async (tx) => {
      await recordFacts(run, tx, attempt.id, kept);
      for (const stray of others) await recordStray(run, tx, attempt, stray);
      await setServer(tx, instance, instance.id, { ref: kept.ref.id, address: undefined });
      await extendBootstrap(tx, instance, instance.id, run.settings.bootstrapTtlMs);
      await completeSteps(tx, instance, instance.id, ['server_created']);
      const metadata = { server_ref: kept.ref.id, attempt: attempt.id, strays: others.length };
      await log(run, tx, { code: how.code, status: 'succeeded', durationMs: how.durationMs, metadata });
      if (instance.state !== 'provisioning') return announce(tx, instance, instance.id);
      await transition(run.deps.env, tx, moveToBooting(run), actorOf(run));
    });
  } catch (error) {
    if (error instanceof LeaseLostError) await keepFacts(run, attempt, kept);
    throw error;
  }
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

/** Without the lease nothing may be decided, but a server that exists and costs is a fact. */
async function keepFacts(run: Run, attempt: AttemptRow, server: Server): Promise<void> {
  const { instance } = run.situation;
  await run.deps.db.transaction(async (tx) => {
    await wakeReconciler(tx, instance, instance.id, instance.correlationId);
    await recordFacts(run, tx, attempt.id, server);
  });
}

async function recordFacts(run: Run, tx: Transaction, attemptId: AttemptId, server: Server): Promise<void> {
  await recordPresent(tx, run.situation.instance, attemptId, server.ref.id);
  await startServerCosts(run, tx, server);
}

async function recordStray(run: Run, tx: Transaction, attempt: AttemptRow, server: Server): Promise<void> {
  const { instance } = run.situation;
  await insertStray(tx, instance, {
    id: newId(run.deps.env, 'attempt'),
    instanceId: instance.id,
    number: attempt.number,
    providerId: instance.providerId,
    zone: instance.zone,
    name: `${attempt.name}.${server.ref.id}`,
    providerRef: server.ref.id,
  });
  await startServerCosts(run, tx, server);
}

export async function startServerCosts(run: Run, tx: Transaction, server: Server): Promise<void> {
  const { instance } = run.situation;
  await insertCostEvent(run.deps.env, tx, instance, {
    instanceId: instance.id,
    resourceKind: 'server',
    resourceRef: server.ref.id,
    edge: 'start',
    atMs: server.billedFromMs ?? server.createdAtMs,
    providerId: instance.providerId,
    zone: server.ref.zone,
    nanosPerHour: instance.priceNanosPerHour,
    currency: instance.priceCurrency,
    correlationId: instance.correlationId,
  });
}

export async function resolveAbsent(run: Run, attempt: AttemptRow): Promise<void> {
  const { instance } = run.situation;
  await apply(run, 'resolve-absent', async (tx) => {
    await recordAbsent(tx, instance, attempt.id);
    await log(run, tx, {
      code: 'PROVIDER_FIND',
      status: 'succeeded',
      metadata: { attempt: attempt.id, proven_absent: true },
    });
  });
}
