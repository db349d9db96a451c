import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Env } from '#kernel/env.ts';
import {
  enqueue,
  enqueueAll,
  type JobHandler,
  type JobOutcome,
  type Lease,
  LeaseLostError,
  listDeadLetters,
} from './jobs.ts';
import { type RunnerFigures, startRunner } from './runner.ts';

const RETRY = { firstMs: 5, maxMs: 20 };
const WITHIN_MS = 20_000;

test('two runners side by side share ten thousand jobs, each taking effect once', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await db.query('create table effects (subject_id text, runner text)');
  const total = 10_000;
  await db.query(
    `insert into jobs (kind, subject_id, due_at, correlation_id, created_at)
     select 'count', 'subject-' || n, app_now(), 'cor_test', app_now() from generate_series(1, $1) n`,
    [total],
  );
  const counter = (runner: string): JobHandler => ({
    kind: 'count',
    run: async (lease) => {
      await lease.apply((tx) => tx.query('insert into effects values ($1, $2)', [lease.subjectId, runner]));
      return { done: true };
    },
  });
  const runners = await Promise.all(
    ['one', 'two'].map((name) => start(env, db, [counter(name)], { concurrency: 8 })),
  );
  await until(async () => (await count(db, 'jobs')) === 0, 120_000, env);
  await Promise.all(runners.map((runner) => runner.stop()));
  const [sums] = await db.query<{ effects: number; subjects: number; runners: number }>(
    `select count(*) as effects, count(distinct subject_id) as subjects, count(distinct runner) as runners from effects`,
  );
  assert.deepEqual(sums, { effects: total, subjects: total, runners: 2 });
});

test('a request made during a run is followed by another run', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  let runs = 0;
  const runner = await start(env, db, [
    handler('care', async () => {
      runs += 1;
      began.resolve();
      await gate.promise;
      return { done: true };
    }),
  ]);
  await ask(db, 'care', 'a');
  await began.promise;
  await ask(db, 'care', 'a');
  gate.resolve();
  await until(async () => runs === 2 && (await count(db, 'jobs')) === 0, WITHIN_MS, env);
  await runner.stop();
});

test('a stale lease cannot apply its result', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await db.query('create table effects (runner text)');
  const claimed = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const results: unknown[] = [];
  const runner = await start(env, db, [
    handler('care', async (lease) => {
      claimed.resolve();
      await goOn.promise;
      await lease
        .apply((tx) => tx.query(`insert into effects values ('stale')`))
        .catch((error) => {
          results.push(error);
          throw error;
        });
      return { done: true };
    }),
  ]);
  await ask(db, 'care', 'a');
  await claimed.promise;
  // Another process took the row over, as after a pause longer than the lease.
  await db.query(`update jobs set lease_token = 'lease_other', lease_until = app_now() + interval '1 hour'`);
  goOn.resolve();
  await until(async () => results.length === 1, WITHIN_MS, env);
  assert(results[0] instanceof LeaseLostError);
  assert.equal(await count(db, 'effects'), 0);
  const [row] = await db.query<{ lease_token: string }>('select lease_token from jobs');
  assert.equal(row?.lease_token, 'lease_other');
  await runner.stop();
});

test('a long run keeps its lease by renewal, and nobody else starts on it', async (t) => {
  const { db, env } = await withTestDatabase(t);
  let runs = 0;
  const slow = handler('care', async () => {
    runs += 1;
    await env.sleep(900);
    return { done: true };
  });
  const runners = await Promise.all([
    start(env, db, [slow], { leaseMs: 300 }),
    start(env, db, [slow], { leaseMs: 300 }),
  ]);
  await ask(db, 'care', 'a');
  await until(async () => runs > 0 && (await count(db, 'jobs')) === 0, WITHIN_MS, env);
  assert.equal(runs, 1);
  await Promise.all(runners.map((runner) => runner.stop()));
});

test('a row whose holder died is taken over when its lease ends', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await ask(db, 'care', 'a');
  await db.query(
    `update jobs set lease_token = 'lease_dead', lease_until = app_now() + interval '400 milliseconds', attempts = 1`,
  );
  const startedAt = env.clock.monotonic();
  let attempts = 0;
  const runner = await start(env, db, [
    handler('care', async (lease) => {
      attempts = lease.attempts;
      return { done: true };
    }),
  ]);
  await until(async () => (await count(db, 'jobs')) === 0, WITHIN_MS, env);
  assert.equal(attempts, 2);
  assert(env.clock.monotonic() - startedAt >= 300, 'not before the lease ended');
  await runner.stop();
});

