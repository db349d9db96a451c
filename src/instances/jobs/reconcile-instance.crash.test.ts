import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '#kernel/errors.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  Crash,
  driveTo,
  liveThrough,
  openBench,
  order,
  reconcile,
  terminate,
} from '../testing/bench.ts';

test('a crash at any single point of a life heals: one server, nothing left, books exact', async (t) => {
  const bench = await openBench(t);
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  await liveThrough(bench, await order(bench, 'counted'));
  assert.ok(points.length > 60, `${points.length} crash points are passed in a life`);
  for (let target = 0; target < points.length; target++) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const id = await order(bench, `crash-${target}`);
    await liveThrough(bench, id);
    const where = `after a crash at visit ${target}, ${points[target]}`;
    assert.deepEqual(bench.provider.living, [], where);
    assert.deepEqual(bench.provider.livingVolumes, [], where);
    await assertBooksMatch(bench, id);
  }
  await assertHistoriesReplay(bench);
});

test('a crash at each point while every first reply of the provider is lost heals too', async (t) => {
  const bench = await openBench(t);
  const lose = () => {
    bench.provider.heal();
    for (const operation of ['createServer', 'startServer', 'deleteServer', 'deleteVolume'] as const) {
      bench.provider.fail({ operation, kind: 'retryable', when: 'after' });
    }
  };
  let passed = 0;
  bench.atCrashPoint = () => void passed++;
  lose();
  await liveThrough(bench, await order(bench, 'counted'));
  for (let target = 0; target < passed; target += 2) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    lose();
    const id = await order(bench, `crash-${target}`);
    await liveThrough(bench, id);
    assert.deepEqual(bench.provider.living, []);
    assert.deepEqual(bench.provider.livingVolumes, []);
    await assertBooksMatch(bench, id);
  }
  await assertHistoriesReplay(bench);
});

/** On a very busy machine a run may find that it was stopped for too long before it comes to its crash. */
function isCrashOrPause(error: unknown): boolean {
  return error instanceof Crash || /stopped for too long before its call/.test(messageOf(error));
}

test('termination at any moment of the start leaves nothing', async (t) => {
  const bench = await openBench(t);
  let passed = 0;
  bench.atCrashPoint = () => void passed++;
  await reconcile(bench, await order(bench, 'counted'));
  const total = passed;
  for (let target = 0; target < total; target++) {
    let visit = 0;
    const id = await order(bench, `end-${target}`);
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    await assert.rejects(reconcile(bench, id), isCrashOrPause);
    await terminate(bench, id);
    await driveTo(bench, id, 'terminated');
    const mine = bench.provider.living.filter((server) => server.order.owner.instance === id);
    assert.deepEqual(mine, [], `ended at visit ${target}`);
    await assertBooksMatch(bench, id);
  }
  await assertHistoriesReplay(bench);
});
