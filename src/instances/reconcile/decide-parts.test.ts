/** Decisions about what is ordered beside a server, and about offers in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptRow, VolumeRow } from '../rows.ts';
import { attempt, instance, NOW, offer, situation, volume } from '../testing/situations.ts';
import { decide } from './decide.ts';
import { type Decision, keyOf, nothingSeen, type Situation } from './situation.ts';

function decisionOf(decision: Decision): string {
  return decision.do === 'move' ? `move ${decision.to} ${decision.reason}` : decision.do;
}

function decided(change: Partial<Situation>, seen = nothingSeen()): string {
  return decisionOf(decide(situation(change), seen));
}

const ORDERED = instance({ serverRef: null, address: null });
const BOTH = {
  idempotentCreate: 'token',
  tombstones: true,
  parts: ['security_group', 'address'],
  userDataAtEachBoot: false,
} as const;
const group = (change: Partial<AttemptRow> = {}) =>
  attempt({ id: 'att_g', kind: 'security_group', providerRef: 'sg-1', ...change });
const address = (change: Partial<AttemptRow> = {}) =>
  attempt({ id: 'att_a', kind: 'address', providerRef: 'ip-1', ...change });

test('parts are ordered before the server, one after the other, by the same rules', () => {
  const next = (attempts: AttemptRow[], seen = nothingSeen()) =>
    keyOf(decide(situation({ instance: ORDERED, attempts, capabilities: BOTH }), seen));
  assert.equal(next([]), 'open_attempt security_group');
  assert.equal(next([group({ state: 'open' })]), 'call_create att_g');
  assert.equal(next([group({ state: 'called' })]), 'find_attempt att_g');
  assert.equal(next([group()]), 'open_attempt address');
  assert.equal(next([group(), address({ state: 'absent' })]), 'open_attempt address');
  assert.equal(next([group(), address()]), 'open_attempt server');
  const unresolved = [group({ state: 'absent' }), address(), attempt({ state: 'called' })];
  assert.equal(next(unresolved), 'find_attempt att_1', 'what the server was ordered with stays as it is');
  const stray = group({ isStray: true });
  const seen = nothingSeen();
  assert.equal(next([stray], seen), 'open_attempt security_group', 'an unwanted one does not count');
});

test('parts go when their server is proven gone, and after a failed order', () => {
  const ending = instance({ state: 'terminating', wanted: 'terminated' });
  const volumes = [volume({ isDeleted: true })];
  const next = (attempts: AttemptRow[], seen = nothingSeen(), its = ending) =>
    keyOf(decide(situation({ instance: its, attempts, volumes }), seen));
  assert.equal(next([attempt(), group(), address()]), 'look srv-1');
  const gone = attempt({ state: 'absent' });
  assert.equal(next([gone, group(), address()]), 'look_part att_a', 'addresses before security groups');
  const seen = nothingSeen();
  seen.parts.set('att_a', null);
  assert.equal(next([gone, address()], seen), 'wait', 'not deleted before it can be seen');
  assert.equal(next([gone, address({ absentAfterMs: NOW - 1 })], seen), 'delete_resource att_a');
  const deleted = address({ deleteCalledAtMs: NOW - 2_000 });
  assert.equal(next([gone, deleted], seen), 'wait', 'not being seen proves nothing yet');
  const long = address({ deleteCalledAtMs: NOW - 10_000, absentAfterMs: NOW - 1 });
  assert.equal(next([gone, long], seen), 'confirm_gone att_a');
  const failed = instance({ state: 'provisioning_failed', serverRef: null });
  assert.equal(next([group(), address()], nothingSeen(), failed), 'look_part att_a');
  const stuck = instance({ state: 'provisioning_failed', serverRef: null, stateAtMs: NOW - 900_000 });
  assert.equal(next([group()], nothingSeen(), stuck), 'raise_alarm');
  assert.equal(next([group({ state: 'absent' })], nothingSeen(), stuck), 'rest');
});

test('a volume that was ordered by itself goes as its row says', () => {
  const ending = instance({ state: 'terminating', wanted: 'terminated' });
  const ordered = attempt({ kind: 'volume', providerRef: 'vol-1' });
  const next = (its: VolumeRow) =>
    decided({ instance: ending, attempts: [ordered], volumes: [its] }, nothingSeen());
  assert.equal(next(volume({ discoveredOn: null })), 'look_volume');
  assert.equal(
    next(volume({ discoveredOn: null, deleteOnTerminate: false })),
    'move terminated nothing_left',
  );
  assert.equal(next(volume({ discoveredOn: null, isDeleted: true })), 'confirm_gone');
});

test('the root volume of a server that was given back goes with it', () => {
  const ready = instance({ state: 'ready', serverRef: 'srv-2' });
  const kept = attempt({ id: 'att_2', number: 2, providerRef: 'srv-2' });
  const attempts = [attempt({ state: 'absent', isStray: true }), kept];
  assert.equal(decided({ instance: ready, attempts }), 'look_volume');
  const its = [volume({ discoveredOn: 'srv-2' })];
  assert.equal(decided({ instance: ready, attempts, volumes: its }), 'wait');
});

test('a refused offer leads to the next that is not known to be full', () => {
  const refusedFor = (refusalKind: string) => [attempt({ state: 'absent', refusalKind })];
  const offers = [
    offer(),
    offer({ position: 1, zone: 'mock-b', blockedKind: 'quota' }),
    offer({ position: 2, zone: 'mock-c' }),
    offer({ position: 3, instanceTypeId: 'type_2' }),
  ];
  const left = (kind: string, its = offers) => {
    const decision = decide(
      situation({ instance: ORDERED, attempts: refusedFor(kind), offers: its }),
      nothingSeen(),
    );
    assert.ok(decision.do === 'leave_offer');
    return [decision.next?.position, decision.passedOver.map((one) => one.position)];
  };
  assert.deepEqual(left('stock_out'), [2, [1]]);
  assert.deepEqual(left('quota', offers.slice(0, 2)), [undefined, [1]]);
  assert.deepEqual(left('invalid'), [3, []]);
  assert.deepEqual(left('auth'), [undefined, []]);
  const blocked = [offer({ blockedKind: 'stock_out' }), offer({ position: 1, zone: 'mock-b' })];
  const fresh = { instance: ORDERED, offers: blocked };
  assert.equal(decided({ ...fresh, attempts: [] }), 'leave_offer', 'refused to others: not asked for');
  assert.equal(decided({ ...fresh, attempts: [attempt({ state: 'open' })] }), 'resolve_absent');
  assert.equal(decided({ ...fresh, attempts: [attempt({ state: 'called' })] }), 'find_attempt');
});
