import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '#kernel/ids.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  type Bench,
  Crash,
  driveTo,
  openBench,
  order,
  reconcile,
  terminate,
} from '../testing/bench.ts';

async function openPartsBench(t: Parameters<typeof openBench>[0]): Promise<Bench> {
  const bench = await openBench(t);
  const parts = ['key', 'security_group', 'address', 'volume'] as const;
  bench.provider.capabilities = { ...bench.provider.capabilities, parts };
  return bench;
}

/** From the order to nothing left, without a worker: its words are the same with and without parts. */
async function live(bench: Bench, id: InstanceId): Promise<void> {
  await driveTo(bench, id, 'installing');
  const mine = bench.provider.livingParts.filter((part) => part.order.owner.instance === id);
  assert.equal(mine.length, 4, 'one of each kind');
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
}

/** Runs `act` once for each visit of a crash point that `countIn` passes, and ends the process there. */
async function crashAtEach(
  bench: Bench,
  countIn: (id: InstanceId) => Promise<void>,
  act: (id: InstanceId, where: string) => Promise<void>,
): Promise<number> {
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  const counted = await order(bench, 'counted');
  await countIn(counted);
  bench.atCrashPoint = () => undefined;
  await terminate(bench, counted);
  await driveTo(bench, counted, 'terminated');
  // Between a commit and the next effect nothing happens: the point before that effect stands for both.
  const targets = points.flatMap((name, visit) => (/\.(decided|committed)$/.test(name) ? [] : [visit]));
  for (const target of targets) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const id = await order(bench, `crash-${target}`);
    const where = `at visit ${target}, ${points[target]}`;
    await act(id, where);
    assert.deepEqual(bench.provider.living, [], where);
    assert.deepEqual(bench.provider.livingVolumes, [], where);
    assert.deepEqual(bench.provider.livingParts, [], where);
    await assertBooksMatch(bench, id);
  }
  await assertHistoriesReplay(bench);
  return targets.length;
}

test('a crash at any point of a life with parts heals: one of each, nothing left, books exact', async (t) => {
  const bench = await openPartsBench(t);
  const points = new Set<string>();
  const visits = await crashAtEach(
    bench,
    async (id) => {
      const count = bench.atCrashPoint;
      bench.atCrashPoint = (name) => {
        points.add(name);
        count(name);
      };
      await live(bench, id);
    },
    (id) => live(bench, id),
  );
  assert.ok(visits > 50, `${visits} crash points are passed in a life`);
  for (const kind of ['key', 'security-group', 'address', 'volume', 'server']) {
    for (const step of ['before', 'after']) {
      assert.ok(points.has(`reconcile-instance.create-${kind}.${step}`), `${kind} ${step}`);
    }
  }
});

test('termination at any moment of a start with parts leaves nothing', async (t) => {
  const bench = await openPartsBench(t);
  await crashAtEach(
    bench,
    async (id) => void (await reconcile(bench, id)),
    async (id) => {
      await assert.rejects(reconcile(bench, id), Crash);
      await terminate(bench, id);
      await driveTo(bench, id, 'terminated');
    },
  );
});