test('failed work is tried again, then ends as a dead letter, and asking again revives it', async (t) => {
  const { db, env } = await withTestDatabase(t);
  let runs = 0;
  let isMended = false;
  const runner = await start(
    env,
    db,
    [
      handler('care', async () => {
        runs += 1;
        if (!isMended) throw new Error('broken on purpose');
        return { done: true };
      }),
    ],
    { attemptsMax: 3 },
  );
  await ask(db, 'care', 'a');
  await until(async () => (await listDeadLetters(db, 10)).length === 1, WITHIN_MS, env);
  const [dead] = await listDeadLetters(db, 10);
  assert.equal(runs, 3);
  assert.equal(dead?.lastError, 'broken on purpose');
  isMended = true;
  await ask(db, 'care', 'a');
  await until(async () => (await count(db, 'jobs')) === 0, WITHIN_MS, env);
  assert.equal(runs, 4);
  await runner.stop();
});

test('work that kills its process each time ends as a dead letter without running again', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await ask(db, 'care', 'a');
  await db.query('update jobs set attempts = 3');
  let runs = 0;
  const runner = await start(
    env,
    db,
    [
      handler('care', async () => {
        runs += 1;
        return { done: true };
      }),
    ],
    { attemptsMax: 3 },
  );
  await until(async () => (await listDeadLetters(db, 10)).length === 1, WITHIN_MS, env);
  assert.equal(runs, 0);
  await runner.stop();
});

test('a notification starts due work long before the poll would', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const done = Promise.withResolvers<number>();
  const runner = await start(
    env,
    db,
    [
      handler('care', async () => {
        done.resolve(env.clock.monotonic());
        return { done: true };
      }),
    ],
    { pollMs: 60_000 },
  );
  const askedAt = env.clock.monotonic();
  await ask(db, 'care', 'a');
  assert((await done.promise) - askedAt < 5_000);
  await runner.stop();
});

test('work starts by the poll when notifications are lost', async (t) => {
  const { db, env } = await withTestDatabase(t);
  let runs = 0;
  const runner = await start(
    env,
    db,
    [
      handler('care', async () => {
        runs += 1;
        return { done: true };
      }),
    ],
    { pollMs: 50 },
  );
  await db.query(
    `insert into jobs (kind, subject_id, due_at, correlation_id, created_at)
     values ('care', 'a', app_now(), 'cor_test', app_now())`,
  );
  await until(async () => runs === 1, WITHIN_MS, env);
  await runner.stop();
});

test('a runner that stops gives its unfinished rows back untouched', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const began = Promise.withResolvers<void>();
  const runner = await start(env, db, [
    handler('care', async (lease) => {
      began.resolve();
      await env.sleep(60_000, lease.signal);
      return { done: true };
    }),
  ]);
  await ask(db, 'care', 'a');
  await began.promise;
  await runner.stop();
  const [row] = await db.query('select lease_token, attempts, dead_at from jobs');
  assert.deepEqual(row, { lease_token: null, attempts: 0, dead_at: null });
});

test('whoever measures is told of every claim, delay, end and lost lease', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const seen: string[] = [];
  const lags: number[] = [];
  let rows = 0;
  const runner = await startRunner(env, db, {
    figures: { leaseMs: 60_000, pollMs: 50, concurrency: 4, attemptsMax: 1, retry: RETRY },
    observe: {
      claimed: (count) => {
        rows += count;
      },
      began: (_kind, lagMs) => lags.push(lagMs),
      ran: (kind, outcome) => seen.push(`${kind} ${outcome}`),
    },
    handlers: [
      handler('good', async () => ({ done: true })),
      handler('bad', async () => {
        throw new Error('no');
      }),
      handler('robbed', async (lease) => {
        await db.query(`update jobs set lease_token = 'other' where kind = $1`, [lease.kind]);
        return { done: true };
      }),
    ],
  });
  await db.query(
    `insert into jobs (kind, subject_id, due_at, correlation_id, created_at)
     select kind, 'a', app_now() - interval '1 hour', 'cor_test', app_now()
     from unnest(array['good', 'bad', 'robbed']) kind`,
  );
  try {
    await until(async () => seen.length === 3, WITHIN_MS, env);
  } finally {
    await runner.stop();
  }
  assert.deepEqual(new Set(seen), new Set(['bad dead', 'good ok', 'robbed lease_lost']));
  assert.equal(rows, 3);
  assert.ok(lags.length === 3 && lags.every((lag) => lag > 3_500_000 && lag < 7_200_000), String(lags));
});

