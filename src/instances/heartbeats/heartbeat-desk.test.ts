import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { HeartbeatRequest, RegisterResponse, WorkerStatus } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { hashToken } from '#kernel/token.ts';
import { listServingInstances } from '../queries.ts';
import { type Bench, beatOf, driveTo, driveToReady, openBench, order, terminate } from '../testing/bench.ts';
import { CountingSink, makeDesk } from '../testing/heartbeats.ts';
import type { HeartbeatDesk } from './heartbeat-desk.ts';

const settingsWith = (values: Record<string, string>) => fixedSettings(readConfig(values));
const code = (expected: string) => (error: unknown) => error instanceof AppError && error.code === expected;

interface Seat {
  readonly desk: HeartbeatDesk;
  readonly samples: CountingSink;
  tell(
    status?: WorkerStatus,
    change?: Partial<HeartbeatRequest>,
  ): Promise<Awaited<ReturnType<HeartbeatDesk['record']>>>;
}

async function sit(
  t: TestContext,
  bench: Bench,
  worker: RegisterResponse,
  options: { settings?: Record<string, string>; db?: Database } = {},
): Promise<Seat> {
  const samples = new CountingSink();
  const settings = settingsWith({ HEARTBEAT_FLUSH_MS: '20', ...options.settings });
  const desk = makeDesk(bench.env, options.db ?? bench.db, { settings, samples });
  await desk.start();
  t.after(() => desk.stop());
  return {
    desk,
    samples,
    async tell(status = 'ready', change = {}) {
      const identity = await desk.identify(worker.worker_token);
      assert.ok(identity, 'the token is known');
      return desk.record(identity, beatOf(worker, status, change));
    },
  };
}

