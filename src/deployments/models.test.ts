/** Models as deployments use them: an organisation's own, what a change may not take away, what is served now. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { modelRoutes } from '#catalog/model-routes.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { LLAMA_3_1_8B } from '#catalog/testing/base-configs.ts';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { startTestApi, type TestPerson } from '#identity/testing.ts';
import { beat, driveToReady, openBench, order, terminate } from '#instances/testing/bench.ts';
import { listModelUses, listRuntimeModels } from './queries.ts';
import { deploymentRoutes } from './routes.ts';
import { runtimeRoutes } from './runtime-routes.ts';

const offerOf = (type: string, gpuKind: string, gib: number, gpuCount = 1) => ({
  zone: 'mock-a',
  type,
  gpuCount,
  gpuKind,
  vramBytesPerGpu: gib * 2 ** 30,
  vcpus: 8,
  memoryBytes: 48e9,
  price: { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' },
  availability: 'available' as const,
});

async function start(t: TestContext) {
  const usdRate = parseUsdRate('0.86@2026-11-01');
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ env, db }) => [
      ...deploymentRoutes({
        env,
        db,
        usdRate,
        enabledProviders: ['mock'],
        engineOf: () => 'simulated',
        attachesVolumes: () => false,
        offersMax: () => 4,
        requireReachable: () => undefined,
        costsOf: async () => new Map(),
      }),
      ...modelRoutes({
        env,
        db,
        usdRate,
        enabledProviders: ['mock'],
        countReadyByModel: async () => new Map(),
        usualStarts: async () => new Map(),
        peakSpeeds: async () => new Map(),
        usesOfModel: listModelUses,
      }),
      ...runtimeRoutes({ db, settings: fixedSettings(readConfig({})) }),
    ],
  });
  await seedCatalogue(api.env, api.db);
  const offers = [
    offerOf('MOCK-L40S', 'L40S', 48),
    offerOf('MOCK-H100', 'H100', 80),
    offerOf('MOCK-P100', 'P100', 80),
  ];
  await syncOffers(api.env, api.db, 'mock', offers);
  const post = (path: string, body: object, as: TestPerson) => api.send(path, { method: 'POST', as, body });
  const deploy = (as: TestPerson, more: object) =>
    post('/api/v1/deployments', { name: 'chat', zone: 'mock-a', instance_type: 'MOCK-L40S', ...more }, as);
  const change = (as: TestPerson, id: string, body: object) =>
    api.send(`/api/v1/models/${id}`, { method: 'PATCH', as, body });
  return { api, post, deploy, change };
}

test("an organisation deploys its own model; another's does not exist for it", async (t) => {
  const { api, post, deploy, change } = await start(t);
  const [owner, other] = [await api.person('owner'), await api.person('owner')];
  const made = await post('/api/v1/models', { hf_id: 'acme/tuned', config: LLAMA_3_1_8B }, owner);
  for (const model_id of [made.body.id, 'acme/tuned']) {
    const answer = await deploy(other, { model_id });
    assert.deepEqual(
      [answer.status, answer.body.code],
      [404, 'model.not_found'],
      JSON.stringify(answer.body),
    );
  }
  const refused = await deploy(owner, { model_id: 'acme/tuned', instance_type: 'MOCK-P100' });
  assert.deepEqual([refused.status, refused.body.code], [422, 'model.does_not_fit']);
  assert.match(refused.body.detail, /compute capability 6\.0/);
  await change(owner, made.body.id, { is_active: false });
  assert.equal((await deploy(owner, { model_id: 'acme/tuned' })).body.code, 'model.inactive');
  await change(owner, made.body.id, { is_active: true });
  const answer = await deploy(owner, { model_id: 'acme/tuned' });
  assert.deepEqual([answer.status, answer.body.model], [201, 'acme/tuned'], JSON.stringify(answer.body));
});

test('what a deployment runs on, and may be moved to, counts until it is gone', async (t) => {
  const { api, post, deploy, change } = await start(t);
  const owner = await api.person('owner');
  const { id } = (await post('/api/v1/models', { hf_id: 'acme/tuned', config: LLAMA_3_1_8B }, owner)).body;
  const fallbacks = [{ zone: 'mock-a', instance_type_id: 'MOCK-L40S' }];
  const made = await deploy(owner, { model_id: id, instance_type: 'MOCK-H100', fallbacks });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const uses = await listModelUses(api.db, id);
  assert.deepEqual(new Set(uses.map(({ code }) => code)), new Set(['MOCK-H100', 'MOCK-L40S']));
  const heavier = { weights_bytes: 45e9 };
  const refused = await change(owner, id, heavier);
  assert.deepEqual(
    [refused.status, refused.body.code],
    [409, 'model.in_use'],
    'an H100 holds it, an L40S does not',
  );
  assert.match(refused.body.detail, /chat .*MOCK-L40S/);
  await api.send(`/api/v1/deployments/${made.body.id}`, { method: 'DELETE', as: owner });
  assert.equal((await change(owner, id, heavier)).status, 409, 'its machine is not gone yet');
  await api.db.query(`alter table instances disable trigger all`);
  await api.db.query(`update instances set state = 'terminated'`);
  const changed = await change(owner, id, heavier);
  assert.deepEqual([changed.status, changed.body.weights_bytes], [200, 45e9], JSON.stringify(changed.body));
});

test('runtime models are what is served, where, and what is on its way', async (t) => {
  const bench = await openBench(t);
  const runtime = (silentAfterMs = 600_000) => listRuntimeModels(bench.db, bench.scope, silentAfterMs);
  assert.deepEqual(await runtime(), []);
  const [first, second] = [await order(bench, 'one'), await order(bench, 'two')];
  const worker = await driveToReady(bench, first);
  const [model, ...rest] = await runtime();
  assert.equal(rest.length, 0);
  assert.deepEqual(
    [model?.hf_id, model?.replicas_serving, model?.replicas_silent, model?.replicas_starting],
    ['org/model', 1, 0, 1],
  );
  assert.deepEqual(model?.places, [
    { provider: 'mock', zone: 'mock-a', instance_type: 'MOCK-L4-1', serving: 1, silent: 0, starting: 1 },
  ]);
  await bench.db.query(
    `update workers set last_seen_at = app_now() - interval '1 hour' where instance_id = $1`,
    [first],
  );
  const [quiet] = await runtime();
  assert.deepEqual([quiet?.replicas_serving, quiet?.replicas_silent], [0, 1]);
  await beat(bench, worker, 'ready');
  assert.equal((await runtime())[0]?.replicas_serving, 1);
  await terminate(bench, first);
  await terminate(bench, second);
  assert.deepEqual(await runtime(), [], 'what is to go serves nobody');
});

test('runtime models are shown to every member, each organisation its own', async (t) => {
  const { api, deploy } = await start(t);
  const [owner, other] = [await api.person('owner'), await api.person('owner')];
  await deploy(owner, { model_id: 'Qwen/Qwen3-8B' });
  const user = await api.person('user', owner.orgId);
  const seen = async (as: TestPerson) => (await api.send('/api/v1/runtime-models', { as })).body.data;
  const [one] = await seen(user);
  assert.deepEqual([one.hf_id, one.replicas_serving, one.replicas_starting], ['Qwen/Qwen3-8B', 0, 1]);
  assert.deepEqual(
    one.deployments.map((each: { name: string }) => each.name),
    ['chat'],
  );
  assert.deepEqual(await seen(other), []);
});
