import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { type HeartbeatRequest, heartbeatRequestSchema, type WorkerStatus } from '#contracts/worker.ts';
import type { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { getInstanceDetail, getSeries, listServingInstances } from '../queries.ts';
import {
  type Bench,
  beat,
  beatOf,
  driveTo,
  driveToReady,
  openBench,
  order,
  recordOf,
  registerLatest,
  SETTINGS,
  terminate,
} from '../testing/bench.ts';
import { makeDesk } from '../testing/heartbeats.ts';
import { recordHeartbeat } from './record-heartbeat.ts';

const RATE = parseUsdRate('0.86@2026-11-01');

async function jobGeneration(bench: Bench, id: InstanceId): Promise<number> {
  const [row] = await bench.db.query<{ generation: number }>(
    `select generation from jobs where kind = 'reconcile-instance' and subject_id = $1`,
    [id],
  );
  return row?.generation ?? 0;
}

async function progressOf(bench: Bench, id: InstanceId): Promise<number> {
  return (await getInstanceDetail(bench.db, bench.scope, id, RATE)).progress;
}

async function started(bench: Bench) {
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const worker = await registerLatest(bench);
  await driveTo(bench, id, 'starting');
  return { id, worker };
}

test('progress follows the words of the worker and never goes back, whatever the engine does', async (t) => {
  const bench = await openBench(t);
  const { id, worker } = await started(bench);
  const seen: number[] = [await progressOf(bench, id)];
  const tell = async (status: WorkerStatus, change: Partial<HeartbeatRequest>) => {
    await beat(bench, worker, status, change);
    seen.push(await progressOf(bench, id));
  };
  await tell('pulling', { model_bytes_loaded: 4e9, model_bytes_total: 16e9 });
  await tell('loading', { engine_http: true, model_bytes_loaded: 8e9, model_bytes_total: 16e9 });
  await tell('loading', { engine_http: true, model_bytes_loaded: 15e9, model_bytes_total: 16e9 });
  await tell('installed', { engine_http: false, engine_restarts: 1, model_bytes_loaded: null });
  await tell('pulling', { engine_restarts: 1, model_bytes_loaded: 0, model_bytes_total: 99e9 });
  await tell('warming', { engine_http: true, engine_restarts: 1 });
  await tell('ready', { engine_http: true, engine_restarts: 1 });
  await driveTo(bench, id, 'ready');
  seen.push(await progressOf(bench, id));
  await tell('installed', { engine_http: false, engine_restarts: 2 });
  await driveTo(bench, id, 'unavailable');
  seen.push(await progressOf(bench, id));
  assert.deepEqual(seen, [50, 50, 67, 74, 74, 74, 75, 90, 100, 100, 100]);
});

test('a steady beat wakes nobody and tells nothing; a change does both', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const events = async () =>
    (await bench.db.query(`select 1 from events where subject_id = $1`, [id])).length;
  await beat(bench, worker, 'ready');
  const before = { generation: await jobGeneration(bench, id), events: await events() };
  await beat(bench, worker, 'ready', { in_flight: 3 });
  await beat(bench, worker, 'ready', { in_flight: 0 });
  assert.deepEqual({ generation: await jobGeneration(bench, id), events: await events() }, before);
  await beat(bench, worker, 'failed', { error: { code: 'engine_crashed', message: 'gone' } });
  assert.equal(await jobGeneration(bench, id), before.generation + 1);
  assert.ok((await events()) > before.events);
});

test('an older or repeated beat changes nothing', async (t) => {
  const bench = await openBench(t);
  const { id, worker } = await started(bench);
  const old = beatOf(worker, 'failed');
  await beat(bench, worker, 'loading');
  const identity = { instanceId: id, orgId: bench.scope.orgId, epoch: worker.epoch };
  const deps = { env: bench.env, db: bench.db, samples: bench.samples, workerSilentMs: 9_000 };
  assert.deepEqual(await recordHeartbeat(deps, identity, old), { desired: 'serve' });
  assert.equal((await recordOf(bench, id)).worker?.status, 'loading');
});

