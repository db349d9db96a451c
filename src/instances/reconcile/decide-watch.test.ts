import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReinstallRow } from '../rows.ts';
import {
  instance,
  LIMITS,
  NOW,
  reinstall,
  seenServer,
  server,
  situation,
  worker,
} from '../testing/situations.ts';
import { decide } from './decide.ts';
import { healthDelay } from './health-pace.ts';
import { type Decision, nothingSeen, type Seen, type Situation } from './situation.ts';

function decisionOf(decision: Decision): string {
  return decision.do === 'move' ? `move ${decision.to} ${decision.reason}` : decision.do;
}

/** What is decided in a state; by default a worker is there, fresh and ready, and nothing was looked at. */
function decided(change: Partial<Situation>, seen = nothingSeen()): string {
  return decisionOf(decide(situation(change), seen));
}

test('an installation anew goes from way to way, and comes to its end by the epoch of who registers', () => {
  const installing = instance({ state: 'installing' });
  const runs = seenServer(server('running'));
  const ordered = (
    order: Seen['order'],
    change: Partial<ReinstallRow> = {},
    more: Partial<Situation> = {},
  ) => {
    const view = situation({ instance: installing, reinstall: reinstall(change), ...more });
    const decision = decide(view, { ...runs, order });
    return decision.do === 'next_path' ? `${decision.path} ${decision.reason}` : decisionOf(decision);
  };
  for (const state of [
    'starting',
    'ready',
    'unavailable',
    'worker_dead',
    'startup_failed',
    'draining',
  ] as const) {
    const asked = decided({ instance: instance({ state }), reinstall: reinstall() });
    assert.equal(asked, 'move installing reinstall_requested', state);
  }
  assert.equal(ordered(undefined), 'order_reinstall');
  assert.equal(ordered('accepted'), 'wait');
  assert.equal(ordered('failed', { orderedAtMs: NOW - 100 }), 'replacement agent_failed');
  assert.equal(ordered('refused'), 'replacement agent_refused');
  assert.equal(ordered('refused', { orderedAtMs: NOW - 100 }), 'wait', 'it is on its way to its successor');
  const silent = { worker: worker({ lastSeenAtMs: NOW - 40_000 }) };
  assert.equal(ordered('unreachable'), 'wait', 'a fresh heartbeat says that it is there');
  assert.equal(ordered('unreachable', {}, silent), 'wait', 'not at once');
  const rebooting = { capabilities: { ...situation().capabilities, userDataAtEachBoot: true }, ...silent };
  const late = { pathAtMs: NOW - 6_000 };
  assert.equal(ordered('unreachable', late, silent), 'replacement agent_unreachable');
  assert.equal(ordered('unreachable', late, rebooting), 'user_data agent_unreachable');
  assert.equal(ordered(undefined, { path: 'user_data' }, rebooting), 'reboot_anew');
  assert.equal(ordered('refused', { path: 'user_data' }, rebooting), 'replacement provider_refused');
  const bySsh = { capabilities: { ...situation().capabilities, installsOverSsh: true }, ...silent };
  const both = { capabilities: { ...bySsh.capabilities, userDataAtEachBoot: true }, ...silent };
  assert.equal(ordered('unreachable', late, bySsh), 'ssh agent_unreachable');
  assert.equal(ordered('unreachable', late, both), 'user_data agent_unreachable');
  assert.equal(ordered('refused', { path: 'user_data' }, both), 'ssh provider_refused');
  assert.equal(ordered(undefined, { path: 'ssh' }, bySsh), 'install_by_ssh');
  assert.equal(ordered('refused', { path: 'ssh' }, bySsh), 'replacement provider_refused');
  const overdue = { path: 'user_data', pathAtMs: NOW - 300_000, orderedAtMs: NOW - 299_000 } as const;
  assert.equal(ordered(undefined, overdue, rebooting), 'replacement not_registered_in_time');
  assert.equal(ordered(undefined, { path: 'replacement' }), 'replace');
  const automatic = { ...overdue, isAutomatic: true };
  assert.equal(ordered(undefined, automatic, rebooting), 'move startup_failed reinstall_failed');
  assert.equal(ordered(undefined, automatic, { ...rebooting, freeze: 'fleet_silent' }), 'wait');
  const anew = { worker: worker({ epoch: 2 }) };
  assert.equal(ordered(undefined, {}, anew), 'move starting worker_registered');
  const ending = { ...installing, wanted: 'terminated' as const };
  assert.equal(
    decided({ instance: ending, reinstall: reinstall() }, runs),
    'move terminating termination_requested',
  );
});

