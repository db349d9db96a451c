import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings, type Settings } from '#config/settings.ts';
import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { type InstanceId, newId, type OrgId } from '#kernel/ids.ts';
import { expireSamplesHandler } from '../jobs/expire-samples.ts';
import { rollUpSamplesHandler } from '../jobs/roll-up-samples.ts';
import { readSeries } from './read-series.ts';
import { type RunningSampleSink, startSampleSink } from './sample-sink.ts';

const SETTINGS = fixedSettings(readConfig({}));
const HOUR = 3_600_000;
const NONE = { unwritten: () => [] };

interface Stage {
  readonly db: Database;
  readonly env: Env;
  readonly orgId: OrgId;
  readonly worker: { readonly orgId: OrgId; readonly instanceId: InstanceId };
  /** The beginning of an hour that is over, in the database's time. */
  readonly hourMs: number;
  sink(settings?: Settings): RunningSampleSink;
}

async function start(t: TestContext): Promise<Stage> {
  const { db, env } = await withTestDatabase(t);
  const [now] = await db.query<{ ms: number }>(
    'select (extract(epoch from app_now()) * 1000)::double precision as ms',
  );
  assert.ok(now);
  const orgId = newId(env, 'organisation');
  return {
    db,
    env,
    orgId,
    worker: { orgId, instanceId: newId(env, 'instance') },
    hourMs: Math.floor(now.ms / HOUR) * HOUR - 2 * HOUR,
    sink(settings = SETTINGS) {
      const sink = startSampleSink(env, db, { settings });
      t.after(() => sink.stop());
      return sink;
    },
  };
}

function sampleOf(change: Partial<HeartbeatRequest['sample']> = {}): HeartbeatRequest['sample'] {
  return {
    cpu_ratio: 0.5,
    memory_used_bytes: null,
    memory_total_bytes: 48e9,
    disk_used_bytes: null,
    disk_total_bytes: null,
    network_rx_bytes: null,
    network_tx_bytes: null,
    requests_running: 2,
    requests_waiting: 0,
    tokens_per_second: 100,
    kv_cache_ratio: 0,
    gpus: [],
    ...change,
  };
}

const gpu = (index: number, utilisation: number) => ({
  index,
  name: `GPU ${index}`,
  utilisation,
  memory_used_bytes: 10,
  memory_total_bytes: 20,
  temperature_c: 50,
  power_w: 300,
});

const leaseOf = (db: Database, afterApply: () => void = () => undefined): Lease => ({
  kind: 'roll-up-samples',
  subjectId: 'all',
  orgId: undefined,
  correlationId: 'cor_test',
  attempts: 1,
  signal: new AbortController().signal,
  apply: async (work) => {
    const result = await db.transaction(work);
    afterApply();
    return result;
  },
});

const rollUp = ({ env, db }: Stage, lease = leaseOf(db), machinesPerStep = 1) =>
  rollUpSamplesHandler({ env, db, settings: SETTINGS, graceMs: 0, machinesPerStep }).run(lease);

const read = (
  { db, worker }: Stage,
  fromMs: number,
  toMs: number,
  stepSeconds: number,
  id = worker.instanceId,
) =>
  readSeries({ db, settings: SETTINGS, sink: NONE }, worker, id, {
    from: new Date(fromMs),
    to: new Date(toMs),
    stepSeconds,
  });

const rowsOf = ({ db }: Stage, table: string) =>
  db.query<{ instance_id: string; beats: number }>(`select * from ${table} order by instance_id, at`);

test('two processes fill one bucket, and it is their sum', async (t) => {
  const stage = await start(t);
  const [one, two] = [stage.sink(), stage.sink()];
  one.add(stage.worker, stage.hourMs + 1_000, sampleOf({ cpu_ratio: 0.2, gpus: [gpu(0, 10), gpu(1, 90)] }));
  two.add(stage.worker, stage.hourMs + 5_000, sampleOf({ cpu_ratio: 0.8, gpus: [gpu(1, 30)] }));
  two.add(stage.worker, stage.hourMs + 9_000, sampleOf({ cpu_ratio: null, requests_running: 8 }));
  await Promise.all([one.flush(), two.flush()]);
  assert.equal((await rowsOf(stage, 'instance_samples')).length, 1);
  const { points, stepSeconds, resolution } = await read(stage, stage.hourMs, stage.hourMs + 60_000, 15);
  assert.deepEqual([points.length, stepSeconds, resolution], [1, 15, 'finest']);
  const [point] = points;
  assert.ok(point);
  assert.equal(point.beats, 3);
  assert.equal(point.cpu_ratio, 0.5, 'a figure that was not told does not count as zero');
  assert.equal(point.max.cpu_ratio, 0.8);
  assert.equal(point.requests_running, 4);
  assert.equal(point.max.requests_running, 8);
  assert.equal(point.memory_used_bytes, null);
  assert.deepEqual(
    point.gpus.map(({ index, utilisation }) => [index, utilisation]),
    [
      [0, 10],
      [1, 60],
    ],
  );
  assert.equal(point.max.gpus[1]?.utilisation, 90);
  assert.equal(point.last_at, new Date(stage.hourMs + 9_000).toISOString());
});

