import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '#kernel/ids.ts';
import { type Bench, driveTo, openBench, order, terminate } from '../testing/bench.ts';
import { crashAtEach } from '../testing/crashes.ts';

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

test('a crash at any point of a life with parts heals: one of each, nothing left, books exact', async (t) => {
  const bench = await openPartsBench(t);
  const tried = await crashAtEach(bench, {
    order: (name) => order(bench, name),
    countIn: (id) => live(bench, id),
    act: (id) => live(bench, id),
    // The points of a server alone are tried in the life of a server alone.
    isTried: (name) =>
      /key|security-group|address|volume|(create|called|adopt|delete|gone)-server/.test(name),
  });
  for (const kind of ['key', 'security-group', 'address', 'volume', 'server']) {
    for (const step of ['create', 'delete'].flatMap((what) => [
      `${what}-${kind}.before`,
      `${what}-${kind}.after`,
    ])) {
      assert.ok(tried.includes(`reconcile-instance.${step}`), step);
    }
  }
});
