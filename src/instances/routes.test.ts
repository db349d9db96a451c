import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { type InstanceDetail, instanceDetailSchema } from '#contracts/instances.ts';
import { usageOfInstance } from '#finops/queries.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { type InstanceId, newId } from '#kernel/ids.ts';
import { heartbeatShortcut } from './heartbeats/heartbeat-shortcut.ts';
import { instanceRoutes } from './routes.ts';
import type { RunningSampleSink } from './series/sample-sink.ts';
import {
  type Bench,
  beatOf,
  driveTo,
  driveToReady,
  FakeLink,
  KEYS,
  order,
  QUICK,
  SETTINGS,
  seed,
  testSink,
} from './testing/bench.ts';
import { FakeProvider } from './testing/fake-provider.ts';
import { deskOf } from './testing/heartbeats.ts';
import { workerListRoutes, workerRoutes } from './worker-routes.ts';

interface Stage {
  readonly api: TestApi;
  readonly as: TestPerson;
  readonly bench: Bench;
}

async function start(t: Parameters<typeof startTestApi>[0]): Promise<Stage> {
  const usdRate = parseUsdRate('0.86@2026-11-01');
  const costsOf = async (_db: unknown, _scope: unknown, ids: readonly string[]) =>
    new Map(ids.map((id) => [id, 42]));
  let samples: RunningSampleSink | undefined;
  const api = await startTestApi(t, {
    routes: ({ env, db }) => {
      samples = testSink(t, env, db);
      const readVersion = () => ({ worker_version: '0.2.0', worker_sha256: 'b'.repeat(64) });
      const deps = { env, db, samples, settings: SETTINGS, usageOf: usageOfInstance, readVersion };
      return [
        ...instanceRoutes({ ...deps, usdRate, costsOf }),
        ...workerListRoutes({
          env,
          db,
          readVersion,
        }),
        ...workerRoutes({ ...deps, keys: KEYS, desk: deskOf(env, db) }),
      ];
    },
    shortcuts: ({ env, db }) => [heartbeatShortcut(deskOf(env, db))],
    findWorker: (token) => deskOf(api.env, api.db).identify(token),
  });
  const as = await api.person('owner');
  const bench: Bench = {
    db: api.db,
    env: api.env,
    scope: { orgId: as.orgId },
    by: { actor: 'user:test', correlationId: newId(api.env, 'correlation') },
    provider: new FakeProvider(() => api.env.clock.now()),
    link: new FakeLink(),
    typeId: newId(api.env, 'instanceType'),
    modelId: newId(api.env, 'model'),
    atCrashPoint: () => undefined,
    settings: QUICK,
    samples: samples ?? testSink(t, api.env, api.db),
  };
  await seed(bench);
  return { api, as, bench };
}

const get = ({ api, as }: Stage, path: string) => api.send(path, { as });
const post = ({ api, as }: Stage, path: string) => api.send(path, { as, method: 'POST' });

test('a list comes newest first in pages, and hides what was archived', async (t) => {
  const stage = await start(t);
  const ids: InstanceId[] = [];
  for (let count = 0; count < 5; count++) ids.unshift(await order(stage.bench, `demo-${count}`));
  const pages: string[] = [];
  let after = '';
  for (let page = 0; page < 3; page++) {
    const { body, status } = await get(stage, `/api/v1/instances?limit=2${after && `&after=${after}`}`);
    assert.equal(status, 200, JSON.stringify(body));
    pages.push(...body.data.map((row: { id: string }) => row.id));
    after = body.next_cursor ?? '';
    assert.equal(body.has_more, page < 2);
  }
  assert.deepEqual(pages, ids);
  const [newest] = ids;
  assert.ok(newest);
  await post(stage, `/api/v1/instances/${newest}/terminate`);
  await driveTo(stage.bench, newest, 'terminated');
  assert.equal((await post(stage, `/api/v1/instances/${newest}/archive`)).status, 202);
  await driveTo(stage.bench, newest, 'archived');
  const listed = async (query: string) =>
    (await get(stage, `/api/v1/instances?${query}`)).body.data.map((row: { id: string }) => row.id);
  assert.deepEqual(await listed(''), ids.slice(1));
  assert.deepEqual(await listed('include_archived=true'), ids);
  assert.deepEqual(await listed('state=archived'), [newest]);
  assert.deepEqual(await listed('deployment=dep_none'), []);
  assert.deepEqual(await listed('ended=true'), []);
  assert.deepEqual(await listed('ended=true&include_archived=true'), [newest]);
  assert.deepEqual(await listed('ended=false&include_archived=true'), ids.slice(1));

  const [cheap, dear, unknown, foreign] = ids.slice(1);
  const prices = [
    [cheap, 1_000, 'EUR'],
    // Less in dollars than the dear one in euros, and more than the cheap one.
    [foreign, 4_000, 'USD'],
    [dear, 4_000, 'EUR'],
    [unknown, null, null],
  ] as const;
  for (const [id, nanos, currency] of prices) {
    await stage.bench.db.query(
      `update instances set price_nanos_per_hour = $2, price_currency = $3 where id = $1`,
      [id, nanos, currency],
    );
  }
  assert.deepEqual(await listed('sort=price'), [unknown, cheap, foreign, dear]);
  const { body: first } = await get(stage, '/api/v1/instances?sort=-price&limit=2');
  const rest = await listed(`sort=-price&limit=2&after=${first.next_cursor}`);
  assert.deepEqual(
    [...first.data.map((row: { id: string }) => row.id), ...rest],
    [dear, foreign, cheap, unknown],
  );
});

