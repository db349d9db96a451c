/**
 * The way out: requests end first, then everything at the provider is found, deleted and proven gone, servers
 * before what they use. It never gives up; whatever waits does not hold up the rest.
 */
import type { InstanceState } from '#contracts/instances.ts';
import type { ResourceKind } from '#providers/provider.ts';
import type { AttemptRow, VolumeRow } from '../rows.ts';
import { resolveCalled } from './decide-create.ts';
import { pollDelay } from './delays.ts';
import { isFresh, undiscovered } from './observe.ts';
import { currentAttempt, isServer, RELEASE_ORDER, refOf, seenOf } from './resources.ts';
import { type Decision, heldBack, type Seen, type Situation } from './situation.ts';

/** Agents that were not reached are asked again after this long. */
const DRAIN_RETRY_MS = 500;
/** Nothing that was ordered is wanted any more; a late answer may still bring something to light. */
const ENDED: readonly InstanceState[] = ['provisioning_failed', 'terminated', 'archived'];
/** How often an agent with open requests is asked; its heartbeat tells the end sooner. */
const DRAIN_POLL_MS = 1_000;

export function decideDraining(situation: Situation, seen: Seen): Decision {
  const { instance, worker, nowMs, limits } = situation;
  const elapsedMs = nowMs - instance.stateAtMs;
  const canSpeak = worker !== undefined && worker.registeredAtMs !== null && instance.address !== null;
  if (!canSpeak || worker.isRevoked) {
    return { do: 'move', to: 'terminating', reason: 'drain_unreachable' };
  }
  if (seen.drain === undefined) return { do: 'order_drain' };
  if (seen.drain !== 'unreachable' && seen.drain.inFlight === 0) {
    return { do: 'move', to: 'terminating', reason: 'drained' };
  }
  if (elapsedMs >= limits.drainDeadlineMs) {
    return { do: 'move', to: 'terminating', reason: 'drain_deadline' };
  }
  const leftMs = limits.drainDeadlineMs - elapsedMs;
  if (seen.drain !== 'unreachable') return { do: 'wait', ms: Math.min(leftMs, DRAIN_POLL_MS) };
  if (!isFresh(situation) || elapsedMs >= limits.drainUnreachableMs) {
    return { do: 'move', to: 'terminating', reason: 'drain_unreachable' };
  }
  return { do: 'wait', ms: Math.min(leftMs, DRAIN_RETRY_MS) };
}

/** Servers use everything else, so they go first, to the proof; the rest then goes in order, side by side. */
export function decideTerminating(situation: Situation, seen: Seen): Decision {
  const servers = releaseAll(situation, seen, ['server']);
  if (servers.do !== 'rest') return servers;
  const doomed = situation.volumes.filter((volume) => volume.deleteOnTerminate && !volume.isDeleted);
  const others = firstAction([
    ...doomed.map((volume) => heldBack(releaseVolume(situation, seen, volume), seen)),
    releaseAll(situation, seen, RELEASE_ORDER.slice(1)),
  ]);
  if (others.do !== 'rest') return others;
  return { do: 'move', to: 'terminated', reason: 'nothing_left' };
}

function releaseAll(situation: Situation, seen: Seen, kinds: readonly ResourceKind[]): Decision {
  const attempts = kinds.flatMap((kind) => situation.attempts.filter((attempt) => attempt.kind === kind));
  return firstAction(attempts.map((attempt) => heldBack(releaseAttempt(situation, seen, attempt), seen)));
}

/**
 * What exists beside the machine that is kept: second resources of an order, and what belonged to an offer that was
 * left. After a failed start everything; in `terminating` all of it goes anyway.
 */
export function releaseStrays(situation: Situation, seen: Seen): Decision {
  if (situation.instance.state === 'terminating') return { do: 'rest' };
  const strays = RELEASE_ORDER.flatMap((kind) =>
    situation.attempts.filter((attempt) => attempt.kind === kind && isUnwanted(situation, attempt)),
  );
  return firstAction([
    ...strays.map((attempt) => heldBack(releaseAttempt(situation, seen, attempt), seen)),
    ...situation.volumes
      .filter((volume) => isLeftOver(situation, volume))
      .map((volume) => heldBack(releaseVolume(situation, seen, volume), seen)),
  ]);
}

/** It came with another server than the one that is kept, and that one is proven gone. */
function isLeftOver({ instance, attempts }: Situation, volume: VolumeRow): boolean {
  const { discoveredOn } = volume;
  if (volume.isDeleted || !volume.deleteOnTerminate || discoveredOn === null) return false;
  if (discoveredOn === instance.serverRef) return false;
  return attempts.some(
    (attempt) =>
      attempt.kind === 'server' && attempt.providerRef === discoveredOn && attempt.state === 'absent',
  );
}

function isUnwanted(situation: Situation, attempt: AttemptRow): boolean {
  const { instance } = situation;
  if (attempt.isStray || ENDED.includes(instance.state)) return true;
  if (attempt.state !== 'present') return false;
  return attempt.kind === 'server' && instance.serverRef !== null
    ? attempt.providerRef !== instance.serverRef
    : attempt !== currentAttempt(situation, attempt.kind);
}