test('a server that stopped by itself is started again where it is wanted, and looks are given time between', () => {
  const stopped = seenServer(server('stopped'));
  for (const state of ['installing', 'starting', 'unavailable', 'worker_dead', 'draining'] as const) {
    const silent = worker({ lastSeenAtMs: NOW - 40_000, registeredAtMs: null });
    const view = { instance: instance({ state, isDrained: true }), worker: silent };
    assert.equal(decided(view, stopped), 'restart_server', state);
    const justNow = instance({ state, isDrained: true, serverRestarts: 1, serverRestartedAtMs: NOW - 5_000 });
    assert.equal(decided({ ...view, instance: justNow }, stopped), 'wait', state);
  }
  assert.equal(
    decided({ instance: instance({ state: 'ready' }) }, stopped),
    'move unavailable server_stopped',
  );
  const spent = { serverRestarts: 3, serverRestartedAtMs: NOW - 60_000 };
  const at = (state: 'starting' | 'unavailable') => ({ instance: instance({ state, ...spent }) });
  assert.equal(decided(at('starting'), stopped), 'move startup_failed server_stopped');
  assert.equal(decided(at('unavailable'), stopped), 'move worker_dead server_stopped');
  const leaving = instance({ state: 'unavailable', wanted: 'terminated' });
  assert.equal(decided({ instance: leaving }, stopped), 'move terminating termination_requested');
  const before = instance({ state: 'unavailable', stateReason: 'server_stopped', stateAtMs: NOW - 500 });
  assert.equal(
    decided({ instance: before }, seenServer(server('running'))),
    'wait',
    'a heartbeat from before the stop brings nothing back',
  );
});

test('a machine that moved to another address is followed', () => {
  const moved = seenServer(server('running', { address: '127.0.0.9' }));
  for (const state of ['installing', 'starting', 'ready', 'unavailable'] as const) {
    assert.equal(decided({ instance: instance({ state }) }, moved), 'note_address', state);
  }
});

test('a boot whose provider never answers has its deadline', () => {
  const late = instance({ state: 'booting', stateAtMs: NOW - 600_000 });
  assert.equal(decided({ instance: late }), 'look');
  const held = nothingSeen();
  held.held.set('look srv-1', 500);
  assert.equal(decided({ instance: late }, held), 'move startup_failed provider_unanswered');
});

test('a worker whose heartbeat is stale is asked itself, and its denial takes it out of service', () => {
  const silent = worker({ lastSeenAtMs: NOW - 40_000 });
  const ready = (change = {}) => ({ instance: instance({ state: 'ready', ...change }), worker: silent });
  const runs = seenServer(server('running'));
  assert.equal(decided(ready(), runs), 'check_health');
  const recent = { healthAtMs: NOW - 2_000, healthFailures: 1 };
  assert.equal(
    decided(ready({ ...recent, healthVerdict: 'contradicted' }), runs),
    'move unavailable worker_not_ready',
  );
  assert.equal(
    decided(ready({ ...recent, healthVerdict: 'unreachable' }), runs),
    'wait',
    'asked a moment ago',
  );
  const confirmed = { healthAtMs: NOW - 2_000, healthVerdict: 'confirmed' };
  assert.equal(decided(ready(confirmed), runs), 'wait', 'the result is used again');
  assert.equal(decided(ready({ ...confirmed, healthAtMs: NOW - 11_000 }), runs), 'check_health');
});

test('health checks that fail come less and less often, up to the breaker', () => {
  const limits = LIMITS;
  const delay = (healthFailures: number) =>
    healthDelay({
      instance: instance({ healthAtMs: NOW, healthFailures, healthVerdict: 'unreachable' }),
      nowMs: NOW,
      limits,
    });
  assert.deepEqual([0, 1, 2, 3, 4].map(delay), [0, 300, 600, 1_200, 2_400]);
  assert.equal(delay(5), 60_000, 'the breaker is open');
  assert.equal(delay(500), 60_000);
  const denies = instance({ healthAtMs: NOW, healthFailures: 500, healthVerdict: 'contradicted' });
  assert.equal(
    healthDelay({ instance: denies, nowMs: NOW, limits }),
    30_000,
    'it answers, so it is asked on',
  );
});

test('a machine at rest waits long, a silent one until its next look or until its worker counts as dead', () => {
  const waits = (silentMs: number, change: Partial<Situation> = {}) => {
    const decision = decide(
      situation({
        instance: instance({ state: 'ready', healthAtMs: NOW, healthVerdict: 'confirmed' }),
        worker: worker({ lastSeenAtMs: NOW - silentMs }),
        ...change,
      }),
      seenServer(server('running')),
    );
    assert.equal(decision.do, 'wait');
    return decision.do === 'wait' ? decision.ms : 0;
  };
  assert.equal(waits(1_000), LIMITS.watchMs);
  assert.equal(waits(20_000), LIMITS.pollMs * 10);
  assert.equal(waits(LIMITS.workerDeadMs - 700), 700, 'dead at its moment, not at the next look');
  const slow = { limits: { ...LIMITS, pollMs: 60_000 } };
  assert.equal(waits(LIMITS.workerDeadMs - 100_000, slow), 100_000);
  assert.equal(waits(LIMITS.workerDeadMs + 1, { freeze: 'fleet_silent' }), LIMITS.pollMs * 10);
});
