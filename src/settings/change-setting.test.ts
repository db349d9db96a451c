import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { AppError } from '#kernel/errors.ts';
import { changeSetting } from './commands/change-setting.ts';
import { getSetting, listChanges, listSettings } from './queries.ts';
import type { SettingValue } from './setting-values.ts';
import { operator, rulesOf } from './testing.ts';

async function start(t: TestContext, environment: Record<string, string> = {}) {
  const { db, env } = await withTestDatabase(t);
  const rules = rulesOf(environment);
  const change = (name: string, value: SettingValue | undefined, providerId?: string) =>
    changeSetting(db, rules, { name, providerId, value }, operator(env));
  const get = (name: string, provider?: string) => getSetting(db, rules.first, name, provider);
  return { db, env, rules, change, get };
}

function refused(code: string, message: RegExp) {
  return (error: AppError) => {
    assert.equal(error.code, code);
    assert.match(error.publicMessage, message);
    return true;
  };
}

test('the value of the provider counts, then the global one, the environment, the default', async (t) => {
  const { change, get } = await start(t, { BOOT_DEADLINE_MS: '70000' });
  const seen = async (name: string, provider?: string) => {
    const { value, origin } = await get(name, provider);
    return [value, origin];
  };
  assert.deepEqual(await seen('INSTALL_DEADLINE_MS', 'mock'), [900_000, 'default']);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'mock'), [70_000, 'environment']);
  await change('BOOT_DEADLINE_MS', 80_000);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'mock'), [80_000, 'global']);
  await change('BOOT_DEADLINE_MS', 90_000, 'mock');
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'mock'), [90_000, 'provider']);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'other'), [80_000, 'global']);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS'), [80_000, 'global']);
  const { overrides, changed_by } = await get('BOOT_DEADLINE_MS');
  assert.deepEqual(
    [overrides.map((one) => [one.provider, one.value]), changed_by],
    [[['mock', 90_000]], 'user:test'],
  );
  await change('BOOT_DEADLINE_MS', undefined);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'mock'), [90_000, 'provider']);
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'other'), [70_000, 'environment']);
  await change('BOOT_DEADLINE_MS', undefined, 'mock');
  assert.deepEqual(await seen('BOOT_DEADLINE_MS', 'mock'), [70_000, 'environment']);
});

test('an environment that says the default is still the environment', async (t) => {
  const { get } = await start(t, { JOB_LEASE_MS: '8000' });
  assert.equal((await get('JOB_LEASE_MS')).origin, 'environment');
});

test('each change is kept with who, what and when; the same value again is no change', async (t) => {
  const { db, change } = await start(t);
  await change('JOB_LEASE_MS', 9_000);
  await change('JOB_LEASE_MS', 9_000);
  await change('JOB_LEASE_MS', 10_000);
  await change('JOB_LEASE_MS', undefined);
  await change('JOB_LEASE_MS', undefined);
  const changes = await listChanges(db, 'JOB_LEASE_MS', { limit: 10, before: undefined });
  assert.deepEqual(
    changes.map((one) => [one.old_value, one.new_value, one.changed_by, one.provider]),
    [
      [10_000, null, 'user:test', null],
      [9_000, 10_000, 'user:test', null],
      [null, 9_000, 'user:test', null],
    ],
  );
  const older = await listChanges(db, 'JOB_LEASE_MS', { limit: 1, before: changes[1]?.id });
  assert.deepEqual(older, [changes[2]]);
  await assert.rejects(db.query('delete from setting_changes'), /append-only/);
  await assert.rejects(db.query(`update setting_changes set actor = 'nobody'`), /append-only/);
});

test('what is no setting, out of range or of another kind is refused and changes nothing', async (t) => {
  const { db, change } = await start(t);
  const range = /JOB_LEASE_MS must be a whole number from 200 to 600000/;
  for (const value of [199, 600_001, 1.5, Number.NaN, '9000', '']) {
    await assert.rejects(change('JOB_LEASE_MS', value), refused('setting.bad_value', range));
  }
  await assert.rejects(
    change('WORKER_AUTO_REINSTALL', 'maybe'),
    refused('setting.bad_value', /one of off, on/),
  );
  await assert.rejects(change('PORT_OFFSET', 1), refused('setting.not_found', /definitions/));
  await assert.rejects(change('toString', 1), refused('setting.not_found', /definitions/));
  await assert.rejects(
    change('JOB_LEASE_MS', 9_000, 'mock'),
    refused('setting.not_per_provider', /leave `provider` out/),
  );
  await assert.rejects(
    change('BOOT_DEADLINE_MS', 9_000, 'nowhere'),
    refused('provider.not_enabled', /mock, other/),
  );
  assert.deepEqual(await db.query('select 1 from settings union all select 1 from setting_changes'), []);
});

test('a value that another setting forbids is refused, with that setting and what would be right', async (t) => {
  const { change } = await start(t);
  const conflict = (message: RegExp) => refused('setting.conflict', message);
  await assert.rejects(
    change('WORKER_SILENT_MS', 7_999),
    conflict(/WORKER_SILENT_MS must be at least 8000, because HEARTBEAT_INTERVAL_MS is 4000/),
  );
  await assert.rejects(
    change('HEARTBEAT_INTERVAL_MS', 5_000),
    conflict(/must be at most 4500, because WORKER_SILENT_MS is 9000/),
  );
  await assert.rejects(change('WORKER_DEAD_MS', 9_000, 'mock'), conflict(/at least 18000.* for mock/));
  await assert.rejects(change('JOB_RETRY_MAX_MS', 499), conflict(/JOB_RETRY_FIRST_MS is 500/));
  await change('WORKER_DEAD_MS', 30_000, 'mock');
  await assert.rejects(
    change('WORKER_SILENT_MS', 20_000),
    conflict(/WORKER_DEAD_MS is 30000 for mock/),
    'a global value is looked at from each provider',
  );
  await change('WORKER_DEAD_MS', 40_000, 'mock');
  await change('WORKER_SILENT_MS', 20_000);
  await change('HEARTBEAT_INTERVAL_MS', 10_000);
  await assert.rejects(change('WORKER_SILENT_MS', undefined), conflict(/at least 20000/));
});

test('of two changes at once that forbid each other only one is made', async (t) => {
  const { change, get } = await start(t);
  for (let round = 0; round < 5; round++) {
    await change('WORKER_SILENT_MS', undefined);
    const results = await Promise.allSettled([
      change('WORKER_SILENT_MS', 8_000),
      change('HEARTBEAT_INTERVAL_MS', 4_500),
    ]);
    const made = results.filter((one) => one.status === 'fulfilled');
    assert.equal(made.length, 1);
    const silent = Number((await get('WORKER_SILENT_MS')).value);
    assert.ok(silent >= 2 * Number((await get('HEARTBEAT_INTERVAL_MS')).value));
    await change('HEARTBEAT_INTERVAL_MS', undefined);
  }
});

test('the rules hold between the defaults', async (t) => {
  const { change, get } = await start(t);
  for (const { name, kind, scope } of await listSettings((await start(t)).db, readConfig({}), undefined)) {
    const { value } = await get(name);
    if (kind === 'text') continue;
    await change(name, value, scope === 'provider' ? 'mock' : undefined);
  }
});