/** Anything that was ordered for this machine and may still be there, apart from volumes that are to be kept. */
export function isAnythingLeft({ attempts, volumes }: Situation): boolean {
  const kept = volumes.filter((volume) => !volume.deleteOnTerminate && !volume.isDeleted);
  return (
    volumes.some((volume) => volume.deleteOnTerminate && !volume.isDeleted) ||
    attempts.some(
      (attempt) =>
        attempt.state !== 'absent' &&
        !(attempt.kind === 'volume' && kept.some((volume) => isVolumeOf(attempt, volume))),
    )
  );
}

/** The first that can be done now, else the shortest wait; `rest` when nothing is left. */
function firstAction(decisions: readonly Decision[]): Decision {
  const open = decisions.filter((decision) => decision.do !== 'rest');
  const action = open.find((decision) => decision.do !== 'wait');
  if (action) return action;
  const waits = open.flatMap((decision) => (decision.do === 'wait' ? [decision.ms] : []));
  return waits.length === 0 ? { do: 'rest' } : { do: 'wait', ms: Math.min(...waits) };
}

function releaseAttempt(situation: Situation, seen: Seen, attempt: AttemptRow): Decision {
  switch (attempt.state) {
    case 'absent':
      return { do: 'rest' };
    case 'open':
      return { do: 'resolve_absent', attempt };
    case 'called':
      return resolveCalled(situation, seen, attempt, false);
    case 'present':
      return attempt.kind === 'volume'
        ? releaseDataVolume(situation, seen, attempt)
        : releasePresent(situation, seen, attempt);
  }
}

/** A volume has a row of its own, which says whether it is to be kept. */
function releaseDataVolume(situation: Situation, seen: Seen, attempt: AttemptRow): Decision {
  const volume = situation.volumes.find((candidate) => isVolumeOf(attempt, candidate));
  if (!volume) return releasePresent(situation, seen, attempt);
  if (volume.isDeleted) return { do: 'confirm_gone', attempt, resource: null };
  return volume.deleteOnTerminate ? releaseVolume(situation, seen, volume) : { do: 'rest' };
}

function isVolumeOf(attempt: AttemptRow, volume: VolumeRow): boolean {
  return volume.providerRef === attempt.providerRef && volume.zone === attempt.zone;
}

function releasePresent(situation: Situation, seen: Seen, attempt: AttemptRow): Decision {
  const found = seenOf(seen, attempt);
  if (found === undefined) {
    return attempt.kind === 'server'
      ? { do: 'look', serverRef: refOf(attempt).id }
      : { do: 'look_part', attempt };
  }
  const volumeRef = found && isServer(found) ? undiscovered(situation, seen, found) : undefined;
  if (found && isServer(found) && volumeRef) return { do: 'discover_volume', server: found, volumeRef };
  if (found?.state === 'gone') return { do: 'confirm_gone', attempt, resource: found };
  const deletion = { do: 'delete_resource', attempt } as const;
  if (attempt.deleteCalledAtMs === null) {
    // What is not visible yet is waited for: deleted blindly, a server could not tell of its volumes any more.
    const leftMs = found === null ? (attempt.absentAfterMs ?? 0) - situation.nowMs : 0;
    return leftMs > 0 ? { do: 'wait', ms: Math.min(leftMs, pollDelay(situation)) } : deletion;
  }
  if (found === null) {
    // Not being seen is a hint; after the window it is a proof.
    const provenAtMs = Math.max(
      attempt.deleteCalledAtMs + situation.limits.absenceWindowMs,
      attempt.absentAfterMs ?? 0,
    );
    if (situation.nowMs >= provenAtMs) return { do: 'confirm_gone', attempt, resource: found };
  } else if (found.state !== 'stopping' && isRepeatDue(situation, attempt.deleteCalledAtMs)) {
    return deletion;
  }
  return { do: 'wait', ms: pollDelay(situation) };
}

function releaseVolume(situation: Situation, seen: Seen, volume: VolumeRow): Decision {
  const found = seen.volumes.get(volume.id);
  if (found === undefined) return { do: 'look_volume', volume };
  if (found?.state === 'gone') return { do: 'confirm_volume_gone', volume, seen: found };
  if (volume.deleteCalledAtMs === null) return { do: 'delete_volume', volume };
  if (found === null) {
    const provenAtMs = volume.deleteCalledAtMs + situation.limits.absenceWindowMs;
    if (situation.nowMs >= provenAtMs) return { do: 'confirm_volume_gone', volume, seen: null };
  } else if (isRepeatDue(situation, volume.deleteCalledAtMs)) {
    return { do: 'delete_volume', volume };
  }
  return { do: 'wait', ms: pollDelay(situation) };
}

/** An accepted delete that shows no effect is ordered again after ten looks' time. */
function isRepeatDue({ nowMs, limits }: Situation, deleteCalledAtMs: number): boolean {
  return nowMs - deleteCalledAtMs >= 10 * limits.pollMs;
}
