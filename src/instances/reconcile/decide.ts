/**
 * What to do next for one machine: a pure function of what is stored and what this run has seen.
 *
 * It is told neither who asked nor what happened before, so a run after a crash decides like the first one. Every
 * situation has a decision; where there is nothing to do it says how long to wait, or that the row rests.
 */
import { isFinal } from '../instance-machine.ts';
import type { AlarmCode } from '../store/action-log.ts';
import { decideCreate, wantedSinceMs } from './decide-create.ts';
import { decideDraining, decideTerminating, isAnythingLeft, releaseStrays } from './decide-release.ts';
import { decideBooting, decideInstalling, decideStarting } from './decide-start.ts';
import {
  decideKept,
  decideReady,
  decideStartupFailed,
  decideUnavailable,
  decideWorkerDead,
} from './decide-watch.ts';
import { type Decision, heldBack, type Seen, type Situation } from './situation.ts';

export function decide(situation: Situation, seen: Seen): Decision {
  const alarm = decideAlarm(situation);
  if (alarm) return alarm;
  const main = heldBack(decideByState(situation, seen), seen);
  if (main.do !== 'wait' && main.do !== 'rest') return main;
  // What is unwanted beside the machine is deleted on the side, whatever the state.
  const strays = releaseStrays(situation, seen);
  if (strays.do === 'rest') return main;
  if (strays.do !== 'wait' || main.do === 'rest') return strays;
  return { do: 'wait', ms: Math.min(main.ms, strays.ms) };
}

function decideByState(situation: Situation, seen: Seen): Decision {
  switch (situation.instance.state) {
    case 'provisioning':
      return decideCreate(situation, seen);
    case 'booting':
      return decideBooting(situation, seen);
    case 'installing':
      return decideInstalling(situation, seen);
    case 'starting':
      return decideStarting(situation, seen);
    case 'ready':
      return decideReady(situation, seen);
    case 'unavailable':
      return decideUnavailable(situation, seen);
    case 'worker_dead':
      return decideWorkerDead(situation, seen);
    case 'startup_failed':
      return decideStartupFailed(situation, seen);
    case 'draining':
      return situation.instance.wanted === 'terminated'
        ? decideDraining(situation, seen)
        : decideKept(situation, seen);
    case 'terminating':
      return decideTerminating(situation, seen);
    case 'failed':
      // What the machine left behind is removed without being asked; the reason stays with it.
      return { do: 'move', to: 'terminating', reason: 'server_gone' };
    case 'provisioning_failed':
      return decideProvisioningFailed(situation);
    case 'terminated':
      return situation.instance.isArchived
        ? { do: 'move', to: 'archived', reason: 'archive_requested' }
        : { do: 'rest' };
    case 'archived':
      return situation.instance.isArchived
        ? { do: 'rest' }
        : { do: 'move', to: 'terminated', reason: 'unarchive_requested' };
  }
}

function decideProvisioningFailed(situation: Situation): Decision {
  if (situation.instance.wanted !== 'terminated') return { do: 'rest' };
  const reason = 'termination_requested';
  return { do: 'move', to: isAnythingLeft(situation) ? 'terminating' : 'terminated', reason };
}

/** What lasts longer than it may is told once per state, and goes on. */
function decideAlarm(situation: Situation): Decision | undefined {
  const { instance, nowMs, alarms } = situation;
  if (isFinal(instance.state)) return undefined;
  const late = lateness(situation);
  if (!late || nowMs - wantedSinceMs(instance) < late.afterMs || alarms.includes(late.code)) return undefined;
  return { do: 'raise_alarm', code: late.code };
}

function lateness(situation: Situation): { code: AlarmCode; afterMs: number } | undefined {
  const { instance, limits } = situation;
  const { alarmAfterMs } = limits;
  switch (instance.state) {
    case 'provisioning':
      // What waits for somebody's activation is late only where something may have been ordered before.
      return instance.isActivated || situation.attempts.some(({ state }) => state === 'called')
        ? { code: 'CREATE_UNRESOLVED', afterMs: alarmAfterMs }
        : undefined;
    // These have deadlines of their own; whoever is still there long after them cannot get on.
    case 'booting':
      return { code: 'START_STALLED', afterMs: limits.bootDeadlineMs + alarmAfterMs };
    case 'installing':
      return {
        code: 'START_STALLED',
        afterMs: Math.max(limits.installDeadlineMs, 2 * limits.reinstallDeadlineMs) + alarmAfterMs,
      };
    case 'starting':
      return { code: 'START_STALLED', afterMs: limits.startDeadlineMs + alarmAfterMs };
    case 'unavailable':
      return { code: 'WORKER_UNAVAILABLE', afterMs: alarmAfterMs };
    case 'provisioning_failed':
      return isAnythingLeft(situation) ? { code: 'TERMINATION_STALLED', afterMs: alarmAfterMs } : undefined;
    case 'terminating':
    case 'failed':
      return { code: 'TERMINATION_STALLED', afterMs: alarmAfterMs };
    default:
      return undefined;
  }
}
