import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { enqueue } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { changeSetting } from './commands/change-setting.ts';
import type { SettingValue } from './setting-values.ts';
import { keepSettings, type SettingsKeeper } from './settings-keeper.ts';
import { configOf, operator, rulesOf, until } from './testing.ts';

const NEVER_MS = 600_000;

function changer(env: Env, db: Database) {
  return (name: string, value: SettingValue | undefined, providerId?: string) =>
    changeSetting(db, rulesOf(), { name, providerId, value }, operator(env));
}

test('a change is notified to every process, in every order of origins', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const change = changer(env, db);
  await change('BOOT_DEADLINE_MS', 50_000);
  const keepers: SettingsKeeper[] = [];
  for (let count = 0; count < 2; count++) {
    keepers.push(await keepSettings(env, db, configOf({ JOB_LEASE_MS: '5000' }), { pollMs: NEVER_MS }));
  }
  t.after(() => Promise.all(keepers.map((keeper) => keeper.stop())));
  for (const keeper of keepers) {
    assert.equal(keeper.get('BOOT_DEADLINE_MS', 'mock'), 50_000, 'read at the start');
    assert.equal(keeper.get('JOB_LEASE_MS'), 5_000);
    assert.equal(keeper.get('WORKER_AUTO_REINSTALL', 'mock'), 'off');
  }
  await change('BOOT_DEADLINE_MS', 60_000, 'mock');
  await change('JOB_LEASE_MS', 6_000);
  for (const keeper of keepers) {
    await until(env, () => keeper.get('JOB_LEASE_MS') === 6_000);
    assert.equal(keeper.get('BOOT_DEADLINE_MS', 'mock'), 60_000);
    assert.equal(keeper.get('BOOT_DEADLINE_MS', 'other'), 50_000);
    assert.equal(keeper.get('BOOT_DEADLINE_MS'), 50_000);
  }
  await change('JOB_LEASE_MS', undefined);
  for (const keeper of keepers) await until(env, () => keeper.get('JOB_LEASE_MS') === 5_000);
});

test('a lost notification is made up for by looking', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const deaf: Database = { ...db, listen: async () => ({ stop: async () => undefined }) };
  const keeper = await keepSettings(env, deaf, configOf(), { pollMs: 20 });
  t.after(() => keeper.stop());
  await changer(env, db)('JOB_LEASE_MS', 6_000);
  await until(env, () => keeper.get('JOB_LEASE_MS') === 6_000);
});

test('while the database is away the last values stay, and what changed meanwhile follows', async (t) => {
  const { db, env } = await withTestDatabase(t);
  let isAway = true;
  let refusals = 0;
  const flaky: Database = {
    ...db,
    query: (text, values) => {
      if (!isAway) return db.query(text, values);
      refusals += 1;
      return Promise.reject(new Error('the database is away'));
    },
  };
  const change = changer(env, db);
  await change('JOB_LEASE_MS', 6_000);
  const keeper = await keepSettings(env, flaky, configOf({ JOB_LEASE_MS: '5000' }), { pollMs: 20 });
  t.after(() => keeper.stop());
  assert.equal(keeper.get('JOB_LEASE_MS'), 5_000, 'before the first reading the environment counts');
  isAway = false;
  await until(env, () => keeper.get('JOB_LEASE_MS') === 6_000);
  isAway = true;
  await change('JOB_LEASE_MS', 7_000);
  const before = refusals;
  await until(env, () => refusals > before + 2);
  assert.equal(keeper.get('JOB_LEASE_MS'), 6_000);
  isAway = false;
  await until(env, () => keeper.get('JOB_LEASE_MS') === 7_000);
});

test('a stored value that does not fit any more is passed over, and told once', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const warnings: string[] = [];
  const telling: Env = {
    ...env,
    log: { ...env.log, warn: (fields) => void warnings.push(`${fields['setting']}/${fields['provider']}`) },
  };
  await db.query(
    `insert into settings (name, provider_id, value, updated_by, updated_at) values
       ('JOB_LEASE_MS', '', '1', 'x', app_now()), ('JOB_POLL_MS', 'mock', '500', 'x', app_now()),
       ('JOB_CONCURRENCY', '', '"many"', 'x', app_now()), ('GONE_MS', '', '5', 'x', app_now()),
       ('JOB_ATTEMPTS_MAX', '', '7', 'x', app_now())`,
  );
  const keeper = await keepSettings(telling, db, configOf(), { pollMs: 20 });
  t.after(() => keeper.stop());
  assert.equal(keeper.get('JOB_LEASE_MS'), 8_000);
  assert.equal(keeper.get('JOB_POLL_MS', 'mock'), 2_000);
  assert.equal(keeper.get('JOB_CONCURRENCY'), 24);
  assert.equal(keeper.get('JOB_ATTEMPTS_MAX'), 7);
  await changer(env, db)('JOB_RETRY_FIRST_MS', 600);
  await until(env, () => keeper.get('JOB_RETRY_FIRST_MS') === 600);
  assert.deepEqual(
    new Set(warnings),
    new Set(['GONE_MS/null', 'JOB_CONCURRENCY/null', 'JOB_LEASE_MS/null', 'JOB_POLL_MS/mock']),
  );
  assert.equal(warnings.length, 4);
});

test('values that contradict each other since the environment changed are told once, and stay in force', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const errors: unknown[] = [];
  const telling: Env = {
    ...env,
    log: { ...env.log, error: (fields) => void errors.push(fields['conflict']) },
  };
  await changer(env, db)('WORKER_SILENT_MS', 8_000);
  const first = configOf({ HEARTBEAT_INTERVAL_MS: '4500' });
  const keeper = await keepSettings(telling, db, first, { pollMs: 20 });
  t.after(() => keeper.stop());
  assert.equal(keeper.get('WORKER_SILENT_MS'), 8_000);
  await changer(env, db)('JOB_RETRY_FIRST_MS', 600);
  await until(env, () => keeper.get('JOB_RETRY_FIRST_MS') === 600);
  assert.equal(errors.length, 1);
  assert.match(
    String(errors[0]),
    /WORKER_SILENT_MS must be at least 9000, because HEARTBEAT_INTERVAL_MS is 4500/,
  );
});

test('a running runner goes by a changed setting without a restart', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const keeper = await keepSettings(env, db, configOf({ JOB_CONCURRENCY: '1', JOB_POLL_MS: '20' }));
  let running = 0;
  let most = 0;
  const released = Promise.withResolvers<void>();
  const runner = await startRunner(env, db, {
    figures: runnerFigures(keeper),
    handlers: [
      {
        kind: 'wait',
        async run() {
          running += 1;
          most = Math.max(most, running);
          await released.promise;
          running -= 1;
          return { done: true };
        },
      },
    ],
  });
  t.after(async () => {
    released.resolve();
    await runner.stop();
    await keeper.stop();
  });
  for (const subjectId of ['a', 'b', 'c']) {
    const correlationId = newId(env, 'correlation');
    await db.transaction((tx) => enqueue(tx, { kind: 'wait', subjectId, correlationId }));
  }
  await until(env, () => running === 1);
  await changer(env, db)('JOB_CONCURRENCY', 2);
  await until(env, () => running === 2);
  assert.equal(most, 2, 'and by no more than it says');
});
