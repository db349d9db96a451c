/**
 * From the order to a server that exists, or to the certainty that none does: first the parts that the provider wants
 * beside it, then the server with them. All kinds are ordered alike.
 *
 * Before each call an attempt row says that it may happen. An answer makes it present or absent; no answer leaves it
 * `called`, and then it is looked for by its tag, asked for again with the same token where the provider knows
 * tokens, and given up only when it has stayed invisible for the whole window. A refusal leads to the next offer.
 */
import { INSTANCE_REASONS, type InstanceReason } from '#contracts/instances.ts';
import type { ResourceKind } from '#providers/provider.ts';
import type { AttemptRow } from '../rows.ts';
import { leaveOffer, refusalOfOffer } from './decide-offers.ts';
import { pollDelay } from './delays.ts';
import { currentAttempt, refOf, seenOf } from './resources.ts';
import type { Decision, Seen, Situation } from './situation.ts';

export function decideCreate(situation: Situation, seen: Seen): Decision {
  const { instance } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  if (instance.serverRef !== null) return { do: 'move', to: 'booting', reason: 'server_created' };
  // While a server may exist its parts stay as they are: it is asked for again with exactly the same order.
  const server = currentAttempt(situation, 'server');
  const isUnresolved = server?.state === 'called' || server?.state === 'present';
  const kinds: readonly ResourceKind[] = isUnresolved ? ['server'] : [...partsToOrder(situation), 'server'];
  for (const kind of kinds) {
    const decision = decideAttempt(situation, seen, kind);
    if (decision) return decision;
  }
  return { do: 'wait', ms: pollDelay(situation) };
}

/** A volume that was given to the instance takes the place of a new one. */
function partsToOrder({ capabilities, givenVolumes }: Situation): readonly ResourceKind[] {
  return givenVolumes.length > 0
    ? capabilities.parts.filter((kind) => kind !== 'volume')
    : capabilities.parts;
}

/** Undefined when it is there. */
function decideAttempt(situation: Situation, seen: Seen, kind: ResourceKind): Decision | undefined {
  const attempt = currentAttempt(situation, kind);
  if (!attempt || attempt.state === 'absent') return decideNextAttempt(situation, kind, attempt);
  if (attempt.state === 'open') return decideFirstCall(situation, attempt);
  if (attempt.state === 'called') return resolveCalled(situation, seen, attempt, mayCall(situation, attempt));
  return kind === 'server' ? adoptKnown(situation, seen, attempt) : undefined;
}

/** The id was written as a fact by a run that had lost its lease before it could decide anything. */
function adoptKnown(situation: Situation, seen: Seen, attempt: AttemptRow): Decision {
  const server = seenOf(seen, attempt);
  if (server === undefined) return { do: 'look', serverRef: refOf(attempt).id };
  if (server) return { do: 'adopt', attempt, resources: [server] };
  if (situation.nowMs >= (attempt.absentAfterMs ?? 0)) {
    return { do: 'confirm_gone', attempt, resource: server };
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
  if (found.length > 0) return { do: 'adopt', attempt, resources: found };
  const leftMs = (attempt.absentAfterMs ?? 0) - situation.nowMs;
  if (leftMs <= 0) return { do: 'resolve_absent', attempt };
  if (mayCallAgain && situation.capabilities.idempotentCreate === 'token') {
    return { do: 'call_create', attempt };
  }
  return { do: 'wait', ms: Math.min(leftMs, pollDelay(situation)) };
}

function decideNextAttempt(situation: Situation, kind: ResourceKind, last: AttemptRow | undefined): Decision {
  const { attempts, limits } = situation;
  if (last?.refusalKind) {
    const refusal = { kind: last.refusalKind, message: last.refusalMessage ?? last.refusalKind };
    return leaveOffer(situation, refusal, kind);
  }
  const tried = attempts.filter((attempt) => attempt.kind === kind && !attempt.isStray).length;
  if (last && (!isInTime(situation) || tried >= limits.attemptsMax)) {
    return { do: 'move', to: 'provisioning_failed', reason: 'provider_unanswered' };
  }
  const refusal = refusalOfOffer(situation);
  if (refusal) return leaveOffer(situation, refusal, kind);
  return situation.instance.isActivated ? { do: 'open_attempt', kind } : awaitActivation(situation);
}

/** Whoever gives what is missing wakes it; looking now and then only makes sure. */
function awaitActivation({ limits }: Situation): Decision {
  return { do: 'wait', ms: limits.watchMs };
}

/** Nothing was asked yet: what is too late by now, or was refused to others meanwhile, is not asked at all. */
function decideFirstCall(situation: Situation, attempt: AttemptRow): Decision {
  if (!situation.instance.isActivated) return awaitActivation(situation);
  const isWanted = isInTime(situation) && refusalOfOffer(situation) === undefined;
  return { do: isWanted ? 'call_create' : 'resolve_absent', attempt };
}

function mayCall(situation: Situation, attempt: AttemptRow): boolean {
  return attempt.refusalKind === null && isInTime(situation) && situation.instance.isActivated;
}

function isInTime({ instance, nowMs, limits }: Situation): boolean {
  return nowMs - wantedSinceMs(instance) < limits.provisionDeadlineMs;
}

/** An order counts from the moment from which it may be carried out. */
export function wantedSinceMs({ stateAtMs, activatedAtMs }: Situation['instance']): number {
  return Math.max(stateAtMs, activatedAtMs ?? stateAtMs);
}

/** Kinds of refusal are reasons of their own; one we do not know is told as such. */
export function reasonOfRefusal(kind: string): InstanceReason {
  return (INSTANCE_REASONS as readonly string[]).includes(kind)
    ? (kind as InstanceReason)
    : 'provider_unknown';
}
