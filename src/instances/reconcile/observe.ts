/** What several states ask alike: is the server still there, has the worker spoken, does it answer. */
import { isTunnelled } from '#contracts/tunnel.ts';
import type { Server } from '#providers/provider.ts';
import { cachedVerdict, healthDelay } from './health-pace.ts';
import { type Decision, keyOf, type Seen, type Situation } from './situation.ts';

/** How long a health check that told nothing is left alone. */
const RECHECK_MS = 300;
/** A server is given the time of so many looks between two starts. */
const RESTART_LOOKS = 30;

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
  const { volumes, givenVolumes } = situation;
  const known = new Set([...volumes, ...givenVolumes].map((volume) => volume.providerRef));
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
  const isSuspect = isSilent(situation) || instance.serverMissingSinceMs !== null;
  const dueMs = isSuspect ? limits.pollMs : limits.watchMs;
  const lookedAtMs = instance.serverLookedAtMs ?? 0;
  // A run that was woken a little before its time would otherwise wait a whole round more.
  return nowMs - lookedAtMs >= dueMs * 0.9 ? { do: 'look', serverRef: instance.serverRef } : undefined;
}

/** Nobody but a gateway reaches it: its heartbeats tell how it is and what it is to do. */
export function isBehindTunnel({ instance, worker }: Situation): boolean {
  return worker !== undefined && isTunnelled(worker.reach, instance.address);
}

/** Since the worker's last word; since the state began when it has not said one. */
export function silenceMs({ instance, worker, nowMs }: Situation): number {
  const heardAtMs = worker?.lastSeenAtMs ?? instance.stateAtMs;
  return Math.max(0, nowMs - heardAtMs);
}

export function isSilent(situation: Situation): boolean {
  return silenceMs(situation) >= situation.limits.workerSilentMs;
}

export function isFresh(situation: Situation): boolean {
  const { worker, limits } = situation;
  if (!worker || worker.isRevoked || worker.lastSeenAtMs === null) return false;
  return silenceMs(situation) < limits.heartbeatFreshMs;
}

/**
 * A worker that says it is ready is asked itself, and becomes ready unless it denies it. A wait is only the pace of
 * the questions: whoever gets it has its deadlines to look at first.
 */
export function decideHealth(situation: Situation, seen: Seen): Decision | undefined {
  const { worker, instance } = situation;
  if (worker?.status !== 'ready' || !isFresh(situation) || instance.address === null) return undefined;
  if (!isOfThisBoot(situation)) return undefined;
  const verdict = seen.health ?? cachedVerdict(situation);
  // The fresh heartbeat outranks a check that nobody answered.
  if (verdict === 'confirmed' || verdict === 'unreachable') {
    return { do: 'move', to: 'ready', reason: 'health_confirmed', steps: ['health_confirmed', 'ready'] };
  }
  const delayMs = healthDelay(situation);
  if (delayMs > 0) return { do: 'wait', ms: delayMs };
  // One question in a run; a row that could not be written must not make it two.
  return seen.health === undefined ? { do: 'check_health' } : { do: 'wait', ms: RECHECK_MS };
}

/** What a worker said before its server stopped tells nothing about the server that was started again. */
function isOfThisBoot({ instance, worker }: Situation): boolean {
  const stoppedAtMs = instance.stateReason === 'server_stopped' ? instance.stateAtMs : 0;
  return (worker?.lastSeenAtMs ?? 0) >= Math.max(stoppedAtMs, instance.serverRestartedAtMs ?? 0);
}

/** A worker whose heartbeat is too old to believe is asked itself; what it denies takes it out of service. */
export function decideStaleHealth(situation: Situation, seen: Seen): Decision | undefined {
  const { worker, instance, limits, nowMs } = situation;
  if (!worker || worker.isRevoked || instance.address === null) return undefined;
  if (silenceMs(situation) < limits.heartbeatFreshMs) return undefined;
  const isNewest = (instance.healthAtMs ?? 0) > (worker.lastSeenAtMs ?? 0);
  if (isNewest && instance.healthVerdict === 'contradicted') {
    return { do: 'move', to: 'unavailable', reason: 'worker_not_ready' };
  }
  if (seen.health !== undefined || healthDelay(situation) > 0) return undefined;
  const ageMs = nowMs - (instance.healthAtMs ?? Number.NEGATIVE_INFINITY);
  return ageMs < limits.healthCacheMs ? undefined : { do: 'check_health' };
}

/**
 * Silent for so long that a person should look; never while the control plane itself may not hear. This run looks at
 * the server first: one that is gone or stopped has a better reason than silence.
 */
export function decideDead(situation: Situation, seen: Seen): Decision | undefined {
  const { instance, limits, freeze } = situation;
  if (freeze !== undefined || silenceMs(situation) < limits.workerDeadMs) return undefined;
  const look =
    instance.serverRef === null ? undefined : ({ do: 'look', serverRef: instance.serverRef } as const);
  if (look && !seen.servers.has(look.serverRef) && !seen.held.has(keyOf(look))) return look;
  return { do: 'move', to: 'worker_dead', reason: 'worker_silent' };
}

/**
 * A server that stopped by itself while it is wanted is started again, a few times. Undefined when it has not
 * stopped; `spent` when it was started often enough.
 */
export function decideStopped(situation: Situation, seen: Seen): Decision | 'spent' | undefined {
  const { instance, nowMs, limits } = situation;
  if (instance.serverRef === null) return undefined;
  const server = seen.servers.get(instance.serverRef);
  if (server?.state !== 'stopped') return undefined;
  const pauseMs = RESTART_LOOKS * limits.pollMs;
  const leftMs = (instance.serverRestartedAtMs ?? Number.NEGATIVE_INFINITY) + pauseMs - nowMs;
  if (leftMs > 0) return { do: 'wait', ms: Math.min(leftMs, limits.watchMs) };
  if (instance.serverRestarts >= limits.serverRestartsMax) return 'spent';
  return { do: 'restart_server', serverRef: instance.serverRef };
}

/** Some providers give a server another address when it starts again. */
export function decideAddress(situation: Situation, seen: Seen): Decision | undefined {
  const { serverRef, address: known } = situation.instance;
  const server = serverRef === null ? undefined : seen.servers.get(serverRef);
  if (serverRef === null || server?.state !== 'running' || server.address === undefined) return undefined;
  return server.address === known ? undefined : { do: 'note_address', serverRef, address: server.address };
}

/**
 * A machine at rest is looked at rarely: who watches all workers wakes its run when it falls silent. A suspect one is
 * looked at often enough to learn its fate soon, and when its worker is to count as dead.
 */
export function waitForNext(situation: Situation): Decision {
  const { instance, limits } = situation;
  const isSuspect = isSilent(situation) || instance.serverMissingSinceMs !== null;
  const isAbandoned = instance.state === 'worker_dead' || instance.state === 'startup_failed';
  if (!isSuspect || isAbandoned) return { do: 'wait', ms: limits.watchMs };
  const untilDeadMs = limits.workerDeadMs - silenceMs(situation);
  const paceMs = limits.pollMs * 10;
  // Past that moment a freeze holds the verdict back, and the usual pace goes on.
  return { do: 'wait', ms: untilDeadMs > 0 ? Math.min(paceMs, untilDeadMs) : paceMs };
}