async function rowOf(bench: Bench, id: string) {
  const [row] = await bench.db.query<{
    last_seq: number;
    in_flight: number;
    status: string;
    age_ms: number;
    xmin: string;
  }>(
    `select last_seq, in_flight, status, xmin::text,
       (extract(epoch from app_now() - last_seen_at) * 1000)::double precision as age_ms
     from workers where instance_id = $1`,
    [id],
  );
  assert.ok(row);
  return row;
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 20_000;
  while (!(await isTrue())) {
    assert.ok(performance.now() < endAt, `waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const generationOf = async (bench: Bench, id: string) =>
  (await bench.db.query<{ generation: number }>(`select generation from jobs where subject_id = $1`, [id]))[0]
    ?.generation;

/** A database whose writes of many beats fail on demand, and are counted. */
function watched(db: Database) {
  const watch = { flushes: 0, isAway: false };
  const query: Database['query'] = (text, values) => {
    if (text.includes('with written as')) {
      watch.flushes += 1;
      if (watch.isAway) return Promise.reject(new AppError('database.unavailable'));
    }
    return db.query(text, values);
  };
  return { watch, db: { ...db, query } };
}

test('beats that tell nothing new are written together, once, with the newest figures', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const { watch, db } = watched(bench.db);
  const seat = await sit(t, bench, worker, { db, settings: { HEARTBEAT_FLUSH_MS: '300' } });
  const before = await rowOf(bench, id);
  const generation = await generationOf(bench, id);
  for (let count = 1; count <= 5; count++) await seat.tell('ready', { in_flight: count });
  assert.equal((await rowOf(bench, id)).xmin, before.xmin, 'nothing is written at once');
  await until('the write', async () => (await rowOf(bench, id)).in_flight === 5);
  assert.equal(watch.flushes, 1);
  assert.equal(seat.samples.samples.length, 5, 'every sample went to the sink');
  assert.equal(await generationOf(bench, id), generation, 'nobody was woken');
});

test('what the engine tells reaches the gateways with either kind of beat, and garbage in it is unknown', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const seat = await sit(t, bench, worker);
  const { sample } = beatOf(worker, 'ready');
  const tell = (change: Partial<HeartbeatRequest['sample']>, news: Partial<HeartbeatRequest> = {}) =>
    seat.tell('ready', { sample: { ...sample, ...change }, ...news });
  const told = async () => {
    const [row] = await listServingInstances(bench.db);
    return row && [row.running, row.waiting, row.kvRatio, row.kvTokens];
  };
  await tell({ requests_running: 3, requests_waiting: 2, kv_cache_ratio: 0.5, kv_cache_tokens: 200_000 });
  await until('the steady beat', async () => (await told())?.[0] === 3);
  assert.deepEqual(await told(), [3, 2, 0.5, 200_000]);
  const garbage = { requests_running: -1, requests_waiting: 1e30, kv_cache_ratio: 7, kv_cache_tokens: null };
  await tell(garbage, { engine_restarts: 1 });
  assert.deepEqual(await told(), [null, null, null, null]);
});

test('a beat with news is written before it is answered, and an older one changes nothing', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const seat = await sit(t, bench, worker);
  const generation = await generationOf(bench, id);
  const old = beatOf(worker, 'ready');
  await seat.tell('failed', { error: { code: 'engine_crashed', message: 'gone' } });
  assert.equal((await rowOf(bench, id)).status, 'failed');
  assert.equal(await generationOf(bench, id), (generation ?? 0) + 1);
  const identity = await seat.desk.identify(worker.worker_token);
  assert.ok(identity);
  await seat.desk.record(identity, old);
  await seat.desk.stop();
  assert.equal((await rowOf(bench, id)).status, 'failed');
});

test('what another api process heard corrects a belief that is out of date', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const one = await sit(t, bench, worker);
  const other = await sit(t, bench, worker);
  await one.tell('ready');
  await other.tell('failed', { error: { code: 'engine_crashed', message: 'gone' } });
  assert.equal((await rowOf(bench, id)).status, 'failed');
  // The first process believes that nothing is new; its write finds out that something is.
  const recovered = beatOf(worker, 'ready', { engine_restarts: 0 });
  const identity = await one.desk.identify(worker.worker_token);
  assert.ok(identity);
  await one.desk.record(identity, recovered);
  await until('the recovery', async () => (await rowOf(bench, id)).status === 'ready');
});

test('who is to go is told with its next beat, by every api process', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const seats = [await sit(t, bench, worker), await sit(t, bench, worker)];
  for (const seat of seats) assert.equal((await seat.tell()).desired, 'serve');
  await terminate(bench, id);
  for (const seat of seats) await until('drain', async () => (await seat.tell()).desired === 'drain');
});

test('while the database takes nothing beats are refused, and what was accepted is written later as of its arrival', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const { watch, db } = watched(bench.db);
  const seat = await sit(t, bench, worker, { db });
  watch.isAway = true;
  await seat.tell('ready', { in_flight: 7 });
  await until('a failed write', async () => watch.flushes > 0);
  await until('refusals', async () =>
    seat.tell('ready', { in_flight: 9 }).then(
      () => false,
      (error: unknown) => code('database.unavailable')(error),
    ),
  );
  const refusedAt = performance.now();
  watch.isAway = false;
  await until('the write', async () => (await rowOf(bench, id)).in_flight !== 0);
  const row = await rowOf(bench, id);
  const sinceRefusedMs = performance.now() - refusedAt;
  assert.ok(row.age_ms > 0 && row.age_ms >= sinceRefusedMs - 1_000, `seen ${row.age_ms} ms ago`);
  await until('beats are taken again', async () =>
    seat.tell().then(
      () => true,
      () => false,
    ),
  );
});

test('a stop writes what was accepted', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const seat = await sit(t, bench, worker, { settings: { HEARTBEAT_FLUSH_MS: '5000' } });
  await seat.tell('ready', { in_flight: 3 });
  await seat.desk.stop();
  assert.equal((await rowOf(bench, id)).in_flight, 3);
  await assert.rejects(seat.tell(), code('database.unavailable'));
});

test('a worker that comes back is routed to at once, and an unavailable one wakes the reconciler', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  let told = 0;
  const listener = await bench.db.listen('inv_routing', (payload) => {
    if (payload === '' || payload === id) told += 1;
  });
  t.after(() => listener.stop());
  await bench.db.query(
    `update workers set last_seen_at = last_seen_at - interval '1 minute' where instance_id = $1`,
    [id],
  );
  const seat = await sit(t, bench, worker, { settings: { HEARTBEAT_FLUSH_MS: '5000' } });
  await until('the listener', async () => told > 0);
  const before = told;
  await seat.tell('ready');
  await until('routing', async () => told > before);
  const [serving] = await listServingInstances(bench.db);
  assert.ok(serving);
  assert.ok((await rowOf(bench, id)).age_ms < 30_000);
  await seat.tell('failed', { error: { code: 'engine_crashed', message: 'gone' } });
  await driveTo(bench, id, 'unavailable');
  await bench.db.query(
    `update workers set last_seen_at = last_seen_at - interval '1 minute' where instance_id = $1`,
    [id],
  );
  const returning = await sit(t, bench, worker);
  const generation = (await generationOf(bench, id)) ?? 0;
  await returning.tell('failed', { error: { code: 'engine_crashed', message: 'gone' } });
  assert.equal(await generationOf(bench, id), generation + 1);
});

test('a revoked token is refused by every api process, also when no notification arrives', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const deaf: Database = { ...bench.db, listen: async () => ({ stop: async () => undefined }) };
  const seats = [await sit(t, bench, worker), await sit(t, bench, worker, { db: deaf })];
  for (const seat of seats) await seat.tell();
  await bench.db.query(`update workers set revoked_at = app_now() where instance_id = $1`, [id]);
  for (const seat of seats) {
    await until('refusal', async () =>
      seat.tell().then(
        () => false,
        (error: unknown) => code('worker.revoked')(error),
      ),
    );
  }
  await bench.db.query(`update workers set revoked_at = null where instance_id = $1`, [id]);
  for (const seat of seats)
    await until('return', async () =>
      seat.tell().then(
        () => true,
        () => false,
      ),
    );
});

test('without the database no identity is believed for longer than three seconds', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  let isAway = false;
  const db: Database = {
    ...bench.db,
    query: (text, values) =>
      isAway ? Promise.reject(new AppError('database.unavailable')) : bench.db.query(text, values),
  };
  const seat = await sit(t, bench, worker, { db });
  await seat.tell();
  isAway = true;
  await until('disbelief', async () =>
    seat.desk.identify(worker.worker_token).then(
      () => false,
      (error: unknown) => code('database.unavailable')(error),
    ),
  );
  isAway = false;
  await until(
    'belief',
    async () => (await seat.desk.identify(worker.worker_token).catch(() => undefined)) !== undefined,
  );
});

test('the worker of an epoch that ended is told that it was superseded, and revives nothing', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const zombie = await driveToReady(bench, id);
  const seat = await sit(t, bench, zombie);
  await seat.tell();
  const fresh = `inv_boot_${'0'.repeat(26)}_x`;
  await bench.db.query(
    `update workers set bootstrap_hash = $2, bootstrap_used_at = null, token_hash = null, status = null where instance_id = $1`,
    [id, hashToken(fresh)],
  );
  await until('refusal', async () =>
    seat.tell().then(
      () => false,
      (error: unknown) => code('worker.superseded')(error),
    ),
  );
  await bench.db.query(
    `update workers set token_hash = $2, epoch = epoch + 1, status = 'installed' where instance_id = $1`,
    [id, hashToken('another')],
  );
  const before = await rowOf(bench, id);
  await assert.rejects(seat.tell(), code('worker.superseded'));
  assert.deepEqual({ ...(await rowOf(bench, id)), age_ms: 0 }, { ...before, age_ms: 0 });
});

test('a token is renewed with an overlap: both work until the new one is used, then the old one dies', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const seats = [await sit(t, bench, worker), await sit(t, bench, worker)];
  assert.equal((await seats[0]?.tell())?.next_token, null, 'a young token is kept');
  await bench.db.query(
    `update workers set token_issued_at = token_issued_at - interval '25 hours', epoch = epoch where instance_id = $1`,
    [id],
  );
  const offers: (string | null)[] = [];
  for (const seat of seats) {
    await until('an offer', async () => (await seat.tell()).next_token !== null);
    offers.push((await seat.tell()).next_token);
  }
  const [next] = offers;
  assert.ok(next);
  assert.equal(offers[1], next, 'every process offers the same one');
  assert.notEqual(next, worker.worker_token);
  const [row] = await bench.db.query<{ text: string }>(`select to_jsonb(w)::text as text from workers w`);
  assert.ok(!row?.text.includes(next), 'it is stored as a hash only');
  for (const seat of seats) {
    assert.ok(await seat.desk.identify(worker.worker_token), 'the old one still works');
  }
  for (const seat of seats) {
    await until('the new one', async () => (await seat.desk.identify(next)) !== undefined);
    await until(
      'the end of the old one',
      async () => (await seat.desk.identify(worker.worker_token)) === undefined,
    );
  }
});

test('a worker that beats without end is limited, and others are not', async (t) => {
  const bench = await openBench(t);
  const loud = await driveToReady(bench, await order(bench));
  const quiet = await driveToReady(bench, await order(bench, 'demo-2'));
  const seat = await sit(t, bench, loud);
  const other = async () => {
    const identity = await seat.desk.identify(quiet.worker_token);
    assert.ok(identity);
    return seat.desk.record(identity, beatOf(quiet, 'ready'));
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => seat.tell()));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.ok(refused.length > 500, `${refused.length} of 1000 refused`);
  for (const { reason } of refused) assert.ok(code('worker.too_many_beats')(reason), String(reason));
  assert.equal((await other()).desired, 'serve');
});

test('garbage and foreign tokens belong to nobody, and a body for another instance is refused', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const { desk } = await sit(t, bench, worker);
  for (const token of ['', 'garbage', 'x'.repeat(10_000), worker.worker_token.slice(0, -1)]) {
    assert.equal(await desk.identify(token), undefined);
  }
  const identity = await desk.identify(worker.worker_token);
  assert.ok(identity);
  const other = { ...beatOf(worker, 'ready'), instance_id: 'inst_other' };
  await assert.rejects(desk.record(identity, other), code('worker.wrong_instance'));
  const old = { ...beatOf(worker, 'ready'), epoch: worker.epoch - 1 };
  await assert.rejects(desk.record(identity, old), code('worker.superseded'));
});