test('one instance tells its whole story', async (t) => {
  const stage = await start(t);
  const earlier = await order(stage.bench, 'earlier');
  await driveToReady(stage.bench, earlier);
  const id = await order(stage.bench);
  await driveToReady(stage.bench, id);
  const { body, status } = await get(stage, `/api/v1/instances/${id}`);
  assert.equal(status, 200, JSON.stringify(body));
  const detail: InstanceDetail = instanceDetailSchema.parse(body);
  assert.equal(detail.state, 'ready');
  assert.equal(detail.progress, 100);
  assert.equal(detail.cost_micros, 42);
  assert.equal(detail.price_micros_per_hour, 750_000);
  assert.deepEqual(
    detail.history.map((entry) => entry.to),
    ['provisioning', 'booting', 'installing', 'starting', 'ready'],
  );
  assert.equal(detail.volumes.length, 1);
  assert.equal(detail.steps.length, 10);
  assert.ok(detail.steps.every((step) => step.completed_at !== null && !step.stalled));
  assert.ok(
    detail.steps.slice(1).every((step) => step.expected_ms !== null),
    'the earlier start tells what to expect',
  );
  const actions = await get(stage, `/api/v1/instances/${id}/actions?limit=3`);
  assert.equal(actions.body.data.length, 3);
  assert.equal(actions.body.data[0].code, 'STATE_CHANGED');
  const next = await get(
    stage,
    `/api/v1/instances/${id}/actions?limit=100&after=${actions.body.next_cursor}`,
  );
  assert.equal(next.body.data.at(-1).code, 'REQUEST_CREATE');
  const metrics = await get(stage, `/api/v1/instances/${id}/metrics?step=1`);
  assert.deepEqual(metrics.body.data, []);
});

test('terminate answers at once, twice alike, and carries its correlation id to the provider', async (t) => {
  const stage = await start(t);
  const id = await order(stage.bench);
  await driveToReady(stage.bench, id);
  const first = await post(stage, `/api/v1/instances/${id}/terminate`);
  assert.equal(first.status, 202);
  assert.equal((await post(stage, `/api/v1/instances/${id}/terminate`)).status, 202);
  await driveTo(stage.bench, id, 'terminated');
  assert.ok(stage.bench.provider.correlationIds.has(first.headers.get('x-correlation-id') ?? ''));
  const actions = await get(stage, `/api/v1/instances/${id}/actions?limit=100`);
  const codes = actions.body.data.map((row: { code: string }) => row.code);
  assert.equal(codes.filter((code: string) => code === 'REQUEST_TERMINATE').length, 1);
});

test('what is not there, not yours or not possible is said so', async (t) => {
  const stage = await start(t);
  const { api, bench } = stage;
  const id = await order(bench);
  const stranger = { ...stage, as: await api.person('owner') };
  const reader = { ...stage, as: await api.person('user', bench.scope.orgId as TestPerson['orgId']) };
  for (const path of ['', '/actions', '/metrics']) {
    assert.equal((await get(stranger, `/api/v1/instances/${id}${path}`)).status, 404);
    assert.equal((await get(stage, `/api/v1/instances/garbage${path}`)).status, 404);
    assert.equal((await get(reader, `/api/v1/instances/${id}${path}`)).status, 200);
  }
  for (const command of ['terminate', 'archive']) {
    assert.equal((await post(stranger, `/api/v1/instances/${id}/${command}`)).status, 404);
    assert.equal((await post(reader, `/api/v1/instances/${id}/${command}`)).status, 403);
  }
  const early = await post(stage, `/api/v1/instances/${id}/archive`);
  assert.equal(early.status, 409);
  assert.equal(early.body.code, 'instance.illegal_transition');
  for (const query of ['state=happy', 'limit=0', 'after=zzz', 'after=eyJ9']) {
    assert.equal((await get(stage, `/api/v1/instances?${query}`)).status, 422, query);
  }
  const window = 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
  assert.equal((await get(stage, `/api/v1/instances/${id}/metrics?${window}`)).status, 422);
  const long = 'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&step=1';
  assert.equal((await get(stage, `/api/v1/instances/${id}/metrics?${long}`)).status, 422);
});

