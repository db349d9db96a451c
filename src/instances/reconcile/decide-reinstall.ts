/**
 * A worker installed anew on a machine that stays, by the ways in their order: an order to the agent, new user data
 * and a reboot, the install script by SSH, another machine instead. Each way has a deadline and falls to the next; the one that was asked for
 * automatically never gives a machine up.
 */
import type { ReinstallLeftFor, ReinstallPath } from '#contracts/instances.ts';
import type { ReinstallRow } from '../rows.ts';
import { isFresh, lookWhenDue, waitForNext } from './observe.ts';
import type { Decision, Seen, Situation } from './situation.ts';

/** How often an agent that works on the order is asked whether it has given up. */
const ORDER_POLL_MS = 1_000;
/** Agents that were not reached are asked again after this long. */
const ORDER_RETRY_MS = 500;

const GIVE_UP = { do: 'move', to: 'startup_failed', reason: 'reinstall_failed' } as const;

/** From any state in which a server runs: the start begins anew at its installation. */
export function beginReinstall({ reinstall }: Situation): Decision | undefined {
  if (!reinstall) return undefined;
  const reason = reinstall.isAutomatic ? 'reinstall_automatic' : 'reinstall_requested';
  return { do: 'move', to: 'installing', reason };
}

export function decideReinstall(situation: Situation, seen: Seen, reinstall: ReinstallRow): Decision {
  const { worker, nowMs, limits } = situation;
  if (worker && !worker.isRevoked && worker.registeredAtMs !== null && worker.epoch > reinstall.fromEpoch) {
    return { do: 'move', to: 'starting', reason: 'worker_registered', steps: ['worker_installed'] };
  }
  if (reinstall.path === 'replacement') {
    return reinstall.isAutomatic ? GIVE_UP : { do: 'replace', reinstall };
  }
  const leftMs = reinstall.pathAtMs + limits.reinstallDeadlineMs - nowMs;
  if (leftMs <= 0) {
    // Who is not heard may be there all the same: nothing that nobody asked for is done to him.
    const isHeld = situation.freeze !== undefined && reinstall.isAutomatic;
    return isHeld ? waitForNext(situation) : leave(situation, reinstall, 'not_registered_in_time');
  }
  const next =
    reinstall.path === 'agent_order'
      ? decideAgentOrder(situation, seen, reinstall)
      : decideFromOutside(situation, seen, reinstall);
  return next.do === 'wait' ? { do: 'wait', ms: Math.max(1, Math.min(next.ms, leftMs)) } : next;
}

function decideAgentOrder(situation: Situation, seen: Seen, reinstall: ReinstallRow): Decision {
  const { instance, worker, nowMs, limits } = situation;
  const canSpeak = worker !== undefined && worker.registeredAtMs !== null && !worker.isRevoked;
  if (!canSpeak || instance.address === null) return leave(situation, reinstall, 'agent_unknown');
  switch (seen.order) {
    case undefined:
      return { do: 'order_reinstall', reinstall };
    case 'failed':
      return leave(situation, reinstall, 'agent_failed');
    case 'accepted':
      return { do: 'wait', ms: ORDER_POLL_MS };
    case 'refused':
      // An agent that is on its way to its successor knows no token any more.
      if (reinstall.orderedAtMs !== null) return { do: 'wait', ms: ORDER_POLL_MS };
      return leave(situation, reinstall, 'agent_refused');
    case 'unreachable':
      if (reinstall.orderedAtMs !== null) return { do: 'wait', ms: ORDER_POLL_MS };
      return isFresh(situation) || nowMs - reinstall.pathAtMs < limits.drainUnreachableMs
        ? { do: 'wait', ms: ORDER_RETRY_MS }
        : leave(situation, reinstall, 'agent_unreachable');
  }
}

/** By new user data or by SSH: done at the provider, and then awaited. */
function decideFromOutside(situation: Situation, seen: Seen, reinstall: ReinstallRow): Decision {
  const { instance } = situation;
  if (instance.serverRef === null || seen.order === 'refused') {
    return leave(situation, reinstall, 'provider_refused');
  }
  if (reinstall.orderedAtMs === null) {
    const how = reinstall.path === 'ssh' ? 'install_by_ssh' : 'reboot_anew';
    return { do: how, reinstall, serverRef: instance.serverRef };
  }
  return lookWhenDue(situation, seen) ?? waitForNext(situation);
}

function leave(situation: Situation, reinstall: ReinstallRow, reason: ReinstallLeftFor): Decision {
  const path = nextPath(situation, reinstall.path);
  // Heartbeat loss alone destroys no machine, so an automatic installation ends where replacing would begin.
  if (path === 'replacement' && reinstall.isAutomatic) return GIVE_UP;
  return { do: 'next_path', reinstall, path, reason };
}

function nextPath({ capabilities }: Situation, path: ReinstallPath): ReinstallPath {
  if (path === 'agent_order' && capabilities.userDataAtEachBoot) return 'user_data';
  const mayUseSsh = path === 'agent_order' || path === 'user_data';
  return mayUseSsh && capabilities.installsOverSsh === true ? 'ssh' : 'replacement';
}

/**
 * Whether a dead worker is installed anew without being asked: so many times in a row, never while nobody can be
 * heard, and only on a server that was seen in this run.
 */
export function decideAutomatic(situation: Situation, seen: Seen): Decision | undefined {
  const { instance, limits, freeze, reinstall, automaticReinstalls } = situation;
  if (!limits.autoReinstall || freeze !== undefined || reinstall !== undefined) return undefined;
  if (instance.serverRef === null || automaticReinstalls >= limits.reinstallsMax) return undefined;
  const server = seen.servers.get(instance.serverRef);
  if (server === undefined) return { do: 'look', serverRef: instance.serverRef };
  return server?.state === 'running' ? { do: 'begin_reinstall' } : undefined;
}
