import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { InstanceId } from '#kernel/ids.ts';
import {
  type Bench,
  beat,
  driveToReady,
  leaseOf,
  openBench,
  order,
  reconcile,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { WATCH_WORKERS, watchWorkersHandler } from './watch-workers.ts';

const SILENT_MS = 9_000;
const settings = fixedSettings(readConfig({ WORKER_SILENT_MS: String(SILENT_MS), SILENCE_LOOK_MS: '3000' }));

function look(bench: Bench, change: { perRound?: number; isLost?: () => boolean } = {}) {
  const { isLost, ...options } = change;
  const lease = leaseOf(bench, 'all' as InstanceId, isLost ? { isLost } : {});
  return watchWorkersHandler({ db: bench.db, settings, ...options }).run({ ...lease, kind: WATCH_WORKERS });
}

async function silence(bench: Bench, id: InstanceId, ms: number): Promise<void> {
  await bench.db.query(
    `update workers set last_seen_at = app_now() - make_interval(secs => $2::double precision / 1000)
     where instance_id = $1`,
    [id, ms],
  );
}

async function generations(bench: Bench, ids: readonly InstanceId[]): Promise<(number | undefined)[]> {
  const rows = await bench.db.query<{ id: string; generation: number }>(
    `select subject_id as id, generation from jobs where kind = 'reconcile-instance' order by subject_id`,
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.generation);
}

const isDue = async (bench: Bench, id: InstanceId) =>
  (
    await bench.db.query<{ due: boolean }>(
      `select due_at <= app_now() as due from jobs where kind = 'reconcile-instance' and subject_id = $1`,
      [id],
    )
  )[0]?.due ?? false;

/** As a runner leaves it after a look at a machine that needs nothing. */
async function rest(bench: Bench): Promise<void> {
  await bench.db.query(
    `update jobs set due_at = app_now() + interval '5 minutes' where kind = 'reconcile-instance'`,
  );
}

async function fleet(bench: Bench, count: number): Promise<InstanceId[]> {
  const ids: InstanceId[] = [];
  for (let n = 0; n < count; n++) {
    const id = await order(bench, `demo-${n}`);
    await driveToReady(bench, id);
    ids.push(id);
  }
  await rest(bench);
  return ids;
}

test('a worker that fell silent wakes its reconciler once, and again after it has spoken', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  await rest(bench);
  assert.deepEqual(await look(bench), { againInMs: 3_000 });
  assert.equal(await isDue(bench, id), false, 'it speaks');
  await silence(bench, id, SILENT_MS + 1_000);
  await look(bench);
  assert.equal(await isDue(bench, id), true);
  await rest(bench);
  await look(bench);
  assert.equal(await isDue(bench, id), false, 'told of this silence already');
  await beat(bench, worker, 'ready');
  await rest(bench);
  // As if all of that had been a minute ago.
  await bench.db.query(`update workers set silence_told_at = silence_told_at - interval '1 minute'`);
  await silence(bench, id, SILENT_MS + 1_000);
  await look(bench);
  assert.equal(await isDue(bench, id), true, 'another silence');
});

test('a round is bounded, takes the longest silent first, and the next one follows soon', async (t) => {
  const bench = await openBench(t);
  const ids = await fleet(bench, 3);
  const before = await generations(bench, ids);
  for (const [n, id] of ids.entries()) await silence(bench, id, SILENT_MS + (n + 1) * 10_000);
  assert.deepEqual(await look(bench, { perRound: 2 }), { againInMs: 100 });
  const told = async () => (await generations(bench, ids)).map((now, n) => (now ?? 0) - (before[n] ?? 0));
  assert.deepEqual(await told(), [0, 1, 1]);
  assert.deepEqual(await look(bench, { perRound: 2 }), { againInMs: 3_000 });
  assert.deepEqual(await told(), [1, 1, 1]);
});

test('what is wanted away, shut out or not yet registered is left to its own deadlines', async (t) => {
  const bench = await openBench(t);
  const [shutOut, gone] = await fleet(bench, 2);
  assert.ok(shutOut && gone);
  const young = await order(bench, 'young');
  await rest(bench);
  for (const id of [shutOut, gone]) await silence(bench, id, SILENT_MS * 10);
  await bench.db.query(`update workers set revoked_at = app_now() where instance_id = $1`, [shutOut]);
  await terminate(bench, gone);
  while ((await stateOf(bench, gone)) !== 'terminated') await reconcile(bench, gone);
  const before = await generations(bench, [shutOut, gone, young]);
  await look(bench);
  assert.deepEqual(await generations(bench, [shutOut, gone, young]), before);
});

test('a round whose lease was lost tells nobody, and the next one does', async (t) => {
  const bench = await openBench(t);
  const [id] = await fleet(bench, 1);
  assert.ok(id);
  await silence(bench, id, SILENT_MS + 1_000);
  await assert.rejects(look(bench, { isLost: () => true }));
  assert.equal(await isDue(bench, id), false);
  await look(bench);
  assert.equal(await isDue(bench, id), true);
});
