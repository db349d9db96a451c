import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#providers/provider.ts';
import {
  attempt,
  instance,
  NOW,
  offer,
  seenServer,
  server,
  situation,
  volume,
  worker,
} from '../testing/situations.ts';
import { decide } from './decide.ts';
import { type Decision, keyOf, nothingSeen, type Seen, type Situation } from './situation.ts';

function decisionOf(decision: Decision): string {
  return decision.do === 'move' ? `move ${decision.to} ${decision.reason}` : decision.do;
}

/** What is decided in a state; by default a worker is there, fresh and ready, and nothing was looked at. */
function decided(change: Partial<Situation>, seen = nothingSeen()): string {
  return decisionOf(decide(situation(change), seen));
}

test('an order begins with an intent, then the call', () => {
  const fresh = instance({ serverRef: null, address: null });
  assert.equal(decided({ instance: fresh, attempts: [] }), 'open_attempt');
  assert.equal(
    decided({ instance: fresh, attempts: [attempt({ state: 'open', providerRef: null })] }),
    'call_create',
  );
});

test('an unanswered call is looked for, asked again by token, and given up only after the window', () => {
  const fresh = instance({ serverRef: null, address: null });
  const called = attempt({ state: 'called', providerRef: null });
  assert.equal(decided({ instance: fresh, attempts: [called] }), 'find_attempt');
  const seen = nothingSeen();
  seen.found.set('att_1', []);
  assert.equal(decided({ instance: fresh, attempts: [called] }, seen), 'call_create');
  const byTag = {
    capabilities: {
      idempotentCreate: 'tag',
      tombstones: false,
      parts: [],
      userDataAtEachBoot: false,
    } as const,
  };
  assert.equal(decided({ instance: fresh, attempts: [called], ...byTag }, seen), 'wait');
  const proven = [attempt({ state: 'called', providerRef: null, absentAfterMs: NOW - 1 })];
  assert.equal(decided({ instance: fresh, attempts: proven, ...byTag }, seen), 'resolve_absent');
  seen.found.set('att_1', [server('stopped')]);
  assert.equal(decided({ instance: fresh, attempts: [called] }, seen), 'adopt');
});

test('a refusal, too many attempts or too much time end the order; nothing is called after that', () => {
  const fresh = instance({ serverRef: null });
  const absent = attempt({ state: 'absent', providerRef: null });
  assert.equal(decided({ instance: fresh, attempts: [absent] }), 'open_attempt');
  const refused = [attempt({ state: 'absent', refusalKind: 'stock_out' })];
  assert.equal(decided({ instance: fresh, attempts: refused }), 'leave_offer');
  const odd = [attempt({ state: 'absent', refusalKind: 'something_new' })];
  assert.equal(decided({ instance: fresh, attempts: odd }), 'leave_offer');
  const five = Array.from({ length: 5 }, (_, index) => attempt({ state: 'absent', number: index + 1 }));
  assert.equal(decided({ instance: fresh, attempts: five }), 'move provisioning_failed provider_unanswered');
  const late = instance({ serverRef: null, stateAtMs: NOW - 700_000 });
  assert.equal(
    decided({ instance: late, attempts: [absent] }),
    'move provisioning_failed provider_unanswered',
  );
  assert.equal(decided({ instance: late, attempts: [attempt({ state: 'open' })] }), 'resolve_absent');
  const seen = nothingSeen();
  seen.found.set('att_1', []);
  const called = [attempt({ state: 'called', providerRef: null })];
  assert.equal(decided({ instance: late, attempts: called }, seen), 'wait');
});

test('a server id that was only noted is looked at and taken over', () => {
  const fresh = instance({ serverRef: null });
  assert.equal(decided({ instance: fresh }), 'look');
  assert.equal(decided({ instance: fresh }, seenServer(server('stopped'))), 'adopt');
  assert.equal(decided({ instance: fresh }, seenServer(null)), 'wait');
  const old = [attempt({ absentAfterMs: NOW - 1 })];
  assert.equal(decided({ instance: fresh, attempts: old }, seenServer(null)), 'confirm_gone');
});

