/**
 * Machines that were started: the worker's own word takes them out of service and brings them back; silence alone
 * destroys nothing.
 */
import { decideGone, decideHealth, isFresh, isWorkerDead, lookWhenDue, waitForNext } from './observe.ts';
import type { Decision, Seen, Situation } from './situation.ts';

export function decideReady(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'draining', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  if (worker && worker.status !== 'ready') {
    const reason = worker.status === 'failed' || worker.errorCode ? 'engine_failed' : 'worker_not_ready';
    return { do: 'move', to: 'unavailable', reason };
  }
  if (isWorkerDead(situation, seen)) {
    return { do: 'move', to: 'worker_dead', reason: 'worker_silent' };
  }
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
}

export function decideUnavailable(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    const hasTraffic = worker !== undefined && worker.inFlight > 0 && isFresh(situation);
    return { do: 'move', to: hasTraffic ? 'draining' : 'terminating', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const health = decideHealth(situation, seen);
  if (health) return health;
  if (isWorkerDead(situation, seen)) {
    return { do: 'move', to: 'worker_dead', reason: 'worker_silent' };
  }
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
}

export function decideWorkerDead(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  if (worker?.status !== 'failed' && isFresh(situation)) {
    return { do: 'move', to: 'starting', reason: 'worker_returned' };
  }
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
}

/**
 * Comes back when its worker registers after all or becomes ready after all. A worker that merely goes on loading
 * does not: its deadline would begin anew for ever.
 */
export function decideStartupFailed(situation: Situation, seen: Seen): Decision {
  const { instance, worker } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const registeredSince = (worker?.registeredAtMs ?? 0) > instance.stateAtMs;
  if (
    isFresh(situation) &&
    (worker?.status === 'ready' || (registeredSince && worker?.status !== 'failed'))
  ) {
    return decideReturn(situation, seen);
  }
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
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
