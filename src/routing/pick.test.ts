import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickerWith, requestOf, workerNamed } from './testing/routing-fixture.ts';

const A = workerNamed('a');
const B = workerNamed('b');
const C = workerNamed('c');
const NEW = requestOf([]);

test('requests that share nothing spread evenly, and a release counts once', () => {
  const { picker, lease } = pickerWith();
  const workers = [A, B, C];
  const leases = Array.from({ length: 9 }, (_, i) => lease(workers, requestOf([i + 1])));
  for (const { instanceId } of workers) assert.equal(picker.outstanding(instanceId), 3);
  const freed = leases.find((one) => one.worker === B);
  freed?.release();
  freed?.release();
  assert.equal(picker.outstanding('inst_b'), 2);
  assert.equal(lease(workers, NEW).worker, B);
});

test('equals are chosen by chance', () => {
  const { lease } = pickerWith();
  const chosen = new Map<string, number>();
  for (let i = 0; i < 3_000; i++) {
    const one = lease([A, B, C], NEW);
    chosen.set(one.worker.instanceId, (chosen.get(one.worker.instanceId) ?? 0) + 1);
    one.release();
  }
  for (const count of chosen.values()) assert.ok(count > 800 && count < 1_200, String(count));
});

test('a prompt goes where its beginning is, until the queue there costs more than the beginning saves', () => {
  const { picker, lease } = pickerWith();
  const prompt = Array.from({ length: 100 }, (_, i) => i + 1);
  const first = lease([A, B], requestOf(prompt));
  first.firstToken();
  first.release();
  const home = first.worker;
  const again = lease([A, B], requestOf([...prompt, 101]));
  assert.deepEqual([again.worker, again.reason, again.cachedTokens], [home, 'prefix', 10_000]);
  // Long prompts of others queue up at home.
  for (let i = 0; i < 4; i++) {
    lease(
      [home],
      requestOf(
        Array.from({ length: 200 }, (_, k) => 1_000 * (i + 1) + k),
        { inputTokens: 20_000 },
      ),
    );
  }
  assert.notEqual(lease([A, B], requestOf([...prompt, 102])).worker, home);
  assert.equal(picker.knownShare([A, B], requestOf([...prompt, ...prompt.map((i) => i + 5_000)])), 0.5);
  assert.equal(picker.knownShare([A, B], requestOf([9_999])), 0);
});

test('a conversation goes back to its last worker when nothing else speaks for another', () => {
  const { lease } = pickerWith({ sessionShare: 0.1 });
  const session = requestOf([], { inputTokens: 1_000, session: 's' });
  const first = lease([A, B, C], session);
  first.release();
  for (let i = 0; i < 20; i++) {
    const next = lease([A, B, C], session);
    assert.equal(next.worker, first.worker);
    assert.equal(next.reason, 'session');
    next.release();
  }
  // It is a hint: a worker that must compute much first is left alone.
  lease([first.worker], requestOf([], { inputTokens: 50_000 }));
  assert.notEqual(lease([A, B, C], session).worker, first.worker);
  const other = lease([A, B, C], { ...session, orgId: 'org_b' });
  assert.notEqual(other.reason, 'session');
});

test('an unreachable worker rests, longer each time, and comes back', () => {
  const { time, picker, lease } = pickerWith();
  const workers = [A, B];
  lease([A], NEW).failed({ isUnreachable: true });
  for (let i = 0; i < 5; i++) assert.equal(lease(workers, NEW).worker, B);
  time.ms = 500;
  const probe = lease([A, B], NEW);
  assert.deepEqual([probe.worker, probe.reason], [A, 'probe']);
  // While the probe is out, others go elsewhere.
  for (let i = 0; i < 5; i++) assert.equal(lease(workers, NEW).worker, B);
  probe.failed({ isUnreachable: true });
  probe.release();
  time.ms = 1_499;
  assert.equal(lease(workers, NEW).worker, B);
  time.ms = 1_500;
  const second = lease(workers, NEW);
  assert.equal(second.worker, A);
  second.reached();
  second.release();
  assert.ok(picker.outstanding('inst_b') > 0);
});

test('when all rest they are used anyway, and there is none only when there is none', () => {
  const { picker, lease } = pickerWith();
  lease([A], NEW).failed({ isUnreachable: true });
  assert.equal(lease([A], NEW).worker, A);
  assert.equal(picker.pick([], NEW).kind, 'none');
  assert.equal(picker.pick([A], NEW, { except: new Set(['inst_a']) }).kind, 'none');
});

