import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { reconcileSchema, sweepSchema, volumeSchema } from '#contracts/sweep.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { enqueue } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { newId } from '#kernel/ids.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { KEEP_ALIVE } from '../jobs/keep-alive.ts';
import { sweepHandlers } from '../jobs/sweep-handlers.ts';
import { FakeLink, QUICK, seed, testSink } from '../testing/bench.ts';
import { FakeProvider } from '../testing/fake-provider.ts';
import { volumeRoutes } from '../volume-routes.ts';
import type { SweepDeps } from './round.ts';
import { sweepRoutes } from './routes.ts';
import { MemoryCloud } from './testing/memory-cloud.ts';
import {
  endInstance,
  FIGURES,
  INSTALLATION,
  machine,
  ownerOf,
  type Stage,
  volumeRow,
} from './testing/stage.ts';

interface Scene {
  readonly api: TestApi;
  readonly admin: TestPerson;
  readonly owner: TestPerson;
  readonly stage: Stage;
}

async function open(t: Parameters<typeof startTestApi>[0]): Promise<Scene> {
  const usdRate = parseUsdRate('0.86@2026-11-01');
  const api = await startTestApi(t, {
    routes: (deps) => [...sweepRoutes(deps), ...volumeRoutes({ ...deps, usdRate })],
  });
  const { db, env } = api;
  const [owner, admin] = [await api.person('owner'), await api.person('owner')];
  await db.query(`update users set is_platform_admin = true where id = $1`, [admin.userId]);
  const cloud = new MemoryCloud(() => env.clock.now());
  const bench = {
    db,
    env,
    scope: { orgId: owner.orgId },
    by: { actor: 'user:test', correlationId: newId(env, 'correlation') },
    provider: new FakeProvider(() => env.clock.now()),
    link: new FakeLink(),
    typeId: newId(env, 'instanceType'),
    modelId: newId(env, 'model'),
    atCrashPoint: () => undefined,
    settings: QUICK,
    samples: testSink(t, env, db),
  };
  await seed(bench);
  await db.query(`insert into zones (provider_id, code, region) values ('mock', 'mock-a', 'mock-a')`);
  const figures: Record<string, number> = { ...FIGURES, SWEEP_INTERVAL_MS: 1_000 };
  const deps: SweepDeps = {
    env,
    db,
    providers: fixedDirectory([cloud]),
    installationId: INSTALLATION,
    settings: { get: (name: string) => figures[name] } as unknown as SweepDeps['settings'],
  };
  const stage = { bench, cloud, figures, deps } as unknown as Stage;
  return { api, admin, owner, stage };
}

