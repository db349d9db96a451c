/** From a server that exists to a worker whose health is confirmed, with a deadline for each phase. */
import type { Server } from '#providers/provider.ts';
import { leaveOffer } from './decide-offers.ts';
import { beginReinstall, decideReinstall } from './decide-reinstall.ts';
import { pollDelay } from './delays.ts';
import {
  decideAddress,
  decideDead,
  decideGone,
  decideHealth,
  decideStopped,
  isFresh,
  isSilent,
  lookWhenDue,
  undiscovered,
  waitForNext,
} from './observe.ts';
import { hasPart } from './resources.ts';
import { type Decision, keyOf, type Refusal, type Seen, type Situation } from './situation.ts';

const FELL_BACK: Refusal = {
  kind: 'stock_out',
  message: 'The server went back to stopped after its start: the provider found no machine for it.',
};

export function decideBooting(situation: Situation, seen: Seen): Decision {
  const { instance, nowMs, limits } = situation;
  const ref = instance.serverRef;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  if (ref === null) return { do: 'move', to: 'failed', reason: 'server_gone' };
  const server = seen.servers.get(ref);
  if (server === undefined) return lookAtBoot(situation, seen, ref);
  const gone = decideNeverRan(server) ?? decideGone(situation, seen);
  if (gone) return gone;
  // The order to start comes first: its volumes are read while the machine boots.
  if (server?.state === 'stopped' && !instance.steps.includes('started')) {
    return { do: 'start_server', serverRef: ref };
  }
  const volumeRef = server && undiscovered(situation, seen, server);
  if (server && volumeRef) return { do: 'discover_volume', server, volumeRef };
  const progress = server && decidePower(situation, server);
  if (progress) return progress;
  if (nowMs - instance.stateAtMs >= limits.bootDeadlineMs) {
    return { do: 'move', to: 'startup_failed', reason: 'server_never_ran' };
  }
  return { do: 'wait', ms: pollDelay(situation) };
}

/** A provider that does not answer must not keep a machine in this state for ever. */
function lookAtBoot({ instance, nowMs, limits }: Situation, seen: Seen, serverRef: string): Decision {
  const look = { do: 'look', serverRef } as const;
  const isLate = nowMs - instance.stateAtMs >= limits.bootDeadlineMs;
  return isLate && seen.held.has(keyOf(look))
    ? { do: 'move', to: 'startup_failed', reason: 'provider_unanswered' }
    : look;
}

function decidePower(situation: Situation, server: Server): Decision | undefined {
  const { instance } = situation;
  const isStarted = instance.steps.includes('started');
  switch (server.state) {
    case 'running':
      if (server.address === undefined) return undefined;
      return {
        do: 'move',
        to: 'installing',
        reason: 'server_running',
        steps: hasPart(situation, 'security_group')
          ? ['started', 'address_known', 'security_group']
          : ['started', 'address_known'],
        address: server.address,
      };
    case 'stopped':
      if (!hasFallenBack(situation)) return undefined;
      return hasAnotherOffer(situation)
        ? { do: 'give_up_start', serverRef: server.ref.id, refusal: FELL_BACK }
        : { do: 'move', to: 'startup_failed', reason: 'server_stopped' };
    case 'error':
      return { do: 'move', to: 'startup_failed', reason: 'server_error' };
    case 'starting':
      return isStarted ? undefined : { do: 'note_started' };
    case 'stopping':
    case 'gone':
    case 'unknown':
      return undefined;
  }
}

/**
 * Some providers accept a start and find no machine: the server goes back to `stopped` without a word. It has
 * failed when it was seen starting before, or still has not begun after thirty looks' time.
 */
function hasFallenBack({ instance, nowMs, limits }: Situation): boolean {
  return instance.serverState === 'fell_back' || nowMs - instance.stateAtMs > 30 * limits.pollMs;
}

/** A start in vain is how some providers say that they have no room. */
function hasAnotherOffer(situation: Situation): boolean {
  return leaveOffer(situation, FELL_BACK, 'server').next !== undefined;
}

/**
 * Others take the order and end the machine before it ever ran: that refuses the offer, as a refused create does. It
 * is gone already, so the order fails as one when no other offer is left.
 */
function decideNeverRan(server: Server | null): Decision | undefined {
  const kind = server?.state === 'gone' ? server.neverRanFor : undefined;
  if (!server || !kind) return undefined;
  const message = `The provider ended the server before it ever ran: ${server.rawState}.`;
  return { do: 'give_up_start', serverRef: server.ref.id, refusal: { kind, message } };
}

export function decideInstalling(situation: Situation, seen: Seen): Decision {
  const { instance, worker, nowMs, limits, reinstall } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const server = decideServer(situation, seen);
  if (server) return server;
  if (reinstall) return decideReinstall(situation, seen, reinstall);
  if (worker && worker.registeredAtMs !== null && !worker.isRevoked) {
    return { do: 'move', to: 'starting', reason: 'worker_registered', steps: ['worker_installed'] };
  }
  // A registration that cannot be heard is no proof that there is none.
  if (nowMs - instance.stateAtMs >= limits.installDeadlineMs && situation.freeze === undefined) {
    return { do: 'move', to: 'startup_failed', reason: 'worker_never_registered' };
  }
  return lookWhenDue(situation, seen) ?? waitWithin(situation, limits.installDeadlineMs);
}

export function decideStarting(situation: Situation, seen: Seen): Decision {
  const { instance, worker, nowMs, limits } = situation;
  if (instance.wanted === 'terminated') {
    return { do: 'move', to: 'terminating', reason: 'termination_requested' };
  }
  const server = decideServer(situation, seen);
  if (server) return server;
  const anew = beginReinstall(situation);
  if (anew) return anew;
  if (worker?.status === 'failed' && isFresh(situation)) {
    return { do: 'move', to: 'startup_failed', reason: 'engine_failed' };
  }
  const health = decideHealth(situation, seen);
  if (health && health.do !== 'wait') return health;
  const dead = decideDead(situation, seen);
  if (dead) return dead;
  const isHeld = situation.freeze !== undefined && isSilent(situation);
  if (nowMs - instance.stateAtMs >= limits.startDeadlineMs && !isHeld) {
    return { do: 'move', to: 'startup_failed', reason: 'model_never_ready' };
  }
  return lookWhenDue(situation, seen) ?? health ?? waitWithin(situation, limits.startDeadlineMs);
}

/** What became of the server during a start: gone, stopped by itself, or moved to another address. */
function decideServer(situation: Situation, seen: Seen): Decision | undefined {
  const gone = decideGone(situation, seen);
  if (gone) return gone;
  const stopped = decideStopped(situation, seen);
  if (stopped === 'spent') return { do: 'move', to: 'startup_failed', reason: 'server_stopped' };
  return stopped ?? decideAddress(situation, seen);
}

/** Until the next look or the deadline of the phase, whichever comes first. */
function waitWithin(situation: Situation, deadlineMs: number): Decision {
  const next = waitForNext(situation);
  const leftMs = situation.instance.stateAtMs + deadlineMs - situation.nowMs;
  // Past a deadline that a freeze holds back, the usual pace goes on.
  if (next.do !== 'wait' || leftMs <= 0) return next;
  return { do: 'wait', ms: Math.max(1, Math.min(next.ms, leftMs)) };
}
