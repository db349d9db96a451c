import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAwaitedModels } from './queries.ts';
import { driveToReady, openBench, order } from './testing/bench.ts';

test('how long a start still takes is told by earlier ones, and nothing is told without', async (t) => {
  const bench = await openBench(t);
  const { db, scope, modelId } = bench;
  assert.deepEqual(await listAwaitedModels(db), []);
  const first = await order(bench);
  assert.deepEqual(await listAwaitedModels(db), [
    { orgId: scope.orgId, modelId, readyInMs: null, isStarting: true },
  ]);
  await driveToReady(bench, first);
  assert.deepEqual(await listAwaitedModels(db), [
    { orgId: scope.orgId, modelId, readyInMs: null, isStarting: false },
  ]);

  // Every step of the first start was done ten minutes before it was ready.
  await db.query(
    `update instance_steps s set completed_at = i.ready_at - interval '10 minutes'
     from instances i where i.id = s.instance_id and i.id = $1`,
    [first],
  );
  const second = await order(bench, 'demo-2');
  const [awaited] = await listAwaitedModels(db);
  const { readyInMs } = awaited ?? {};
  assert.ok(readyInMs && readyInMs > 300_000 && readyInMs <= 600_000, String(readyInMs));

  // It takes longer than usual: then it may be ready at any moment.
  await db.query(
    `update instance_steps set completed_at = completed_at - interval '1 hour' where instance_id = $1`,
    [second],
  );
  assert.equal((await listAwaitedModels(db))[0]?.readyInMs, 1_000);
});