test('booting starts the server, reads its volumes, and moves on when it runs', () => {
  const booting = instance({ state: 'booting' });
  const started = instance({ state: 'booting', steps: ['started'] });
  assert.equal(decided({ instance: booting }), 'look');
  assert.equal(decided({ instance: booting, volumes: [] }, seenServer(server('stopped'))), 'start_server');
  assert.equal(
    decided({ instance: started, volumes: [] }, seenServer(server('starting'))),
    'discover_volume',
  );
  assert.equal(decided({ instance: booting }, seenServer(server('starting'))), 'note_started');
  assert.equal(decided({ instance: started }, seenServer(server('starting'))), 'wait');
  assert.equal(decided({ instance: started }, seenServer(server('stopped'))), 'wait');
  assert.equal(
    decided({ instance: started }, seenServer(server('running'))),
    'move installing server_running',
  );
  const noAddress = server('running', { address: undefined });
  assert.equal(decided({ instance: started }, seenServer(noAddress)), 'wait');
  assert.equal(
    decided({ instance: started }, seenServer(server('error'))),
    'move startup_failed server_error',
  );
  const fallen = instance({ state: 'booting', steps: ['started'], serverState: 'fell_back' });
  assert.equal(
    decided({ instance: fallen }, seenServer(server('stopped'))),
    'move startup_failed server_stopped',
  );
  const another = [offer(), offer({ position: 2, zone: 'mock-b' })];
  assert.equal(
    decided({ instance: fallen, offers: another }, seenServer(server('stopped'))),
    'give_up_start',
  );
  const ended = server('gone', { neverRanFor: 'stock_out' });
  for (const offers of [another, [offer()]]) {
    assert.equal(decided({ instance: started, offers }, seenServer(ended)), 'give_up_start');
  }
  assert.equal(decided({ instance: started }, seenServer(server('gone'))), 'move failed server_gone');
  const late = instance({ state: 'booting', steps: ['started'], stateAtMs: NOW - 700_000 });
  assert.equal(
    decided({ instance: late }, seenServer(server('starting'))),
    'move startup_failed server_never_ran',
  );
});

test('a worker that registers moves the start on, one that never does ends it', () => {
  const installing = (stateAtMs: number) => instance({ state: 'installing', stateAtMs });
  const silent = worker({ registeredAtMs: null, lastSeenAtMs: null, status: null });
  assert.equal(decided({ instance: installing(NOW - 1_000) }), 'move starting worker_registered');
  assert.equal(decided({ instance: installing(NOW - 1_000), worker: silent }), 'wait');
  assert.equal(
    decided({ instance: installing(NOW - 900_000), worker: silent }, seenServer(server('running'))),
    'move startup_failed worker_never_registered',
  );
});

test('a start ends in ready only when worker and check agree, or a fresh heartbeat outranks silence', () => {
  const starting = instance({ state: 'starting' });
  assert.equal(decided({ instance: starting }), 'check_health');
  for (const [health, expected] of [
    ['confirmed', 'move ready health_confirmed'],
    ['unreachable', 'move ready health_confirmed'],
    ['contradicted', 'wait'],
  ] as const) {
    const seen = nothingSeen();
    seen.health = health;
    assert.equal(decided({ instance: starting }, seen), expected);
  }
  const stale = worker({ lastSeenAtMs: NOW - 31_000 });
  assert.equal(decided({ instance: starting, worker: stale }, seenServer(server('running'))), 'wait');
  const failed = worker({ status: 'failed' });
  assert.equal(decided({ instance: starting, worker: failed }), 'move startup_failed engine_failed');
  const loading = worker({ status: 'loading' });
  assert.equal(decided({ instance: starting, worker: loading }), 'wait');
  const late = instance({ state: 'starting', stateAtMs: NOW - 5_400_000 });
  assert.equal(decided({ instance: late, worker: loading }), 'move startup_failed model_never_ready');
});

test('a ready machine leaves service by the word of its worker, never by silence alone', () => {
  const ready = instance({ state: 'ready' });
  assert.equal(decided({ instance: ready }), 'wait');
  assert.equal(
    decided({ instance: ready, worker: worker({ status: 'loading' }) }),
    'move unavailable worker_not_ready',
  );
  assert.equal(
    decided({ instance: ready, worker: worker({ status: 'installed', errorCode: 'engine_crashed' }) }),
    'move unavailable engine_failed',
  );
  const silent = worker({ lastSeenAtMs: NOW - 20_000 });
  const unlooked = instance({ state: 'ready', serverLookedAtMs: NOW - 10_000 });
  assert.equal(decided({ instance: unlooked, worker: silent }), 'look');
  assert.equal(decided({ instance: unlooked, worker: silent }, seenServer(server('running'))), 'wait');
});