test('work that goes first runs while all places are taken, one of its kind at a time', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const gate = Promise.withResolvers<void>();
  const firstGate = Promise.withResolvers<void>();
  let slowRuns = 0;
  let firstRuns = 0;
  const runner = await start(
    env,
    db,
    [
      handler('slow', async () => {
        slowRuns += 1;
        await gate.promise;
        return { done: true };
      }),
      {
        ...handler('alive', async () => {
          firstRuns += 1;
          await firstGate.promise;
          return { done: true };
        }),
        goesFirst: true,
      },
    ],
    { concurrency: 2 },
  );
  for (const subject of ['a', 'b', 'c', 'd']) await ask(db, 'slow', subject);
  await until(async () => slowRuns === 2, WITHIN_MS, env);
  await ask(db, 'alive', 'one');
  await until(async () => firstRuns === 1, WITHIN_MS, env);
  await ask(db, 'alive', 'two');
  const held = () => db.query(`select 1 from jobs where lease_token is not null`);
  assert.equal((await held()).length, 3, 'places of others are not taken, and its own only once');
  firstGate.resolve();
  await until(async () => firstRuns === 2, WITHIN_MS, env);
  assert.equal(slowRuns, 2);
  gate.resolve();
  await until(async () => (await count(db, 'jobs')) === 0, WITHIN_MS, env);
  assert.equal(slowRuns, 4);
  await runner.stop();
});

test('asking only for what is missing leaves the others as they are, also those somebody has locked', async (t) => {
  const { db } = await withTestDatabase(t);
  await ask(db, 'care', 'a');
  const before = await db.query(`select * from jobs where subject_id = 'a'`);
  const subjects = ['a', 'b'].map((subjectId) => ({
    subjectId,
    orgId: undefined,
    correlationId: 'cor_other',
  }));
  const add = (onlyMissing: boolean) =>
    db.transaction((tx) => enqueueAll(tx, 'care', subjects, { onlyMissing }));
  // Were the locked row waited for, this transaction and the one inside would wait for each other for ever.
  await db.transaction(async (tx) => {
    await tx.query(`select 1 from jobs where subject_id = 'a' for update`);
    await add(true);
  });
  assert.deepEqual(await db.query(`select * from jobs where subject_id = 'a'`), before);
  assert.equal(await count(db, 'jobs'), 2);
  await add(false);
  const again = await db.query<{ generation: number; correlation_id: string }>(
    `select generation, correlation_id from jobs order by subject_id`,
  );
  assert.ok(again.every((row) => row.generation > 0 && row.correlation_id === 'cor_other'));
});

test('a request that is rolled back asks for nothing', async (t) => {
  const { db } = await withTestDatabase(t);
  await assert.rejects(
    db.transaction(async (tx) => {
      await enqueue(tx, { kind: 'care', subjectId: 'a', correlationId: 'cor_test' });
      throw new Error('rolled back');
    }),
  );
  assert.equal(await count(db, 'jobs'), 0);
});

function handler(kind: string, run: (lease: Lease) => Promise<JobOutcome>): JobHandler {
  return { kind, run };
}

function start(env: Env, db: Database, handlers: JobHandler[], figures: Partial<RunnerFigures> = {}) {
  return startRunner(env, db, {
    handlers,
    figures: { leaseMs: 5_000, pollMs: 50, concurrency: 4, attemptsMax: 5, retry: RETRY, ...figures },
  });
}

function ask(db: Database, kind: string, subjectId: string): Promise<void> {
  return db.transaction((tx) => enqueue(tx, { kind, subjectId, correlationId: 'cor_test' }));
}

async function count(db: Database, table: 'jobs' | 'effects'): Promise<number> {
  const [row] = await db.query<{ n: number }>(`select count(*) as n from ${table}`);
  return row?.n ?? 0;
}

async function until(holds: () => Promise<boolean>, withinMs: number, env: Env): Promise<void> {
  const deadline = env.clock.monotonic() + withinMs;
  while (!(await holds())) {
    assert(env.clock.monotonic() < deadline, `not within ${withinMs} ms`);
    await env.sleep(20);
  }
}
