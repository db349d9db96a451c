/**
 * Machines that were started: the worker's own word takes them out of service and brings them back; silence alone
 * destroys nothing. A server that stopped by itself is started again; a worker may be installed anew.
 */
import { beginReinstall, decideAutomatic } from './decide-reinstall.ts';
import {
  decideAddress,
  decideDead,
  decideGone,
  decideHealth,
  decideStaleHealth,
  decideStopped,
  isFresh,
  lookWhenDue,
  waitForNext,
} from './observe.ts';
import type { Decision, Seen, Situation } from './situation.ts';

export function decideReady(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'draining', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  // Out of service first; it is started again from there.
  if (decideStopped(situation, seen)) return { do: 'move', to: 'unavailable', reason: 'server_stopped' };
  if (instance.isDrained) return { do: 'move', to: 'draining', reason: 'drain_requested' };
  if (worker && worker.status !== 'ready') {
    const reason = worker.status === 'failed' || worker.errorCode ? 'engine_failed' : 'worker_not_ready';
    return { do: 'move', to: 'unavailable', reason };
  }
  return (
    decideAddress(situation, seen) ??
    decideDead(situation, seen) ??
    decideStaleHealth(situation, seen) ??
    lookWhenDue(situation, seen) ??
    waitForNext(situation)
  );
}

export function decideUnavailable(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    const hasTraffic = worker !== undefined && worker.inFlight > 0 && isFresh(situation);
    return { do: 'move', to: hasTraffic ? 'draining' : 'terminating', reason: 'termination_requested' };
  }
  const server = decideServer(situation, seen);
  if (server) return server;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  if (instance.isDrained) return { do: 'move', to: 'draining', reason: 'drain_requested' };
  const health = decideHealth(situation, seen);
  if (health && health.do !== 'wait') return health;
  return decideDead(situation, seen) ?? lookWhenDue(situation, seen) ?? health ?? waitForNext(situation);
}

/** Drained and kept: nothing is asked of it until somebody resumes it, and it is watched like any other. */
export function decideKept(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  const server = decideServer(situation, seen);
  if (server) return server;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  if (!instance.isDrained) return { do: 'move', to: 'starting', reason: 'resume_requested' };
  const dead = decideDead(situation, seen);
  if (dead) return dead;
  // Its heartbeat tells the agent as well; this only saves the wait for the next one.
  const isUntold = worker?.status === 'ready' && worker.inFlight > 0 && seen.drain === undefined;
  if (isUntold && instance.address !== null && isFresh(situation)) return { do: 'order_drain' };
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
}

/** Also the last resort of a server that stops again and again: no worker can speak from it. */
function decideServer(situation: Situation, seen: Seen): Decision | undefined {
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const stopped = decideStopped(situation, seen);
  if (stopped === 'spent') return { do: 'move', to: 'worker_dead', reason: 'server_stopped' };
  return stopped ?? decideAddress(situation, seen);
}

export function decideWorkerDead(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  // Heard since it was given up; one that said goodbye is not there, however fresh its word is.
  const hasReturned = (worker?.lastSeenAtMs ?? 0) >= instance.stateAtMs && worker?.status !== 'stopped';
  if (hasReturned && isFresh(situation)) {
    return { do: 'move', to: 'starting', reason: 'worker_returned' };
  }
  const stopped = decideStopped(situation, seen);
  if (stopped && stopped !== 'spent') return stopped;
  return (
    decideAddress(situation, seen) ??
    decideAutomatic(situation, seen) ??
    lookWhenDue(situation, seen) ??
    waitForNext(situation)
  );
}

/**
 * Comes back when its worker registers after all or becomes ready after all. A worker that merely goes on loading
 * past its deadline does not begin the deadline anew.
 */
export function decideStartupFailed(situation: Situation, seen: Seen): Decision {
  const { instance, worker, nowMs, limits } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  const isReady = worker?.status === 'ready';
  const hasBegunAnew = (worker?.registeredAtMs ?? 0) > instance.stateAtMs && worker?.status !== 'failed';
  // Without an address nobody can be asked; it is learnt on the way.
  if (isFresh(situation) && (isReady ? instance.address === null : hasBegunAnew)) {
    return decideReturn(situation, seen);
  }
  // One that says it is ready is asked first: denied again and again, it would begin its deadline anew for ever.
  const health = decideHealth(situation, seen);
  if (health?.do === 'move') return decideReturn(situation, seen);
  if (health?.do === 'check_health') return health;
  const mayTryAgain =
    instance.stateReason === 'reinstall_failed' && nowMs - instance.stateAtMs >= limits.workerDeadMs;
  return (
    (mayTryAgain ? decideAutomatic(situation, seen) : undefined) ??
    lookWhenDue(situation, seen) ??
    health ??
    waitForNext(situation)
  );
}

/** A start that failed before the address was known learns it first: without it nothing can be checked. */
function decideReturn(situation: Situation, seen: Seen): Decision {
  const { instance } = situation;
  const back = {
    do: 'move',
    to: 'starting',
    reason: 'worker_returned',
    steps: ['worker_installed'],
  } as const;
  if (instance.address !== null || instance.serverRef === null) return back;
  const server = seen.servers.get(instance.serverRef);
  if (server === undefined) return { do: 'look', serverRef: instance.serverRef };
  return server?.address === undefined ? waitForNext(situation) : { ...back, address: server.address };
}
