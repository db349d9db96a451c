import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRunner } from '#jobs/runner.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { PartKind } from '#providers/provider.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  type Bench,
  depsOf,
  driveTo,
  driveToReady,
  leaseOf,
  openBench,
  order,
  reconcile,
  recordOf,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { settle } from '../testing/settle.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';

const ALL: readonly PartKind[] = ['key', 'security_group', 'address', 'volume'];

async function openPartsBench(
  t: Parameters<typeof openBench>[0],
  change: Partial<Bench['provider']['capabilities']> = {},
): Promise<Bench> {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ALL, ...change };
  return bench;
}

async function assertNothingLeft(bench: Bench, id: InstanceId): Promise<void> {
  assert.deepEqual(bench.provider.living, []);
  assert.deepEqual(bench.provider.livingVolumes, []);
  assert.deepEqual(bench.provider.livingParts, []);
  await assertBooksMatch(bench, id);
}

test('parts are made in the order of the provider, the server with them, and all go behind it', async (t) => {
  const bench = await openPartsBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  const creates = bench.provider.calls.filter((call) => call.startsWith('create'));
  assert.deepEqual(creates, [...ALL.map((kind) => `createPart ${kind}`), 'createServer']);
  const [server] = bench.provider.living;
  assert.deepEqual(
    server?.order.parts.map((part) => part.kind),
    ['volume', 'address', 'security_group', 'key'],
  );
  const key = [...bench.provider.parts.values()].find((part) => part.kind === 'key');
  assert.match(key?.order.publicKey ?? '', /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43} inst_/);
  const { instance, volumes } = await recordOf(bench, id);
  assert.ok(instance.steps.includes('security_group'));
  assert.equal(volumes.length, 2, 'the root volume and the one that was ordered');
  const kinds = await bench.db.query(
    `select kind, is_boot, delete_on_terminate from instance_volumes where instance_id = $1 order by kind`,
    [id],
  );
  assert.deepEqual(kinds, [
    { kind: 'block', is_boot: true, delete_on_terminate: true },
    { kind: 'data', is_boot: false, delete_on_terminate: true },
  ]);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  const deletes = bench.provider.calls.filter((call) => call.startsWith('delete'));
  assert.equal(deletes[0], 'deleteServer');
  assert.deepEqual(deletes.slice(-3), ['deletePart address', 'deletePart security_group', 'deletePart key']);
  await assertNothingLeft(bench, id);
  const costs = await bench.db.query<{ kind: string; nanos: number | null }>(
    `select resource_kind as kind, nanos_per_hour as nanos from cost_events
     where instance_id = $1 and edge = 'start' order by resource_kind, resource_ref`,
    [id],
  );
  assert.deepEqual(
    costs.map((cost) => cost.kind),
    ['address', 'server', 'volume', 'volume'],
  );
  assert.ok(costs.every((cost) => cost.nanos !== null));
  await assertHistoriesReplay(bench);
});

for (const idempotentCreate of ['token', 'tag'] as const) {
  for (const kind of ALL) {
    test(`a ${kind} whose reply was lost is adopted by its ${idempotentCreate}, not made twice`, async (t) => {
      const bench = await openPartsBench(t, { idempotentCreate });
      bench.provider.fail({ operation: 'createPart', part: kind, kind: 'retryable', when: 'after' });
      bench.provider.fail({ operation: 'deletePart', part: kind, kind: 'retryable', when: 'after' });
      const id = await order(bench);
      await driveTo(bench, id, 'installing');
      assert.equal(bench.provider.parts.size, ALL.length);
      await terminate(bench, id);
      await driveTo(bench, id, 'terminated');
      await assertNothingLeft(bench, id);
    });
  }
}

for (const refused of ALL) {
  test(`a ${refused} that is refused ends the order, and what was made before is released`, async (t) => {
    const bench = await openPartsBench(t);
    bench.provider.fail({ operation: 'createPart', part: refused, kind: 'quota', when: 'before' });
    const id = await order(bench);
    await driveTo(bench, id, 'provisioning_failed');
    assert.equal((await recordOf(bench, id)).instance.stateReason, 'quota');
    assert.equal(bench.provider.parts.size, ALL.indexOf(refused));
    await settle(bench, id);
    await assertNothingLeft(bench, id);
    assert.deepEqual(await reconcile(bench, id), { done: true });
    await terminate(bench, id);
    await driveTo(bench, id, 'terminated');
  });
}

test('of two parts with one tag the older is kept and the other is deleted beside the machine', async (t) => {
  const bench = await openPartsBench(t, { idempotentCreate: 'tag', parts: ['volume', 'address'] });
  for (const part of ['volume', 'address'] as const) {
    bench.provider.fail({ operation: 'createPart', part, kind: 'retryable', when: 'after' });
  }
  const id = await order(bench);
  bench.atCrashPoint = (name) => {
    const kind = /^reconcile-instance\.find-(volume|address)\.before$/.exec(name)?.[1];
    const made = bench.provider.livingParts.filter((part) => part.kind === kind);
    const [first] = made;
    if (!first || made.length > 1) return;
    void bench.provider.createPart(
      { signal: new AbortController().signal, correlationId: 'cor_x' },
      first.order,
    );
  };
  // Cleared, so that only the machine's own calls are told of.
  bench.provider.correlationIds.clear();
  await driveToReady(bench, id);
  bench.atCrashPoint = () => undefined;
  assert.equal(bench.provider.parts.size, 4, 'each was made twice');
  await settle(bench, id);
  assert.equal(bench.provider.livingParts.length, 2);
  const [server] = bench.provider.living;
  assert.deepEqual(
    new Set(server?.order.parts.map((part) => part.ref.id)),
    new Set(bench.provider.livingParts.map((part) => part.id)),
    'those that the server was made with',
  );
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  await assertNothingLeft(bench, id);
});

