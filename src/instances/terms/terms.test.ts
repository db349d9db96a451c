import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTermsViewSchema } from '#contracts/machine-terms.ts';
import { readClosedMachines, servedSince } from '#finops/closed-machines.ts';
import { recordUsage } from '#finops/testing.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { type InstanceId, newId } from '#kernel/ids.ts';
import { databaseSource } from '#routing/database-source.ts';
import {
  type Bench,
  beat,
  driveTo,
  FakeLink,
  order,
  QUICK,
  registerLatest,
  seed,
  testSink,
} from '../testing/bench.ts';
import { FakeProvider } from '../testing/fake-provider.ts';
import { termsRoutes } from './terms-routes.ts';

interface Stage {
  readonly api: TestApi;
  readonly as: TestPerson;
  readonly bench: Bench;
  readonly id: InstanceId;
}

const OPEN = { time_zone: 'Europe/Paris', windows: [], requests_per_day: null, tokens_per_day: null };

async function start(t: Parameters<typeof startTestApi>[0]): Promise<Stage> {
  const api = await startTestApi(t, { routes: ({ env, db }) => termsRoutes({ env, db, servedSince }) });
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
    samples: testSink(t, api.env, api.db),
  };
  await seed(bench);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const worker = await registerLatest(bench);
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  return { api, as, bench, id };
}

const put = ({ api, as, id }: Stage, body: object, who = as) =>
  api.send(`/api/v1/instances/${id}/terms`, { as: who, method: 'PUT', body });

async function routed({ bench }: Stage): Promise<string[]> {
  const source = databaseSource(bench.db, { readClosed: () => readClosedMachines(bench.db) });
  return (await source.read()).workers.map(({ instanceId }) => instanceId);
}

/** Hours of today that do not hold this moment, in any case of a minute going by. */
function otherHours(stage: Stage): { days: number[]; from: string; to: string }[] {
  const hour = new Date(stage.api.env.clock.now()).getUTCHours();
  const name = (shift: number) => `${String((hour + shift) % 24).padStart(2, '0')}:00`;
  return [{ days: [1, 2, 3, 4, 5, 6, 7], from: name(6), to: name(9) }];
}

test('a machine is open all the time until its owner says otherwise', async (t) => {
  const stage = await start(t);
  const { body, status } = await stage.api.send(`/api/v1/instances/${stage.id}/terms`, { as: stage.as });
  assert.equal(status, 200, JSON.stringify(body));
  const view = machineTermsViewSchema.parse(body);
  assert.deepEqual([view.is_open, view.updated_at, view.windows], [true, null, []]);
  assert.deepEqual(await routed(stage), [stage.id]);
});

test('outside of its hours a machine gets nothing new, stays ready, and is back when they begin', async (t) => {
  const stage = await start(t);
  let told = 0;
  const listener = await stage.bench.db.listen('inv_routing', (payload) => {
    if (payload === stage.id) told += 1;
  });
  t.after(() => listener.stop());
  const closed = await put(stage, { ...OPEN, time_zone: 'UTC', windows: otherHours(stage) });
  assert.equal(closed.status, 200, JSON.stringify(closed.body));
  assert.deepEqual([closed.body.is_open, closed.body.closed_because], [false, 'outside_hours']);
  assert.deepEqual(await routed(stage), []);
  const [row] = await stage.bench.db.query<{ state: string; wanted: string }>(
    `select state, wanted from instances where id = $1`,
    [stage.id],
  );
  assert.deepEqual(row, { state: 'ready', wanted: 'serving' });
  const opened = await put(stage, OPEN);
  assert.equal(opened.body.is_open, true);
  assert.deepEqual(await routed(stage), [stage.id]);
  for (let i = 0; told < 2 && i < 2_000; i++) await stage.api.env.sleep(10);
  assert.ok(told >= 2, 'gateways are told at once');
});

test('a quota closes the machine for the rest of the day, counting what others used of it too', async (t) => {
  const stage = await start(t);
  const atMs = stage.api.env.clock.now();
  const use = (index: number, tokens: number) => ({
    request_id: `req_terms_${index}`,
    org_id: stage.as.orgId,
    api_key_id: null,
    user_id: null,
    model_id: stage.bench.modelId,
    instance_id: stage.id,
    endpoint: '/v1/chat/completions' as const,
    outcome: 'completed' as const,
    http_status: 200,
    error_code: null,
    prompt_tokens: tokens,
    completion_tokens: tokens,
    cached_tokens: 0,
    started_at_ms: atMs,
    ended_at_ms: atMs,
    ttft_ms: null,
    streamed: false,
  });
  assert.equal(
    (await put(stage, { ...OPEN, requests_per_day: 2, tokens_per_day: 1_000 })).body.is_open,
    true,
  );
  await recordUsage(stage.bench.db, [use(1, 10)]);
  assert.deepEqual(await routed(stage), [stage.id]);
  await recordUsage(stage.bench.db, [use(2, 10)]);
  assert.deepEqual(await routed(stage), []);
  const more = await put(stage, { ...OPEN, requests_per_day: 100, tokens_per_day: 1_000 });
  assert.deepEqual([more.body.is_open, more.body.requests_today, more.body.tokens_today], [true, 2, 40]);
  await recordUsage(stage.bench.db, [use(3, 480)]);
  const { body } = await stage.api.send(`/api/v1/instances/${stage.id}/terms`, { as: stage.as });
  assert.equal(body.closed_because, 'tokens_used_up');
  assert.deepEqual(await routed(stage), []);
});

test('what cannot be kept is refused with what to do, and changes nothing', async (t) => {
  const stage = await start(t);
  for (const wrong of [
    { ...OPEN, time_zone: 'Europe/Atlantis' },
    { ...OPEN, windows: [{ days: [8], from: '08:00', to: '09:00' }] },
    { ...OPEN, windows: [{ days: [1], from: '08:00', to: '08:00' }] },
    { ...OPEN, windows: [{ days: [], from: '08:00', to: '09:00' }] },
    { ...OPEN, windows: [{ days: [1], from: '8:00', to: '09:00' }] },
    { ...OPEN, requests_per_day: -1 },
    { ...OPEN, tokens_per_day: 1.5 },
  ]) {
    const { status, body } = await put(stage, wrong);
    assert.ok(status === 400 || status === 422, `${JSON.stringify(wrong)}: ${status}`);
    assert.equal(body.code, 'request.invalid');
  }
  const stranger = await stage.api.person('owner');
  assert.equal((await put(stage, OPEN, stranger)).status, 404);
  const reader = await stage.api.person('user', stage.as.orgId);
  assert.equal((await put(stage, OPEN, reader)).status, 403);
  const [row] = await stage.bench.db.query(`select 1 from machine_terms`);
  assert.equal(row, undefined);
});