test('steps are aligned, and a gap is null and not zero', async (t) => {
  const stage = await start(t);
  const sink = stage.sink();
  for (const second of [0, 16, 95]) sink.add(stage.worker, stage.hourMs + second * 1_000, sampleOf());
  await sink.flush();
  const { points, stepSeconds } = await read(stage, stage.hourMs - 7_000, stage.hourMs + 120_000, 20);
  assert.equal(stepSeconds, 30, 'a step is a whole number of buckets');
  assert.deepEqual(
    points.map((point) => [(Date.parse(point.at) - stage.hourMs) / 1_000, point.beats, point.cpu_ratio]),
    [
      [0, 2, 0.5],
      [30, 0, null],
      [60, 0, null],
      [90, 1, 0.5],
    ],
  );
  assert.deepEqual(points[1]?.gpus, []);
  await assert.rejects(read(stage, stage.hourMs, stage.hourMs - 1, 20), /must be before/);
  await assert.rejects(read(stage, 0, stage.hourMs, 1), /larger `step`/);
});

test('rows on both sides of midnight and far from now get the partitions they need', async (t) => {
  const stage = await start(t);
  const midnight = Math.floor(stage.hourMs / 86_400_000) * 86_400_000;
  const sinks = [stage.sink(), stage.sink(), stage.sink()];
  for (const [index, sink] of sinks.entries()) {
    for (const atMs of [midnight - 1, midnight, midnight - 40 * 86_400_000 + index]) {
      sink.add(stage.worker, atMs, sampleOf());
    }
  }
  await Promise.all(sinks.map((sink) => sink.flush()));
  const rows = await rowsOf(stage, 'instance_samples');
  assert.deepEqual(
    rows.map((row) => row.beats),
    [3, 3, 3],
  );
  const parts = await stage.db.query(`select distinct tableoid from instance_samples order by 1`);
  assert.equal(parts.length, 3);
});

test('while the database is away samples wait, the oldest are lost, and the rest is written after', async (t) => {
  const stage = await start(t);
  let isAway = true;
  const db: Database = {
    ...stage.db,
    transaction: (work) => (isAway ? Promise.reject(new Error('away')) : stage.db.transaction(work)),
  };
  const sink = startSampleSink(stage.env, db, { settings: SETTINGS, waitingMax: 3 });
  t.after(() => sink.stop());
  for (let count = 0; count < 5; count++) {
    sink.add(stage.worker, stage.hourMs + count * 15_000, sampleOf());
  }
  await sink.flush();
  assert.equal(sink.unwritten(stage.worker.instanceId).length, 3);
  isAway = false;
  await sink.flush();
  assert.equal((await rowsOf(stage, 'instance_samples')).length, 3);
  assert.deepEqual(sink.unwritten(stage.worker.instanceId), []);
});

test('a bucket is written when its time is over, without being asked', async (t) => {
  const stage = await start(t);
  const sink = stage.sink(fixedSettings(readConfig({ SAMPLE_BUCKET_MS: '1000' })));
  sink.add(stage.worker, stage.env.clock.now(), sampleOf());
  for (let tries = 0; (await rowsOf(stage, 'instance_samples')).length === 0; tries++) {
    assert.ok(tries < 400, 'nothing was written in twenty seconds');
    await stage.env.sleep(50);
  }
});

async function fillHour(stage: Stage, machines: number): Promise<InstanceId[]> {
  const sink = stage.sink();
  const ids = Array.from({ length: machines }, () => newId(stage.env, 'instance'));
  for (const instanceId of ids) {
    for (let minute = 0; minute < 60; minute++) {
      const sample = sampleOf({ requests_running: minute, gpus: [gpu(0, minute)] });
      sink.add({ orgId: stage.orgId, instanceId }, stage.hourMs + minute * 60_000, sample);
    }
  }
  await sink.flush();
  return ids;
}