test('a worker counts as dead only after this run has looked at its server, and only when it can be heard', () => {
  const silent = worker({ lastSeenAtMs: NOW - 400_000 });
  const checked = { healthAtMs: NOW - 500, healthVerdict: 'unreachable', healthFailures: 2 } as const;
  const ready = instance({ state: 'ready', ...checked });
  assert.equal(decided({ instance: ready, worker: silent }), 'look');
  const runs = seenServer(server('running'));
  assert.equal(decided({ instance: ready, worker: silent }, runs), 'move worker_dead worker_silent');
  const held = nothingSeen();
  held.held.set('look srv-1', 500);
  assert.equal(
    decided({ instance: ready, worker: silent }, held),
    'move worker_dead worker_silent',
    'a provider that does not answer keeps nobody in service for ever',
  );
  for (const freeze of ['fleet_silent', 'orchestrator_late', 'control_plane_back'] as const) {
    assert.equal(decided({ instance: ready, worker: silent, freeze }, runs), 'wait', freeze);
    const gone = seenServer(server('gone'));
    assert.equal(decided({ instance: ready, worker: silent, freeze }, gone), 'move failed server_gone');
  }
});

test('late heartbeats bring machines back', () => {
  assert.equal(decided({ instance: instance({ state: 'worker_dead' }) }), 'move starting worker_returned');
  const failed = instance({ state: 'startup_failed' });
  assert.equal(decided({ instance: failed }), 'check_health');
  const confirmed: Seen = { ...nothingSeen(), health: 'confirmed' };
  assert.equal(decided({ instance: failed }, confirmed), 'move starting worker_returned');
  const denied: Seen = { ...nothingSeen(), health: 'contradicted' };
  assert.equal(decided({ instance: failed }, denied), 'wait', 'what it denies does not bring it back');
  const left = instance({ state: 'worker_dead', stateAtMs: NOW - 500 });
  assert.equal(decided({ instance: left }, seenServer(server('running'))), 'wait', 'not heard since');
  const goodbye = worker({ status: 'stopped' });
  assert.equal(
    decided({ instance: instance({ state: 'worker_dead' }), worker: goodbye }, seenServer(server('running'))),
    'wait',
  );
  assert.equal(decided({ instance: instance({ state: 'unavailable' }) }), 'check_health');
  const loading = worker({ status: 'loading', registeredAtMs: NOW - 60_000 });
  assert.equal(
    decided({ instance: instance({ state: 'startup_failed' }), worker: loading }),
    'wait',
    'one that merely goes on loading does not begin its deadline anew',
  );
  const late = worker({ status: 'installed', registeredAtMs: NOW - 500 });
  assert.equal(
    decided({ instance: instance({ state: 'startup_failed' }), worker: late }),
    'move starting worker_returned',
  );
  const unknown = instance({ state: 'startup_failed', address: null });
  assert.equal(decided({ instance: unknown, worker: late }), 'look', 'its address is learnt first');
});

test('a server that is gone ends every live state; one that is not found, after the window', () => {
  for (const state of [
    'booting',
    'installing',
    'starting',
    'ready',
    'unavailable',
    'worker_dead',
    'startup_failed',
  ] as const) {
    const gone = seenServer(server('gone'));
    assert.equal(decided({ instance: instance({ state }) }, gone), 'move failed server_gone', state);
    const missing = instance({ state, serverMissingSinceMs: NOW - 9_000 });
    const old = [attempt({ absentAfterMs: NOW - 60_000 })];
    const notYet = decided({ instance: missing, attempts: old, worker: undefined }, seenServer(null));
    assert.notEqual(notYet, 'move failed server_gone', state);
    const proven = instance({ state, serverMissingSinceMs: NOW - 10_000 });
    assert.equal(
      decided({ instance: proven, attempts: old }, seenServer(null)),
      'move failed server_gone',
      state,
    );
  }
  assert.equal(decided({ instance: instance({ state: 'failed' }) }), 'move terminating server_gone');
});