test('a worker speaks for its own instance and its own epoch only', async (t) => {
  const bench = await openBench(t);
  const { id, worker } = await started(bench);
  const identity = { instanceId: id, orgId: bench.scope.orgId, epoch: worker.epoch };
  const deps = { env: bench.env, db: bench.db, samples: bench.samples, workerSilentMs: 9_000 };
  const send = (change: object, who = identity) =>
    recordHeartbeat(deps, who, { ...beatOf(worker, 'ready'), ...change });
  const code = (expected: string) => (error: AppError) => error.code === expected;
  await assert.rejects(send({ instance_id: 'inst_other' }), code('worker.wrong_instance'));
  await assert.rejects(send({ epoch: 2 }), code('worker.superseded'));
  await bench.db.query(`update workers set epoch = 5 where instance_id = $1`, [id]);
  await assert.rejects(send({}), code('worker.superseded'));
  await bench.db.query(`update workers set epoch = 1, revoked_at = app_now() where instance_id = $1`, [id]);
  await assert.rejects(send({}), code('worker.revoked'));
  assert.equal((await recordOf(bench, id)).worker?.status, 'installed', 'nothing of it was written');
});

test('who is to go is told to drain with the next beat, and the end of its requests wakes the reconciler', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  await terminate(bench, id);
  assert.equal((await beat(bench, worker, 'ready', { in_flight: 2 })).desired, 'drain');
  await beat(bench, worker, 'draining', { in_flight: 2 });
  const before = await jobGeneration(bench, id);
  await beat(bench, worker, 'draining', { in_flight: 1 });
  assert.equal(await jobGeneration(bench, id), before);
  await beat(bench, worker, 'draining', { in_flight: 0 });
  assert.equal(await jobGeneration(bench, id), before + 1);
});

test('a worker that stops being ready leaves routing with its own word, before anybody decides', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const serving = async () => (await listServingInstances(bench.db)).map((instance) => instance.instanceId);
  assert.deepEqual(await serving(), [id]);
  await beat(bench, worker, 'installed', { engine_restarts: 1 });
  assert.deepEqual(await serving(), []);
  await beat(bench, worker, 'ready', { engine_restarts: 1 });
  assert.deepEqual(await serving(), [id]);
  await terminate(bench, id);
  assert.deepEqual(await serving(), [], 'nor does one that is to go get requests');
});

test('each beat leaves its figures, which are there at once and stay when they are written', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const desk = makeDesk(bench.env, bench.db, { samples: bench.samples });
  t.after(() => desk.stop());
  const identity = await desk.identify(worker.worker_token);
  assert.ok(identity);
  for (let count = 0; count < 3; count++) await desk.record(identity, beatOf(worker, 'ready'));
  const nowMs = bench.env.clock.now();
  const window = { from: new Date(nowMs - 600_000), to: new Date(nowMs + 60_000), stepSeconds: 1 };
  const read = async () => {
    const deps = { db: bench.db, settings: SETTINGS, sink: bench.samples };
    return (await getSeries(deps, bench.scope, id, window)).points;
  };
  const sum = (points: Awaited<ReturnType<typeof read>>) =>
    points.reduce((beats, point) => beats + point.beats, 0);
  const before = await read();
  assert.equal(sum(before), 3);
  assert.equal(before.at(-1)?.memory_total_bytes, 48e9);
  await bench.samples.flush();
  assert.deepEqual(bench.samples.unwritten(id), []);
  assert.deepEqual(await read(), before);
});

test('beats that no agent would send do not pass the schema', async (t) => {
  const bench = await openBench(t);
  const { worker } = await started(bench);
  const good = beatOf(worker, 'ready');
  assert.ok(heartbeatRequestSchema.safeParse(good).success);
  for (const change of [
    { seq: -1 },
    { seq: Number.NaN },
    { in_flight: Number.POSITIVE_INFINITY },
    { status: 'happy' },
    { model_bytes_loaded: Number.NaN },
    { agent: { ...good.agent, sha256: 'x' } },
    { error: { code: 'x'.repeat(65), message: '' } },
    { sample: { ...good.sample, gpus: Array.from({ length: 65 }, () => ({})) } },
  ]) {
    assert.ok(!heartbeatRequestSchema.safeParse({ ...good, ...change }).success, JSON.stringify(change));
  }
});
