import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import { expireReportsHandler } from './expire-reports.ts';

const TABLES = ['catalogue_syncs', 'reconcile_requests'] as const;
const NO_LEASE = {} as Lease;

/** In each table one of so many days for each state. */
async function ask(db: Database, id: string, state: string, days: number): Promise<void> {
  for (const table of TABLES) {
    await db.query(
      `insert into ${table} (id, state, requested_by, correlation_id, requested_at, ended_at)
       values ($1, $2, 'user:test', 'cor_test', app_now() - make_interval(days => $3, mins => 1),
               case when $2 in ('done', 'failed') then app_now() - make_interval(days => $3) end)`,
      [id, state, days],
    );
  }
}

async function left(db: Database): Promise<string[][]> {
  const lists = TABLES.map((table) => db.query<{ id: string }>(`select id from ${table} order by id`));
  return (await Promise.all(lists)).map((rows) => rows.map(({ id }) => id));
}

async function start(t: TestContext, days: string, batch?: number) {
  const { db } = await withTestDatabase(t);
  const settings = fixedSettings(readConfig({ REPORT_RETENTION_DAYS: days }));
  return { db, run: () => expireReportsHandler(db, settings, batch).run(NO_LEASE) };
}

test('reports past their retention go, and what has not ended stays however old', async (t) => {
  const { db, run } = await start(t, '30');
  await ask(db, 'a_old_done', 'done', 30);
  await ask(db, 'b_old_failed', 'failed', 400);
  await ask(db, 'c_old_queued', 'queued', 400);
  await ask(db, 'd_old_running', 'running', 400);
  await ask(db, 'e_young_done', 'done', 29);
  const outcome = await run();
  const kept = ['c_old_queued', 'd_old_running', 'e_young_done'];
  assert.deepEqual(await left(db), [kept, kept]);
  assert.deepEqual(outcome, { againInMs: 3_600_000 });
  assert.deepEqual(await run(), outcome, 'a second run finds nothing more');
  assert.deepEqual(await left(db), [kept, kept]);
});

test('a run takes a bounded number, the oldest first, and comes again soon for the others', async (t) => {
  const { db, run } = await start(t, '1', 2);
  for (const [id, days] of [
    ['a', 5],
    ['b', 4],
    ['c', 3],
  ] as const) {
    await ask(db, id, 'done', days);
  }
  const first = await run();
  assert.deepEqual(await left(db), [['c'], ['c']]);
  assert.ok('againInMs' in first && first.againInMs < 1_000);
  const second = await run();
  assert.deepEqual(await left(db), [[], []]);
  assert.deepEqual(second, { againInMs: 3_600_000 });
});

test('two processes that forget at once forget the same', async (t) => {
  const { db, run } = await start(t, '1');
  for (let count = 0; count < 20; count++) await ask(db, `old_${count}`, 'done', 2);
  await ask(db, 'young', 'done', 0);
  await Promise.all([run(), run()]);
  assert.deepEqual(await left(db), [['young'], ['young']]);
});