test('who is to go is drained where requests may be open, and terminated where not', () => {
  const wanted = 'terminated' as const;
  for (const state of [
    'provisioning',
    'booting',
    'installing',
    'starting',
    'worker_dead',
    'startup_failed',
  ] as const) {
    assert.equal(
      decided({ instance: instance({ state, wanted }) }),
      'move terminating termination_requested',
      state,
    );
  }
  assert.equal(
    decided({ instance: instance({ state: 'ready', wanted }) }),
    'move draining termination_requested',
  );
  const unavailable = instance({ state: 'unavailable', wanted });
  assert.equal(decided({ instance: unavailable }), 'move terminating termination_requested');
  const busy = worker({ status: 'draining', inFlight: 3 });
  assert.equal(decided({ instance: unavailable, worker: busy }), 'move draining termination_requested');
});

test('draining waits for open requests, at most until its deadline, and shortly for an unreachable agent', () => {
  const draining = (agoMs: number) =>
    instance({ state: 'draining', stateAtMs: NOW - agoMs, wanted: 'terminated' });
  const answered = (drain: Seen['drain']) => ({ ...nothingSeen(), drain });
  assert.equal(decided({ instance: draining(10) }), 'order_drain');
  assert.equal(decided({ instance: draining(10) }, answered({ inFlight: 0 })), 'move terminating drained');
  assert.equal(decided({ instance: draining(10) }, answered({ inFlight: 1 })), 'wait');
  assert.equal(
    decided({ instance: draining(30_000) }, answered({ inFlight: 1 })),
    'move terminating drain_deadline',
  );
  assert.equal(decided({ instance: draining(10) }, answered('unreachable')), 'wait');
  assert.equal(
    decided({ instance: draining(5_000) }, answered('unreachable')),
    'move terminating drain_unreachable',
  );
  const silent = worker({ lastSeenAtMs: NOW - 31_000 });
  assert.equal(
    decided({ instance: draining(10), worker: silent }, answered('unreachable')),
    'move terminating drain_unreachable',
  );
});

test('the end resolves what may exist, deletes servers before volumes, and needs its proof', () => {
  const ending = instance({ state: 'terminating', wanted: 'terminated' });
  const open = [attempt({ state: 'open', providerRef: null })];
  assert.equal(decided({ instance: ending, attempts: open }), 'resolve_absent');
  const called = [attempt({ state: 'called', providerRef: null })];
  assert.equal(decided({ instance: ending, attempts: called }), 'find_attempt');
  const none = nothingSeen();
  none.found.set('att_1', []);
  assert.equal(decided({ instance: ending, attempts: called }, none), 'wait', 'it may still appear');
  assert.equal(decided({ instance: ending }), 'look');
  assert.equal(decided({ instance: ending, volumes: [] }, seenServer(server('running'))), 'discover_volume');
  assert.equal(decided({ instance: ending }, seenServer(server('running'))), 'delete_resource');
  assert.equal(decided({ instance: ending }, seenServer(null)), 'wait', 'not deleted before it can be seen');
  const unseen = [attempt({ absentAfterMs: NOW - 1 })];
  assert.equal(decided({ instance: ending, attempts: unseen }, seenServer(null)), 'delete_resource');
  const deleted = [attempt({ deleteCalledAtMs: NOW - 2_000 })];
  assert.equal(decided({ instance: ending, attempts: deleted }, seenServer(server('stopping'))), 'wait');
  assert.equal(decided({ instance: ending, attempts: deleted }, seenServer(server('running'))), 'wait');
  const ignored = [attempt({ deleteCalledAtMs: NOW - 10_000 })];
  assert.equal(
    decided({ instance: ending, attempts: ignored }, seenServer(server('running'))),
    'delete_resource',
  );
  assert.equal(
    decided({ instance: ending, attempts: deleted }, seenServer(null)),
    'wait',
    '404 proves nothing',
  );
  const proven = [attempt({ deleteCalledAtMs: NOW - 10_000, absentAfterMs: NOW - 1 })];
  assert.equal(decided({ instance: ending, attempts: proven }, seenServer(null)), 'confirm_gone');
  assert.equal(decided({ instance: ending }, seenServer(server('gone'))), 'confirm_gone');
});