test('a worker that was used in its rest, because all rested, comes back after it', () => {
  const { time, lease } = pickerWith();
  for (let i = 0; i < 2; i++) {
    const failing = lease([A], NEW);
    failing.failed({ isUnreachable: true });
    failing.release();
  }
  time.ms = 600;
  lease([B], NEW);
  assert.equal(lease([A, B], NEW).reason, 'probe');
  assert.equal(lease([A, B], NEW).worker, B);
});

test('full workers get nothing until one has room, unless it is forced, and room is told', () => {
  const { picker, lease } = pickerWith({ inFlightMax: 2 });
  let told = 0;
  picker.onRoom(() => {
    told++;
  });
  const leases = Array.from({ length: 4 }, () => lease([A, B], NEW));
  assert.equal(picker.pick([A, B], NEW).kind, 'full');
  assert.equal(lease([A, B], NEW, { isForced: true }).reason, 'forced');
  assert.equal(told, 0);
  leases[0]?.release();
  leases[1]?.release();
  assert.equal(told, 2);
  assert.equal(picker.pick([A, B], NEW).kind, 'leased');
  picker.workersChanged(() => true);
  assert.equal(told, 3);
});

test('a worker is full by its backlog and by its KV cache too, but never while it has nothing to do', () => {
  const long = requestOf([], { inputTokens: 100_000 });
  const slow = pickerWith({ backlogMaxMs: 1_000 });
  slow.lease([A], long);
  assert.equal(slow.picker.pick([A], NEW).kind, 'full');
  const small = pickerWith({ kvTokens: 120_000, kvShareMax: 1 });
  const held = small.lease([A], long);
  held.firstToken();
  assert.equal(small.picker.pick([A], long).kind, 'full');
  held.release();
  assert.equal(small.picker.pick([A], long).kind, 'leased');
});

test('a worker that started again is another: no record, no counts, no rest, and what was open stays apart', () => {
  const { picker, lease } = pickerWith();
  const prompt = requestOf([1, 2, 3, 4]);
  const before = lease([A], prompt);
  before.failed({ isUnreachable: true });
  const after = workerNamed('a', { epoch: 2 });
  const fresh = lease([after], prompt);
  assert.equal(fresh.cachedTokens, 0);
  assert.equal(picker.outstanding('inst_a'), 1);
  before.release();
  assert.equal(picker.outstanding('inst_a'), 1);
});

test('one that joins a busy fleet takes on work bit by bit', () => {
  const { time, picker, lease } = pickerWith({ slowStartMs: 10_000 });
  for (let i = 0; i < 20; i++) lease([A], NEW);
  picker.workersChanged(() => true);
  const both = [A, B];
  for (let i = 0; i < 10; i++) lease(both, NEW);
  assert.equal(picker.outstanding('inst_b'), 1);
  time.ms = 5_000;
  for (let i = 0; i < 20; i++) lease(both, NEW);
  const halfway = picker.outstanding('inst_b');
  assert.ok(halfway > 5 && halfway < picker.outstanding('inst_a'), String(halfway));
});

test('workers that are gone are forgotten', () => {
  const { picker, lease } = pickerWith();
  lease([A, B], requestOf([1, 2]));
  picker.workersChanged((id) => id === 'inst_b');
  assert.equal(picker.outstanding('inst_a'), 0);
  assert.equal(lease([A], requestOf([1, 2])).cachedTokens, 0);
});

test('every strategy serves, and repeats itself with the same seed', () => {
  const names = [
    'inventiv',
    'random',
    'round_robin',
    'least_outstanding',
    'least_tokens',
    'p2c',
    'sglang',
    'sglang_cli',
    'gie',
    'dynamo',
    'aibrix',
  ] as const;
  const workers = [A, B, C, workerNamed('d')];
  const play = (strategy: (typeof names)[number]) => {
    const { time, lease } = pickerWith({ strategy }, 7);
    const open: { release(): void; firstToken(): void }[] = [];
    return Array.from({ length: 400 }, (_, i) => {
      time.ms += 20;
      const family = (i * 7) % 13;
      const prompt = Array.from({ length: 1 + (i % 9) }, (_, k) => family * 100 + k + 1);
      const one = lease(workers, requestOf(prompt));
      open.push(one);
      if (i % 3 > 0) open.shift()?.release();
      open[0]?.firstToken();
      return one.worker.instanceId;
    });
  };
  for (const name of names) {
    const first = play(name);
    assert.deepEqual(play(name), first, name);
    assert.equal(new Set(first).size, 4, `${name} uses all workers`);
  }
});
