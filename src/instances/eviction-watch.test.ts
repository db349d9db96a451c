import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listAlerts } from '#alerts/alerts.ts';
import type { SettingName, Settings } from '#config/settings.ts';
import type { Env } from '#kernel/env.ts';
import { EvictionWatch } from './eviction-watch.ts';
import { readLife, refreshLife } from './store/control-plane-life.ts';
import { type Bench, beat, driveToReady, openBench, order } from './testing/bench.ts';

const FIGURES: Partial<Record<SettingName, number>> = {
  EVICTION_FREEZE_PERCENT: 20,
  EVICTION_FREEZE_MIN: 3,
  EVICTION_RESTART_GRACE_MS: 0,
  EVICTION_LAG_MS: 600_000,
  WORKER_SILENT_MS: 60_000,
};

function settingsOf(change: Partial<Record<SettingName, number>>): Settings {
  return { get: (name) => (change[name] ?? FIGURES[name]) as never };
}

async function watch(
  t: TestContext,
  bench: Bench,
  change: Partial<Record<SettingName, number>>,
  env: Env = bench.env,
): Promise<EvictionWatch> {
  const evictions = new EvictionWatch({ env, db: bench.db, settings: settingsOf(change) });
  await evictions.start();
  t.after(() => evictions.stop());
  return evictions;
}

async function openAlerts(bench: Bench): Promise<string[]> {
  const filter = { orgId: bench.scope.orgId, includeInstallation: true, isOpen: true };
  const rows = await listAlerts(bench.db, filter, { limit: 10, afterId: undefined });
  return rows.map((row) => `${row.code} ${row.details['cause']}`);
}

async function until(bench: Bench, holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if (await holds()) return;
    await bench.env.sleep(10);
  }
  assert.fail(what);
}

test('the first start is a return; a restart without a gap is none', async (t) => {
  const bench = await openBench(t);
  const grace = { EVICTION_RESTART_GRACE_MS: 600_000 };
  const first = await watch(t, bench, grace);
  assert.equal(await first.current(), 'control_plane_back');
  assert.deepEqual(await openAlerts(bench), [], 'while there is nobody, that is no news');
  await driveToReady(bench, await order(bench));
  await until(bench, async () => (await openAlerts(bench)).length > 0, 'it is told');
  assert.deepEqual(await openAlerts(bench), ['EVICTIONS_FROZEN control_plane_back']);
  await first.stop();
  const before = await readLife(bench.db);
  await watch(t, bench, grace);
  assert.equal((await readLife(bench.db))?.backSinceMs, before?.backSinceMs, 'nobody was missing');
  await bench.db.query(`update control_plane_life set alive_at = alive_at - interval '1 hour'`);
  await refreshLife(bench.db, { gapMs: 5_000, hasLagged: false });
  assert.ok(((await readLife(bench.db))?.backSinceMs ?? 0) > (before?.backSinceMs ?? 0));
});

test('a freeze is one alert, and it ends by itself when workers speak again', async (t) => {
  const bench = await openBench(t);
  const workers = [];
  for (const name of ['a', 'b', 'c']) workers.push(await driveToReady(bench, await order(bench, name)));
  await bench.db.query(`update workers set last_seen_at = last_seen_at - interval '1 hour'`);
  const evictions = await watch(t, bench, {});
  assert.equal(await evictions.current(), 'fleet_silent');
  assert.deepEqual(await openAlerts(bench), ['EVICTIONS_FROZEN fleet_silent']);
  const other = await watch(t, bench, {});
  assert.equal(await other.current(), 'fleet_silent');
  assert.equal((await openAlerts(bench)).length, 1, 'however many orchestrators see it');
  for (const worker of workers) await beat(bench, worker, 'ready');
  await until(bench, async () => (await evictions.current()) === undefined, 'it thaws');
  await until(bench, async () => (await openAlerts(bench)).length === 0, 'the alert is closed');
});

test('an orchestrator that was late freezes evictions for all of them', async (t) => {
  const bench = await openBench(t);
  let skewMs = 0;
  const { clock } = bench.env;
  const late: Env = {
    ...bench.env,
    clock: { now: () => clock.now(), monotonic: () => clock.monotonic() + skewMs },
    sleep: async (ms, signal) => {
      await bench.env.sleep(Math.min(ms, 5), signal);
      skewMs += 10_000;
    },
  };
  const calm = await watch(t, bench, { EVICTION_RESTART_GRACE_MS: 0 });
  assert.equal(await calm.current(), undefined);
  await bench.db.query(`update control_plane_life set back_since = back_since - interval '1 day'`);
  await watch(t, bench, { EVICTION_LAG_MS: 5_000, EVICTION_RESTART_GRACE_MS: 600_000 }, late);
  const patient = await watch(t, bench, { EVICTION_RESTART_GRACE_MS: 600_000 });
  await until(bench, async () => (await patient.current()) === 'orchestrator_late', 'the others know');
});