test('volumes go after their server, one that is kept stays, and the last proof ends it', () => {
  const ending = instance({ state: 'terminating', wanted: 'terminated' });
  const attempts = [attempt({ state: 'absent' })];
  const seenVolume = (found: Pick<Volume, 'state'> | null) => {
    const seen = nothingSeen();
    seen.volumes.set('vol_1', found as Volume | null);
    return seen;
  };
  assert.equal(decided({ instance: ending, attempts }), 'look_volume');
  assert.equal(decided({ instance: ending, attempts }, seenVolume({ state: 'available' })), 'delete_volume');
  const deleted = [volume({ deleteCalledAtMs: NOW - 2_000 })];
  assert.equal(
    decided({ instance: ending, attempts, volumes: deleted }, seenVolume({ state: 'available' })),
    'wait',
  );
  assert.equal(decided({ instance: ending, attempts, volumes: deleted }, seenVolume(null)), 'wait');
  assert.equal(
    decided({ instance: ending, attempts, volumes: deleted }, seenVolume({ state: 'gone' })),
    'confirm_volume_gone',
  );
  const old = [volume({ deleteCalledAtMs: NOW - 10_000 })];
  assert.equal(
    decided({ instance: ending, attempts, volumes: old }, seenVolume(null)),
    'confirm_volume_gone',
  );
  const kept = [volume({ deleteOnTerminate: false })];
  assert.equal(decided({ instance: ending, attempts, volumes: kept }), 'move terminated nothing_left');
  const done = [volume({ isDeleted: true })];
  assert.equal(decided({ instance: ending, attempts, volumes: done }), 'move terminated nothing_left');
});

test('a stray server is deleted beside a machine that serves', () => {
  const ready = instance({ state: 'ready' });
  const stray = attempt({ id: 'att_2', number: 2, providerRef: 'srv-2' });
  assert.equal(decided({ instance: ready, attempts: [attempt(), stray] }), 'look');
  const seen = seenServer(server('running', { ref: { id: 'srv-2', zone: 'mock-a' } }), 'srv-2');
  const decision = decide(situation({ instance: ready, attempts: [attempt(), stray] }), seen);
  assert.ok(decision.do === 'delete_resource' && decision.attempt.providerRef === 'srv-2');
});

test('what lasts too long raises one alarm per state', () => {
  const stuck = instance({ state: 'terminating', stateAtMs: NOW - 900_000 });
  assert.equal(decided({ instance: stuck }), 'raise_alarm');
  assert.notEqual(decided({ instance: stuck, alarms: ['TERMINATION_STALLED'] }), 'raise_alarm');
});

test('what has just failed is left alone, and the rest goes on', () => {
  const ending = instance({ state: 'terminating', wanted: 'terminated' });
  const two = [attempt(), attempt({ id: 'att_2', number: 2, providerRef: 'srv-2' })];
  const seen = seenServer(server('running'));
  const first = decide(situation({ instance: ending, attempts: two }), seen);
  assert.ok(first.do === 'delete_resource' && first.attempt.providerRef === 'srv-1');
  seen.held.set(keyOf(first), 700);
  assert.equal(decided({ instance: ending, attempts: two }, seen), 'look', 'the other server');
  const alone = decide(situation({ instance: ending }), seen);
  assert.deepEqual(alone, { do: 'wait', ms: 700 });
});

test('final states rest', () => {
  const hidden = instance({ state: 'archived', isArchived: true });
  assert.equal(decided({ instance: hidden, attempts: [] }), 'rest');
  const backInView = instance({ state: 'archived', isArchived: false });
  assert.equal(decided({ instance: backInView, attempts: [] }), 'move terminated unarchive_requested');
  assert.equal(decided({ instance: instance({ state: 'terminated' }), attempts: [] }), 'rest');
  const archived = instance({ state: 'terminated', isArchived: true });
  assert.equal(decided({ instance: archived, attempts: [] }), 'move archived archive_requested');
  const refused = instance({ state: 'provisioning_failed', serverRef: null });
  assert.equal(decided({ instance: refused, attempts: [] }), 'rest');
  const unwanted = instance({ state: 'provisioning_failed', serverRef: null, wanted: 'terminated' });
  assert.equal(
    decided({ instance: unwanted, attempts: [], volumes: [] }),
    'move terminated termination_requested',
  );
  assert.equal(decided({ instance: unwanted }), 'move terminating termination_requested');
});