test('a worker registers and beats over HTTP, and nothing else may', async (t) => {
  const stage = await start(t);
  const { api, bench } = stage;
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const bootstrap = bench.provider.living[0]?.order.userData.slice('token='.length);
  const register = (body: object) => api.send('/internal/worker/register', { method: 'POST', body });
  const request = {
    bootstrap_token: bootstrap,
    nonce: 'f'.repeat(32),
    agent: { version: '0.1.0', build_date: 'x', sha256: 'a'.repeat(64) },
    machine: { hostname: 'm', cpus: 8, memory_bytes: 1, gpus: [] },
  };
  assert.equal((await register({ ...request, nonce: 'short' })).status, 422);
  assert.equal((await register({ ...request, bootstrap_token: 'inv_boot_x' })).status, 401);
  const { body: worker, status } = await register(request);
  assert.equal(status, 200, JSON.stringify(worker));
  const send = (body: object, token?: string) =>
    api.send('/internal/worker/heartbeat', {
      method: 'POST',
      body,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const beat = beatOf(worker, 'loading');
  assert.equal((await send(beat)).status, 401);
  assert.equal((await send(beat, bootstrap)).status, 401);
  assert.equal(
    (await api.send('/internal/worker/heartbeat', { method: 'POST', body: beat, as: stage.as })).status,
    401,
  );
  const { body: answer } = await send(beat, worker.worker_token);
  assert.deepEqual(answer, {
    desired: 'serve',
    heartbeat_interval_ms: 4_000,
    dead_man_ms: 1_800_000,
    next_token: null,
    tunnels: null,
  });
  const foreign = await send(
    { ...beatOf(worker, 'loading'), instance_id: 'inst_other' },
    worker.worker_token,
  );
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'worker.wrong_instance']);
  const old = await send({ ...beatOf(worker, 'loading'), epoch: 0 }, worker.worker_token);
  assert.deepEqual([old.status, old.body.code], [409, 'worker.superseded']);
  const huge = { ...beatOf(worker, 'loading'), model: 'x'.repeat(70_000) };
  assert.equal((await send(huge, worker.worker_token)).status, 413);
});

test('a heartbeat is answered alike by the shortcut and by the route', async (t) => {
  const stage = await start(t);
  const { api, bench } = stage;
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  // While the database is still there: what it has not written it would try to write for ever.
  t.after(() => deskOf(api.env, api.db).stop());
  const beat = beatOf(worker, 'ready');
  const good = JSON.stringify(beat);
  const bearer = `Bearer ${worker.worker_token}`;
  const json = 'application/json';
  const cases: [name: string, body: string, token: string, type: string, status: number][] = [
    ['as an agent writes it', good, bearer, json, 200],
    ['with a field more', good.replace('{', '{"more":1,'), bearer, json, 200],
    ['with an escape', good.replace('"ready"', '"\\u0072eady"'), bearer, json, 200],
    ['with a key twice', good.replace('{', '{"seq":1,'), bearer, json, 400],
    ['no JSON', good.slice(1), bearer, json, 400],
    ['no JSON, of nobody', good.slice(1), 'Bearer x', json, 400],
    ['of nobody', good, `Bearer ${worker.worker_token}x`, json, 401],
    ['of nobody, with a wrong form', '{}', 'Basic x', json, 401],
    ['with a wrong form', JSON.stringify({ ...beat, seq: -1, status: 'happy' }), bearer, json, 422],
    ['of another', JSON.stringify({ ...beat, instance_id: 'inst_other' }), bearer, json, 403],
    ['of another epoch', JSON.stringify({ ...beat, epoch: 99 }), bearer, json, 409],
    ['too large', JSON.stringify({ ...beat, model: 'x'.repeat(70_000) }), bearer, json, 413],
    ['not said to be JSON', good, bearer, 'text/plain', 415],
    ['empty', '', bearer, json, 422],
  ];
  for (const [name, body, authorization, type, status] of cases) {
    // A header that no agent sends: the framework answers.
    const answers = await Promise.all(
      [{}, { 'x-other': '1' }].map(async (more) => {
        const answer = await fetch(`${api.url}/internal/worker/heartbeat`, {
          method: 'POST',
          headers: { authorization, 'content-type': type, ...more },
          body,
          signal: AbortSignal.timeout(15_000),
        });
        const told = (await answer.json()) as Record<string, unknown>;
        assert.match(answer.headers.get('x-request-id') ?? '', /^req_/, name);
        assert.match(answer.headers.get('x-correlation-id') ?? '', /^cor_/, name);
        const headers = ['content-type', 'cache-control', 'x-content-type-options', 'retry-after'].map(
          (key) => answer.headers.get(key),
        );
        return { status: answer.status, headers, told: { ...told, request_id: undefined } };
      }),
    );
    assert.equal(answers[0]?.status, status, `${name}: ${JSON.stringify(answers[0])}`);
    assert.deepEqual(answers[0], answers[1], name);
  }
});

