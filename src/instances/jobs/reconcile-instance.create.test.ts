import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRunner } from '#jobs/runner.ts';
import type { InstanceId } from '#kernel/ids.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  depsOf,
  driveTo,
  leaseOf,
  openBench,
  order,
  reconcile,
  recordOf,
  registerLatest,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';

test('a create whose reply was lost is adopted, not repeated', async (t) => {
  const bench = await openBench(t);
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'after' });
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  assert.equal(bench.provider.servers.size, 1);
  assert.equal(bench.provider.calls.filter((call) => call === 'createServer').length, 1);
});

test('a provider without tokens is asked again only after the absence is proven', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, idempotentCreate: 'tag' };
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'before', outcomeUnknown: true });
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const record = await recordOf(bench, id);
  assert.deepEqual(
    record.attempts.map((attempt) => attempt.state),
    ['absent', 'present'],
  );
  const [first] = await bench.db.query<{ waited: number }>(
    `select extract(epoch from resolved_at - called_at) * 1000 as waited from provision_attempts
     where instance_id = $1 and number = 1`,
    [id],
  );
  assert.ok(Number(first?.waited) >= 60, 'the call deadline and the whole window passed before');
});

test('of two servers with one tag the older is kept and the other is deleted', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, idempotentCreate: 'tag' };
  const id = await order(bench);
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'after' });
  bench.provider.lagMs = 400;
  // Two servers with one tag: as if the provider had made it twice.
  await reconcile(bench, id);
  const [made] = bench.provider.living;
  assert.ok(made);
  bench.provider.lagMs = 0;
  await bench.provider.createServer(
    { signal: new AbortController().signal, correlationId: 'cor_x' },
    made.order,
  );
  assert.equal(bench.provider.living.length, 2);
  await bench.env.sleep(420);
  await driveTo(bench, id, 'installing');
  for (let round = 0; round < 50 && bench.provider.living.length > 1; round++) {
    await reconcile(bench, id);
    await bench.env.sleep(5);
  }
  assert.equal(bench.provider.living.length, 1);
  const { instance } = await recordOf(bench, id);
  assert.equal(bench.provider.living[0]?.id, instance.serverRef, 'the kept one is the one that is known');
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(bench.provider.livingVolumes, []);
  await assertBooksMatch(bench, id);
});

test('a definite refusal is kept and shown, and nothing is left to clean', async (t) => {
  const bench = await openBench(t);
  bench.provider.fail({ operation: 'createServer', kind: 'stock_out', when: 'before' });
  const id = await order(bench);
  await driveTo(bench, id, 'provisioning_failed');
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'stock_out');
  assert.deepEqual(await reconcile(bench, id), { done: true });
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.equal(bench.provider.servers.size, 0);
});

test('a refusal after an unanswered call does not count before the absence is proven', async (t) => {
  const bench = await openBench(t);
  bench.provider.lagMs = 25;
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'after' });
  bench.provider.fail({ operation: 'createServer', kind: 'quota', when: 'before' });
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  assert.equal(bench.provider.servers.size, 1, 'the first call had made it');
});

test('a throttled first call is repeated on the same attempt', async (t) => {
  const bench = await openBench(t);
  bench.provider.fail({ operation: 'createServer', kind: 'throttled', when: 'before', count: 3 });
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  assert.equal((await recordOf(bench, id)).attempts.length, 1);
});

test('a run that lost its lease keeps the server id and decides nothing', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  let isLost = false;
  bench.atCrashPoint = (name) => {
    if (name === 'reconcile-instance.create-server.after') isLost = true;
  };
  await assert.rejects(reconcile(bench, id, leaseOf(bench, id, { isLost: () => isLost })), /inst_/);
  const record = await recordOf(bench, id);
  assert.equal(record.instance.state, 'provisioning', 'no decision was written');
  assert.equal(record.attempts[0]?.state, 'present', 'the fact was');
  bench.atCrashPoint = () => undefined;
  await driveTo(bench, id, 'installing');
  assert.equal(bench.provider.servers.size, 1);
});

test('a stale lease cannot apply anything', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  await registerLatest(bench);
  const before = await recordOf(bench, id);
  await assert.rejects(reconcile(bench, id, leaseOf(bench, id, { isLost: () => true })), /inst_/);
  assert.deepEqual({ ...(await recordOf(bench, id)), nowMs: 0 }, { ...before, nowMs: 0 });
});

test('two orchestrators share many machines, each is made once', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, providerTimeoutMs: 10_000 };
  const ids: InstanceId[] = [];
  for (let count = 0; count < 12; count++) ids.push(await order(bench, `shared-${count}`));
  const options = {
    handlers: [reconcileInstanceHandler(depsOf(bench))],
    figures: {
      leaseMs: 2_000,
      pollMs: 20,
      concurrency: 4,
      attemptsMax: 5,
      retry: { firstMs: 10, maxMs: 50 },
    },
  };
  const runners = [
    await startRunner(bench.env, bench.db, options),
    await startRunner(bench.env, bench.db, options),
  ];
  try {
    for (let round = 0; round < 1_500; round++) {
      const states = await Promise.all(ids.map((id) => stateOf(bench, id)));
      if (states.every((state) => state === 'installing')) break;
      await bench.env.sleep(20);
    }
    assert.equal(bench.provider.servers.size, ids.length);
    for (const id of ids) await terminate(bench, id);
    for (let round = 0; round < 1_500 && bench.provider.livingVolumes.length > 0; round++)
      await bench.env.sleep(20);
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
  assert.deepEqual(bench.provider.living, []);
  for (const id of ids) await driveTo(bench, id, 'terminated');
  await assertHistoriesReplay(bench);
});
