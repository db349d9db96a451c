/** Carries out decisions about what does not exist yet, or of which nobody knows: servers and their parts alike. */

import { newId } from '#kernel/ids.ts';
import { hashToken, tokenIdOf } from '#kernel/token.ts';
import type { ProviderError, ResourceKind } from '#providers/provider.ts';
import type { AttemptRow } from '../rows.ts';
import {
  insertAttempt,
  markAttemptCalled,
  noteRefusal,
  recordAbsent,
  reopenAttempt,
} from '../store/attempts.ts';
import { replaceBootstrap } from '../store/workers.ts';
import { bootstrapTokenOf } from '../worker-tokens.ts';
import { adopt } from './act-adopt.ts';
import { rememberRefusal } from './act-offers.ts';
import { createResource, findByAttempt, wordOf } from './resources.ts';
import {
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

const NAME_LENGTH = 30;

/** The intent; that of a server with the hash of the token that its user data will carry. */
export async function openAttempt(run: Run, kind: ResourceKind): Promise<void> {
  const { env, controlKey } = run.deps;
  const { instance } = run.situation;
  const { bootstrapTtlMs: ttlMs, expiryHours } = run.settings;
  const id = newId(env, 'attempt');
  const attempt = {
    id,
    instanceId: instance.id,
    kind,
    offerPosition: instance.offerPosition,
    providerId: instance.providerId,
    zone: instance.zone,
    name: `inv-${instance.name.slice(0, NAME_LENGTH)}-${tokenIdOf(id).slice(-16)}`,
  };
  await apply(run, `open-${wordOf(kind)}`, async (tx) => {
    await insertAttempt(tx, instance, attempt, expiryHours);
    if (kind !== 'server') return;
    const hash = hashToken(bootstrapTokenOf(controlKey, instance.id, id).reveal());
    await replaceBootstrap(tx, instance, instance.id, { hash, ttlMs });
  });
}

/** Marked in its own commit, then called: whoever comes after a crash knows that it may have happened. */
export async function callCreate(
  run: Run,
  decision: Extract<Decision, { do: 'call_create' }>,
): Promise<void> {
  const { attempt } = decision;
  const { env } = run.deps;
  const word = wordOf(attempt.kind);
  const markedAt = env.clock.monotonic();
  await markCalled(run, attempt);
  const provider = providerOf(run);
  const answer = await callProvider(run, `create-${word}`, (context) => {
    // Asked last of all: a process that was stopped for long must not call, its attempt may count as absent by now.
    const isLate = env.clock.monotonic() - markedAt > run.settings.providerTimeoutMs;
    if (isLate) throw new Error('stopped for too long before its call: the next run resolves the attempt');
    return createResource(run, provider, context, attempt);
  });
  if (answer.ok) {
    await adopt(run, attempt, [answer.value], { code: 'PROVIDER_CREATE', durationMs: answer.durationMs });
  } else {
    await judgeFailure(run, decision, answer);
  }
}

async function markCalled(run: Run, attempt: AttemptRow): Promise<void> {
  const { instance, limits } = run.situation;
  // The call begins within one such time, and may have its effect within another.
  const windowMs = 2 * run.settings.providerTimeoutMs + limits.absenceWindowMs;
  const { id, kind, number, zone } = attempt;
  const action = {
    code: 'PROVIDER_CREATE',
    status: 'started',
    metadata: { attempt: id, kind, number, zone },
  } as const;
  await apply(run, `called-${wordOf(kind)}`, async (tx) => {
    await markAttemptCalled(tx, instance, id, windowMs);
    if (attempt.state === 'open') await log(run, tx, action);
    else await logOnceInAWhile(run, tx, action);
  });
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
  const word = wordOf(attempt.kind);
  if (error.isDefiniteRefusal) {
    const { kind } = error.facts;
    await apply(run, `refused-${word}`, async (tx) => {
      await noteRefusal(tx, instance, attempt.id, { kind, message: error.message });
      if (isFirstCall) await recordAbsent(tx, instance, attempt.id);
      await rememberRefusal(run, tx, kind);
      const metadata = { ...describeError(error), kind: attempt.kind };
      await log(run, tx, {
        code: 'PROVIDER_CREATE',
        status: 'failed',
        durationMs,
        errorCode: kind,
        metadata,
      });
    });
    return;
  }
  if (isFirstCall && !error.facts.outcomeUnknown) {
    await apply(run, `reopen-${word}`, (tx) => reopenAttempt(tx, instance, attempt.id));
  }
  await holdBack(run, decision, 'PROVIDER_CREATE', failure);
}

export async function findAttempt(
  run: Run,
  decision: Extract<Decision, { do: 'find_attempt' }>,
): Promise<void> {
  const { attempt } = decision;
  const provider = providerOf(run);
  const answer = await callProvider(run, `find-${wordOf(attempt.kind)}`, (context) =>
    findByAttempt(provider, context, attempt),
  );
  if (answer.ok) run.seen.found.set(attempt.id, answer.value);
  else await holdBack(run, decision, 'PROVIDER_FIND', answer);
}

export async function resolveAbsent(run: Run, attempt: AttemptRow): Promise<void> {
  const { instance } = run.situation;
  await apply(run, `absent-${wordOf(attempt.kind)}`, async (tx) => {
    await recordAbsent(tx, instance, attempt.id);
    await log(run, tx, {
      code: 'PROVIDER_FIND',
      status: 'succeeded',
      metadata: { attempt: attempt.id, kind: attempt.kind, proven_absent: true },
    });
  });
}
