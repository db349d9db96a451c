/**
 * From the order to a server that exists, or to the certainty that none does.
 *
 * Before each call an attempt row says that it may happen. An answer makes it present or absent; no answer leaves it
 * `called`, and then it is looked for by its tag, asked for again with the same token where the provider knows
 * tokens, and given up only when it has stayed invisible for the whole window.
 */
import type { InstanceReason } from '#contracts/instances.ts';
import { INSTANCE_REASONS } from '#contracts/instances.ts';
import type { AttemptRow } from '../rows.ts';
import { pollDelay } from './delays.ts';
import type { Decision, Seen, Situation } from './situation.ts';

export function decideCreate(situation: Situation, seen: Seen): Decision {
  const { instance, attempts } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const attempt = attempts.at(-1);
  if (instance.serverRef !== null) return { do: 'move', to: 'booting', reason: 'server_created' };
  if (!attempt || attempt.state === 'absent') return decideNextAttempt(situation, attempt);
  if (attempt.state === 'open') return decideFirstCall(situation, attempt);
  if (attempt.state === 'present') return adoptKnown(situation, seen, attempt, attempt.providerRef ?? '');
  return resolveCalled(situation, seen, attempt, mayCall(situation, attempt));
}

/** The id was written as a fact by a run that had lost its lease before it could decide anything. */
function adoptKnown(situation: Situation, seen: Seen, attempt: AttemptRow, serverRef: string): Decision {
  const server = seen.servers.get(serverRef);
  if (server === undefined) return { do: 'look', serverRef };
  if (server) return { do: 'adopt', attempt, servers: [server] };
  if (situation.nowMs >= (attempt.absentAfterMs ?? 0)) {
    return { do: 'confirm_server_gone', attempt, serverRef, server };
  }
  return { do: 'wait', ms: pollDelay(situation) };
}

/** What to do about an attempt that may or may not exist; `mayCallAgain` is false when it is unwanted by now. */
export function resolveCalled(
  situation: Situation,
  seen: Seen,
  attempt: AttemptRow,
  mayCallAgain: boolean,
): Decision {
  const found = seen.found.get(attempt.id);
  if (!found) return { do: 'find_attempt', attempt };
  if (found.length > 0) return { do: 'adopt', attempt, servers: found };
  const leftMs = (attempt.absentAfterMs ?? 0) - situation.nowMs;
  if (leftMs <= 0) return { do: 'resolve_absent', attempt };
  if (mayCallAgain && situation.capabilities.idempotentCreate === 'token') {
    return { do: 'call_create', attempt };
  }
  return { do: 'wait', ms: Math.min(leftMs, pollDelay(situation)) };
}

function decideNextAttempt(situation: Situation, last: AttemptRow | undefined): Decision {
  if (last?.refusalKind) {
    return { do: 'move', to: 'provisioning_failed', reason: reasonOfRefusal(last.refusalKind) };
  }
  const isLate = !isInTime(situation);
  if (last && (isLate || situation.attempts.length >= situation.limits.attemptsMax)) {
    return { do: 'move', to: 'provisioning_failed', reason: 'provider_unanswered' };
  }
  return { do: 'open_attempt' };
}

function decideFirstCall(situation: Situation, attempt: AttemptRow): Decision {
  return isInTime(situation) ? { do: 'call_create', attempt } : { do: 'resolve_absent', attempt };
}

function mayCall(situation: Situation, attempt: AttemptRow): boolean {
  return attempt.refusalKind === null && isInTime(situation);
}

function isInTime({ instance, nowMs, limits }: Situation): boolean {
  return nowMs - instance.stateAtMs < limits.provisionDeadlineMs;
}

/** Kinds of refusal are reasons of their own; one we do not know is told as such. */
export function reasonOfRefusal(kind: string): InstanceReason {
  return (INSTANCE_REASONS as readonly string[]).includes(kind)
    ? (kind as InstanceReason)
    : 'provider_unknown';
}
