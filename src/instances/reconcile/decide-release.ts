/**
 * The way out: requests end first, then everything at the provider is found, deleted and proven gone, servers
 * before volumes. It never gives up; whatever waits does not hold up the rest.
 */
import type { AttemptRow, VolumeRow } from '../rows.ts';
import { resolveCalled } from './decide-create.ts';
import { pollDelay } from './delays.ts';
import { isFresh, undiscovered } from './observe.ts';
import { type Decision, heldBack, type Seen, type Situation } from './situation.ts';

/** Agents that were not reached are asked again after this long. */
const DRAIN_RETRY_MS = 500;
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

export function decideTerminating(situation: Situation, seen: Seen): Decision {
  const servers = firstAction(
    situation.attempts.map((attempt) => heldBack(releaseServer(situation, seen, attempt), seen)),
  );
  if (servers.do !== 'rest') return servers;
  const doomed = situation.volumes.filter((volume) => volume.deleteOnTerminate && !volume.isDeleted);
  const volumes = firstAction(doomed.map((volume) => heldBack(releaseVolume(situation, seen, volume), seen)));
  if (volumes.do !== 'rest') return volumes;
  return { do: 'move', to: 'terminated', reason: 'nothing_left' };
}

/** Servers that exist beside the one that is kept. In `terminating` all of them go anyway. */
export function releaseStrays(situation: Situation, seen: Seen): Decision {
  const { instance, attempts } = situation;
  if (instance.state === 'terminating' || instance.serverRef === null) return { do: 'rest' };
  const strays = attempts.filter(
    (attempt) => attempt.state === 'present' && attempt.providerRef !== instance.serverRef,
  );
  return firstAction(strays.map((attempt) => heldBack(releaseServer(situation, seen, attempt), seen)));
}

/** The first that can be done now, else the shortest wait; `rest` when nothing is left. */
function firstAction(decisions: readonly Decision[]): Decision {
  const open = decisions.filter((decision) => decision.do !== 'rest');
  const action = open.find((decision) => decision.do !== 'wait');
  if (action) return action;
  const waits = open.flatMap((decision) => (decision.do === 'wait' ? [decision.ms] : []));
  return waits.length === 0 ? { do: 'rest' } : { do: 'wait', ms: Math.min(...waits) };
}

function releaseServer(situation: Situation, seen: Seen, attempt: AttemptRow): Decision {
  switch (attempt.state) {
    case 'absent':
      return { do: 'rest' };
    case 'open':
      return { do: 'resolve_absent', attempt };
    case 'called':
      return resolveCalled(situation, seen, attempt, false);
    case 'present':
      return releasePresent(situation, seen, attempt, attempt.providerRef ?? '');
  }
}

function releasePresent(situation: Situation, seen: Seen, attempt: AttemptRow, serverRef: string): Decision {
  const server = seen.servers.get(serverRef);
  if (server === undefined) return { do: 'look', serverRef };
  const volumeRef = server && undiscovered(situation, seen, server);
  if (server && volumeRef) return { do: 'discover_volume', server, volumeRef };
  if (server?.state === 'gone') return { do: 'confirm_server_gone', attempt, serverRef, server };
  const deletion = { do: 'delete_server', attempt, serverRef } as const;
  if (attempt.deleteCalledAtMs === null) {
    // A server that is not visible yet is waited for: deleted blindly, it could not tell of its volumes any more.
    const leftMs = server === null ? (attempt.absentAfterMs ?? 0) - situation.nowMs : 0;
    return leftMs > 0 ? { do: 'wait', ms: Math.min(leftMs, pollDelay(situation)) } : deletion;
  }
  if (server === null) {
    // Not being seen is a hint; after the window it is a proof.
    const provenAtMs = Math.max(
      attempt.deleteCalledAtMs + situation.limits.absenceWindowMs,
      attempt.absentAfterMs ?? 0,
    );
    if (situation.nowMs >= provenAtMs) return { do: 'confirm_server_gone', attempt, serverRef, server };
  } else if (server.state !== 'stopping' && isRepeatDue(situation, attempt.deleteCalledAtMs)) {
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
