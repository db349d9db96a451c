/** What several states ask alike: is the server still there, has the worker spoken, does it answer. */
import type { Server } from '#providers/provider.ts';
import type { Decision, Seen, Situation } from './situation.ts';

/** How long an unfinished health check is left alone before it is asked again. */
const RECHECK_MS = 300;

/** The server is gone for certain: the provider says so, or it has stayed invisible for the whole window. */
export function decideGone(situation: Situation, seen: Seen): Decision | undefined {
  const { instance, attempts, nowMs, limits } = situation;
  if (instance.serverRef === null) return undefined;
  const server = seen.servers.get(instance.serverRef);
  if (server?.state === 'gone') return { do: 'move', to: 'failed', reason: 'server_gone' };
  if (server !== null || instance.serverMissingSinceMs === null) return undefined;
  const attempt = attempts.find(
    (candidate) => candidate.kind === 'server' && candidate.providerRef === instance.serverRef,
  );
  const provenAtMs = Math.max(
    instance.serverMissingSinceMs + limits.absenceWindowMs,
    attempt?.absentAfterMs ?? 0,
  );
  return nowMs >= provenAtMs ? { do: 'move', to: 'failed', reason: 'server_gone' } : undefined;
}

/** A volume of the server that has no row yet. */
export function undiscovered(situation: Situation, seen: Seen, server: Server): string | undefined {
  const known = new Set(situation.volumes.map((volume) => volume.providerRef));
  return server.volumes.find((ref) => !known.has(ref.id) && !seen.unreadable.has(ref.id))?.id;
}

/**
 * A look at the server when the last one is old, sooner when its worker is silent or it was not found. A volume that
 * could not be read before is read now.
 */
export function lookWhenDue(situation: Situation, seen: Seen): Decision | undefined {
  const { instance, nowMs, limits } = situation;
  if (instance.serverRef === null) return undefined;
  const server = seen.servers.get(instance.serverRef);
  const volumeRef = server && undiscovered(situation, seen, server);
  if (server && volumeRef) return { do: 'discover_volume', server, volumeRef };
  if (server !== undefined) return undefined;
  const isSuspect = silenceMs(situation) >= limits.workerSilentMs || instance.serverMissingSinceMs !== null;
  const dueMs = isSuspect ? limits.pollMs : limits.watchMs;
  const lookedAtMs = instance.serverLookedAtMs ?? 0;
  // A run that was woken a little before its time would otherwise wait a whole round more.
  return nowMs - lookedAtMs >= dueMs * 0.9 ? { do: 'look', serverRef: instance.serverRef } : undefined;
}

/** Since the worker's last word; since the state began when it has not said one. */
export function silenceMs({ instance, worker, nowMs }: Situation): number {
  const heardAtMs = worker?.lastSeenAtMs ?? instance.stateAtMs;
  return Math.max(0, nowMs - heardAtMs);
}

export function isFresh(situation: Situation): boolean {
  const { worker, limits } = situation;
  if (!worker || worker.isRevoked || worker.lastSeenAtMs === null) return false;
  return silenceMs(situation) < limits.heartbeatFreshMs;
}

/** A worker that says it is ready is asked itself, and becomes ready unless it denies it. */
export function decideHealth(situation: Situation, seen: Seen): Decision | undefined {
  const { worker, instance } = situation;
  if (worker?.status !== 'ready' || !isFresh(situation) || instance.address === null) return undefined;
  switch (seen.health) {
    case undefined:
      return { do: 'check_health' };
    case 'contradicted':
      return { do: 'wait', ms: RECHECK_MS };
    // The fresh heartbeat outranks a check that nobody answered.
    case 'unreachable':
    case 'confirmed':
      return { do: 'move', to: 'ready', reason: 'health_confirmed', steps: ['health_confirmed', 'ready'] };
  }
}

/**
 * Silent for so long that a person should look. An earlier run must have looked at the silent machine not long ago:
 * when the control plane itself was away, nobody could be heard, and everybody gets the time to speak again.
 */
export function isWorkerDead(situation: Situation, seen: Seen): boolean {
  const { instance, worker, nowMs, limits } = situation;
  if (silenceMs(situation) < limits.workerDeadMs) return false;
  if (instance.serverRef === null || seen.servers.has(instance.serverRef)) return false;
  const lookedAtMs = instance.serverLookedAtMs ?? 0;
  const heardAtMs = worker?.lastSeenAtMs ?? instance.stateAtMs;
  return lookedAtMs >= heardAtMs + limits.workerSilentMs && nowMs - lookedAtMs <= 2 * limits.watchMs;
}

/** A machine at rest is looked at rarely, a suspect one often enough to learn its fate soon. */
export function waitForNext(situation: Situation): Decision {
  const { instance, limits } = situation;
  const isSuspect = silenceMs(situation) >= limits.workerSilentMs || instance.serverMissingSinceMs !== null;
  const isAbandoned = instance.state === 'worker_dead' || instance.state === 'startup_failed';
  return { do: 'wait', ms: isSuspect && !isAbandoned ? limits.pollMs * 10 : limits.watchMs };
}