test('a failed order shows every offer with its reason, and is ordered again when asked', async (t) => {
  const stage = await start(t);
  const { api, bench } = stage;
  const fallback = { zone: 'mock-b', instanceTypeId: bench.typeId, price: null };
  const id = await order(bench, 'demo-1', [fallback]);
  const retry = `/api/v1/instances/${id}/retry`;
  assert.equal((await post(stage, retry)).status, 202, 'it is being ordered already');
  bench.provider.refused.set('mock-a MOCK-L4-1', 'stock_out').set('mock-b MOCK-L4-1', 'quota');
  await driveTo(bench, id, 'provisioning_failed');
  const detail: InstanceDetail = instanceDetailSchema.parse(
    (await get(stage, `/api/v1/instances/${id}`)).body,
  );
  assert.deepEqual(
    detail.offers.map((one) => [one.zone, one.refusal_kind, one.is_current, one.price_micros_per_hour]),
    [
      ['mock-a', 'stock_out', false, 750_000],
      ['mock-b', 'quota', true, null],
    ],
  );
  assert.ok(detail.offers.every((one) => one.refused_at !== null && one.refusal_message !== null));
  const reader = await api.person('user', stage.as.orgId);
  assert.equal((await post({ ...stage, as: reader }, retry)).body.code, 'auth.forbidden');
  const stranger = await api.person('owner');
  assert.equal((await post({ ...stage, as: stranger }, retry)).body.code, 'instance.not_found');
  bench.provider.refused.clear();
  await bench.db.query(`update offer_refusals set until = app_now() - interval '1 second'`);
  const again = await post(stage, retry);
  assert.deepEqual(
    [again.status, again.body.state, again.body.state_reason],
    [202, 'provisioning', 'retry_requested'],
  );
  await driveToReady(bench, id);
  assert.ok(bench.provider.correlationIds.has(again.headers.get('x-correlation-id') ?? ''));
  const refused = await post(stage, retry);
  assert.deepEqual([refused.status, refused.body.code], [409, 'instance.illegal_transition']);
  assert.match(refused.body.detail, /Create a deployment/);
});

test('agents are listed with the build that is expected, and one can be shut out', async (t) => {
  const stage = await start(t);
  const { api, bench } = stage;
  const worker = await driveToReady(bench, await order(bench));
  await driveToReady(bench, await order(bench, 'demo-2'));
  const { body } = await get(stage, '/api/v1/workers?limit=1');
  assert.equal(body.has_more, true);
  assert.equal((await get(stage, `/api/v1/workers?after=${body.next_cursor}`)).body.data.length, 1);
  const [row] = body.data;
  assert.deepEqual(
    [
      row.instance_id,
      row.sha256,
      row.expected_sha256,
      row.is_outdated,
      row.epoch,
      row.status,
      row.is_revoked,
    ],
    [worker.instance_id, 'a'.repeat(64), 'b'.repeat(64), true, 1, 'ready', false],
  );
  const young = await order(bench, 'demo-3');
  const outdated = async (id: string) => (await get(stage, `/api/v1/instances/${id}`)).body.worker_outdated;
  assert.equal(await outdated(worker.instance_id), true);
  assert.equal(await outdated(young), null, 'nothing runs there yet');
  const rows = (await get(stage, '/api/v1/instances')).body.data;
  assert.deepEqual(
    rows.map((view: InstanceDetail) => view.worker_outdated),
    [null, true, true],
  );
  const stranger = await api.person('owner');
  assert.deepEqual((await api.send('/api/v1/workers', { as: stranger })).body.data, []);
  const revoke = `/api/v1/workers/${worker.instance_id}/revoke`;
  assert.equal((await api.send(revoke, { as: stranger, method: 'POST' })).status, 404);
  assert.equal(
    (await api.send(revoke, { as: await api.person('user', stage.as.orgId), method: 'POST' })).status,
    403,
  );
  assert.equal((await post(stage, revoke)).status, 204);
  assert.equal((await post(stage, revoke)).status, 204);
  const beat = await api.send('/internal/worker/heartbeat', {
    method: 'POST',
    body: beatOf(worker, 'ready'),
    headers: { authorization: `Bearer ${worker.worker_token}` },
  });
  assert.deepEqual([beat.status, beat.body.code], [410, 'worker.revoked']);
});