test('figures are summed up to five minutes and hours, and doing it again changes nothing', async (t) => {
  const stage = await start(t);
  const ids = await fillHour(stage, 3);
  await rollUp(stage);
  const five = await rowsOf(stage, 'instance_samples_5m');
  const hours = await rowsOf(stage, 'instance_samples_1h');
  assert.deepEqual([five.length, hours.length], [36, 3]);
  assert.ok(five.every((row) => row.beats === 5) && hours.every((row) => row.beats === 60));
  assert.deepEqual(await stage.db.query('select * from series_marks'), []);
  const hour = await read(stage, stage.hourMs, stage.hourMs + HOUR, 3_600, ids[1]);
  assert.equal(hour.resolution, '1h');
  assert.equal(hour.points[0]?.requests_running, 29.5);
  assert.equal(hour.points[0]?.max.requests_running, 59);
  assert.equal(hour.points[0]?.gpus[0]?.utilisation, 29.5);
  const half = await read(stage, stage.hourMs, stage.hourMs + HOUR, 1_800, ids[1]);
  assert.deepEqual(
    [half.resolution, half.points.map((point) => point.requests_running)],
    ['5m', [14.5, 44.5]],
  );
  await stage.db.query(
    `insert into series_marks (resolution, at, marks)
     select '5m', at, 1 from instance_samples_5m group by at`,
  );
  await rollUp(stage);
  assert.deepEqual(await rowsOf(stage, 'instance_samples_5m'), five);
  assert.deepEqual(await rowsOf(stage, 'instance_samples_1h'), hours);
});

test('a roll-up that is killed after any step is made whole by the next', async (t) => {
  const stage = await start(t);
  await fillHour(stage, 2);
  let kills = 0;
  for (let allowed = 0; ; allowed = (allowed % 7) + 1) {
    let left = allowed;
    const dying = leaseOf(stage.db, () => {
      if (left-- === 0) throw new Error('killed');
    });
    try {
      await rollUp(stage, dying);
      break;
    } catch (error) {
      assert.match(String(error), /killed/);
      kills += 1;
    }
  }
  assert.ok(kills > 5, `${kills} kills`);
  const five = await rowsOf(stage, 'instance_samples_5m');
  assert.deepEqual([five.length, five.every((row) => row.beats === 5)], [24, true]);
  assert.ok((await rowsOf(stage, 'instance_samples_1h')).every((row) => row.beats === 60));
});

test('rows that come late, or while their window is summed up, are in the sums', async (t) => {
  const stage = await start(t);
  const [id] = await fillHour(stage, 1);
  assert.ok(id);
  const late = stage.sink();
  let isDone = false;
  let writing: Promise<void> | undefined;
  const lease = leaseOf(stage.db, () => {
    if (isDone) return;
    isDone = true;
    late.add(
      { orgId: stage.orgId, instanceId: id },
      stage.hourMs + 30_000,
      sampleOf({ requests_running: 1_000 }),
    );
    writing = late.flush();
  });
  await rollUp(stage, lease);
  await writing;
  await rollUp(stage);
  const [first] = await rowsOf(stage, 'instance_samples_5m');
  assert.equal(first?.beats, 6);
  const [hour] = await rowsOf(stage, 'instance_samples_1h');
  assert.equal(hour?.beats, 61);
  late.add({ orgId: stage.orgId, instanceId: id }, stage.hourMs + 31 * 60_000, sampleOf());
  await late.flush();
  const unrolled = await read(stage, stage.hourMs, stage.hourMs + HOUR, 3_600, id);
  assert.equal(unrolled.points[0]?.beats, 62, 'what is not rolled up is read from the finer figures');
  await rollUp(stage);
  const rolled = await read(stage, stage.hourMs, stage.hourMs + HOUR, 3_600, id);
  assert.equal(rolled.points[0]?.beats, 62);
});

test('partitions are made ahead and dropped after their retention, by two at once', async (t) => {
  const stage = await start(t);
  const sink = stage.sink();
  const days = [0, 6, 9, 30];
  for (const day of days) sink.add(stage.worker, stage.hourMs - day * 86_400_000, sampleOf());
  await sink.flush();
  const jobs = [1, 2].map(() => expireSamplesHandler(stage.db, SETTINGS).run(leaseOf(stage.db)));
  await Promise.all(jobs);
  assert.equal((await rowsOf(stage, 'instance_samples')).length, 2);
  await rollUp(stage);
  const [marks] = await stage.db.query<{ count: number }>('select count(*) as count from series_marks');
  assert.equal(marks?.count, 0, 'windows whose figures are gone are forgotten');
  assert.equal((await rowsOf(stage, 'instance_samples_5m')).length, 2);
  const ahead = await stage.db.query(
    `select relname from pg_class where relispartition and relkind = 'r'
       and relname = 'instance_logs_p' || to_char((app_now() + interval '72 hours') at time zone 'UTC', 'YYYYMMDD')`,
  );
  assert.equal(ahead.length, 1);
  const later = sampleOf();
  sink.add(stage.worker, stage.hourMs + 3 * 86_400_000, later);
  await sink.flush();
  assert.equal((await rowsOf(stage, 'instance_samples')).length, 3, 'a clock that jumps ahead loses nothing');
});