/** Orchestrators of this many processes, on one database. */
async function orchestrate(
  t: Parameters<typeof startTestApi>[0],
  { stage }: Scene,
  count: number,
): Promise<void> {
  const { env, db } = stage.deps;
  for (let index = 0; index < count; index++) {
    const runner = await startRunner(env, db, {
      handlers: sweepHandlers(stage.deps),
      figures: {
        leaseMs: 8_000,
        pollMs: 50,
        concurrency: 8,
        attemptsMax: 12,
        retry: { firstMs: 20, maxMs: 200 },
      },
    });
    t.after(() => runner.stop());
  }
  const correlationId = newId(env, 'correlation');
  await db.transaction((tx) => enqueue(tx, { kind: KEEP_ALIVE, subjectId: 'all', correlationId }));
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('RECONCILE by two orchestrators: one report, orphans gone, the wanted there', async (t) => {
  const scene = await open(t);
  const { api, admin, stage } = scene;
  const { id, attemptId } = await machine(stage, { ref: 'srv-wanted' });
  stage.cloud.put({ kind: 'server', id: 'srv-wanted', owner: ownerOf({ instance: id, attempt: attemptId }) });
  await stage.bench.db.query(
    `insert into control_epochs (number, gap_from, began_at, alive_until)
     values (1, null, app_now() - interval '1 day', app_now())`,
  );
  stage.cloud.put({ kind: 'server', id: 'srv-orphan', owner: ownerOf() });
  const asked = await api.send('/api/v1/reconcile', { method: 'POST', as: admin, body: {} });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(asked.body.state, 'queued');
  await orchestrate(t, scene, 2);
  const done = await until(async () => {
    const { body } = await api.send(`/api/v1/reconcile/${asked.body.id}`, { as: admin });
    return ['done', 'failed'].includes(body.state) ? reconcileSchema.parse(body) : undefined;
  }, 'the report');
  assert.equal(done.state, 'done', JSON.stringify(done));
  assert.equal(done.woken, 1);
  const [report, ...others] = done.report?.providers ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual([report?.provider, report?.state, report?.held], ['mock', 'complete', null]);
  await until(async () => (stage.cloud.living.length === 1 ? true : undefined), 'the end of the orphan');
  assert.deepEqual(stage.cloud.living, ['server srv-wanted']);
  const deletes = stage.cloud.calls.filter((call) => call.startsWith('delete'));
  assert.deepEqual(deletes, ['delete server'], 'one orchestrator deletes, once');
});

test('what is asked of RECONCILE must exist', async (t) => {
  const { api, admin } = await open(t);
  const post = (body: object) => api.send('/api/v1/reconcile', { method: 'POST', as: admin, body });
  assert.equal((await post({ provider: 'nowhere' })).body.code, 'provider.not_enabled');
  assert.equal((await post({ instance: 'inst_none' })).body.code, 'instance.not_found');
  assert.equal(
    (await api.send('/api/v1/reconcile/rec_none', { as: admin })).body.code,
    'reconcile.not_found',
  );
});

test('the sweep is shown to administrators of the installation, and confirmed by them', async (t) => {
  const scene = await open(t);
  const { api, admin, owner, stage } = scene;
  for (const path of ['/api/v1/sweep', '/api/v1/reconcile/rec_1']) {
    assert.equal((await api.send(path, { as: owner })).status, 403, path);
  }
  // A database without any epoch knows nothing of the time before it.
  stage.cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf() });
  await orchestrate(t, scene, 1);
  const read = async () => sweepSchema.parse((await api.send('/api/v1/sweep', { as: admin })).body);
  const held = await until(
    async () => (await read()).held.find((one) => one.state === 'complete'),
    'a held round',
  );
  assert.deepEqual([held.held, held.reported, stage.cloud.living.length], ['restored', 1, 1]);
  const confirm = (round: string, as: TestPerson) =>
    api.send('/api/v1/sweep/confirm', { method: 'POST', as, body: { round } });
  assert.equal((await confirm(held.id, owner)).status, 403);
  assert.equal((await confirm('round_none', admin)).body.code, 'sweep.round_not_found');
  const confirmed = await confirm(held.id, admin);
  assert.deepEqual([confirmed.status, confirmed.body.findings], [200, 1], JSON.stringify(confirmed.body));
  await until(
    async () => (stage.cloud.living.length === 0 ? true : undefined),
    'the end of what was confirmed',
  );
  const { confirmations } = await read();
  assert.equal(confirmations[0]?.confirmed_by, `user:${admin.userId}`);
});

test('volumes are listed with their price, kept, and deleted later', async (t) => {
  const { api, owner, stage } = await open(t);
  const { id } = await machine(stage, { state: 'absent' });
  const data = await volumeRow(stage, id, 'vol-data');
  const boot = await volumeRow(stage, id, 'vol-boot', { isBoot: true });
  const patch = (volume: string, keep: unknown, as = owner) =>
    api.send(`/api/v1/instances/${id}/volumes/${volume}`, { method: 'PATCH', as, body: { keep } });
  assert.equal((await patch(data, 'yes')).status, 422);
  assert.equal((await patch(boot, true)).body.code, 'volume.boot');
  assert.equal((await patch(data, true, await api.person('owner'))).status, 404);
  assert.equal((await patch(data, true, await api.person('user', owner.orgId))).status, 403);
  assert.equal((await patch(data, true)).status, 204);
  const kept = await api.send('/api/v1/volumes?kept=true', { as: owner });
  assert.equal(kept.status, 200, JSON.stringify(kept.body));
  const [view, ...others] = kept.body.data.map((row: unknown) => volumeSchema.parse(row));
  assert.deepEqual(others, []);
  assert.deepEqual([view.id, view.keep, view.price_micros_per_hour], [data, true, 11_800]);
  const remove = () => api.send(`/api/v1/volumes/${data}`, { method: 'DELETE', as: owner });
  assert.equal((await remove()).body.code, 'volume.in_use');
  await endInstance(stage, id);
  assert.equal((await remove()).status, 202);
  const jobs = await api.db.query(`select subject_id from jobs where kind = 'release-volume'`);
  assert.deepEqual(jobs, [{ subject_id: data }]);
  const page = await api.send('/api/v1/volumes?limit=1', { as: owner });
  const next = await api.send(`/api/v1/volumes?limit=1&after=${page.body.next_cursor}`, { as: owner });
  assert.deepEqual([page.body.data[0].id, next.body.data[0].id].sort(), [data, boot].sort());
});