test('without tombstones each end is proven by absence for the whole window', async (t) => {
  const bench = await openPartsBench(t, { tombstones: false });
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  const early = await bench.db.query(
    `select kind from provision_attempts where instance_id = $1 and kind <> 'volume'
       and resolved_at < delete_called_at + interval '40 milliseconds'`,
    [id],
  );
  assert.deepEqual(early, []);
  assert.deepEqual(bench.provider.livingParts, []);
  assert.deepEqual(bench.provider.livingVolumes, []);
});

test('a part that is in use, or whose delete does nothing, is tried until it is gone', async (t) => {
  const bench = await openPartsBench(t);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  for (const kind of ['conflict', 'locked', 'retryable'] as const) {
    bench.provider.fail({ operation: 'deletePart', part: 'address', kind, when: 'before', count: 2 });
  }
  bench.settings = { ...bench.settings, alarmAfterMs: 1 };
  await terminate(bench, id);
  await driveTo(bench, id, 'terminating');
  bench.provider.ignoresDelete = true;
  for (let round = 0; round < 3; round++) await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'terminating');
  const alarms = await bench.db.query(
    `select 1 from action_log where instance_id = $1 and code = 'TERMINATION_STALLED'`,
    [id],
  );
  assert.equal(alarms.length, 1);
  bench.provider.ignoresDelete = false;
  await driveTo(bench, id, 'terminated');
  await assertNothingLeft(bench, id);
});

test('a data volume that is to be kept outlives its machine and goes on costing', async (t) => {
  const bench = await openPartsBench(t);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  await bench.db.query(
    `update instance_volumes set delete_on_terminate = false where instance_id = $1 and kind = 'data'`,
    [id],
  );
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(
    bench.provider.livingParts.map((part) => part.kind),
    ['volume'],
  );
  const edges = await bench.db.query<{ edge: string }>(
    `select edge from cost_events where instance_id = $1 and resource_ref = $2`,
    [id, bench.provider.livingParts[0]?.id],
  );
  assert.deepEqual(edges, [{ edge: 'start' }]);
});

test('a run that lost its lease keeps the id of a part and decides nothing', async (t) => {
  const bench = await openPartsBench(t);
  const id = await order(bench);
  let isLost = false;
  bench.atCrashPoint = (name) => {
    if (name === 'reconcile-instance.create-volume.after') isLost = true;
  };
  await assert.rejects(reconcile(bench, id, leaseOf(bench, id, { isLost: () => isLost })), /inst_/);
  const record = await recordOf(bench, id);
  assert.equal(record.attempts.find((attempt) => attempt.kind === 'volume')?.state, 'present');
  assert.equal(record.volumes.length, 1, 'with the row that it will be deleted by');
  bench.atCrashPoint = () => undefined;
  await driveTo(bench, id, 'installing');
  assert.equal(bench.provider.parts.size, ALL.length);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  await assertNothingLeft(bench, id);
});

test('a part that shows up after its absence was proven is deleted, whatever the state', async (t) => {
  const bench = await openPartsBench(t, { parts: ['address'], idempotentCreate: 'tag' });
  bench.provider.lagMs = 60_000;
  bench.provider.fail({ operation: 'createPart', kind: 'retryable', when: 'after' });
  const id = await order(bench);
  bench.atCrashPoint = (name) => {
    if (name === 'reconcile-instance.absent-address.committed') bench.provider.lagMs = 0;
  };
  await driveTo(bench, id, 'installing');
  assert.equal(bench.provider.livingParts.length, 2, 'the window was too short for the first');
  const [late] = bench.provider.livingParts;
  assert.ok(late);
  await bench.db.query(
    `update provision_attempts set state = 'present', provider_ref = $2 where id = $1 and state = 'absent'`,
    [late.order.owner.attempt, late.id],
  );
  bench.provider.show(late.id);
  await settle(bench, id);
  assert.deepEqual(
    bench.provider.livingParts.map((part) => part.id),
    bench.provider.living[0]?.order.parts.map((part) => part.ref.id),
  );
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(bench.provider.livingParts, []);
});

test('two orchestrators share many machines with parts, each part is made once', async (t) => {
  const bench = await openPartsBench(t);
  bench.settings = { ...bench.settings, providerTimeoutMs: 10_000 };
  const ids: InstanceId[] = [];
  for (let count = 0; count < 6; count++) ids.push(await order(bench, `shared-${count}`));
  const figures = {
    leaseMs: 2_000,
    pollMs: 20,
    concurrency: 4,
    attemptsMax: 5,
    retry: { firstMs: 10, maxMs: 50 },
  };
  const options = { handlers: [reconcileInstanceHandler(depsOf(bench))], figures };
  const runners = [
    await startRunner(bench.env, bench.db, options),
    await startRunner(bench.env, bench.db, options),
  ];
  const reached = async (wanted: string) => {
    for (let round = 0; round < 1_500; round++) {
      const states = await Promise.all(ids.map((id) => stateOf(bench, id)));
      if (states.every((state) => state === wanted)) return;
      await bench.env.sleep(20);
    }
    assert.fail(`not all of them became ${wanted}`);
  };
  try {
    await reached('installing');
    assert.equal(bench.provider.servers.size, ids.length);
    assert.equal(bench.provider.parts.size, ids.length * ALL.length);
    for (const id of ids) await terminate(bench, id);
    await reached('terminated');
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
  for (const id of ids) await assertNothingLeft(bench, id);
  await assertHistoriesReplay(bench);
});
