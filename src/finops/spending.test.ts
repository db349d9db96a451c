import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { priceRoutes } from './price-routes.ts';
import { readSpending, spentOfKeys } from './spending.ts';
import { recordUsage } from './testing.ts';

const PATH = '/api/v1/usage-prices';
const HOUR_MS = 3_600_000;
const MODELS = ['model_01k9xq3v5w7y9z1b3d5f7h9j1a', 'model_01k9xq3v5w7y9z1b3d5f7h9j1b'] as const;

async function start(t: Parameters<typeof startTestApi>[0]): Promise<TestApi> {
  const api = await startTestApi(t, { routes: ({ db }) => priceRoutes({ db }) });
  for (const id of MODELS) {
    await api.db.query(
      `insert into models (id, hf_id, name, weights_bytes, context_length) values ($1, $2, 'M', 1, 1)`,
      [id, `org/${id}`],
    );
  }
  return api;
}

const set = (api: TestApi, as: TestPerson, body: object) =>
  api.send(PATH, {
    method: 'PUT',
    as,
    body: { prompt_micros_per_million: 3, completion_micros_per_million: 5, ...body },
  });

let count = 0;
function use(db: Database, orgId: string, over: Partial<UsageRecord>) {
  const startedAtMs = over.started_at_ms ?? Date.now();
  return recordUsage(db, [
    {
      request_id: `req_${count++}`,
      org_id: orgId,
      api_key_id: 'key_1',
      user_id: 'user_1',
      model_id: MODELS[0],
      instance_id: 'inst_1',
      endpoint: '/v1/chat/completions',
      outcome: 'completed',
      http_status: 200,
      error_code: null,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      ended_at_ms: startedAtMs,
      ttft_ms: 1,
      streamed: true,
      ...over,
      started_at_ms: startedAtMs,
    },
  ]);
}

test('owners and managers set prices, administrators see them, users do not', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  for (const [role, writes, reads] of [
    ['owner', 200, 200],
    ['manager', 200, 200],
    ['admin', 403, 200],
    ['user', 403, 403],
  ] as const) {
    const as = await api.person(role, owner.orgId);
    assert.equal((await set(api, as, {})).status, writes, role);
    assert.equal((await api.send(PATH, { as })).status, reads, role);
  }
  assert.equal((await set(api, owner, { model_id: 'model_x' })).body.code, 'model.not_found');
  assert.equal((await set(api, owner, { prompt_micros_per_million: -1 })).status, 422);
  assert.equal((await set(api, owner, { prompt_micros_per_million: 0.5 })).status, 422);
  assert.deepEqual(
    (await api.send(PATH, { as: await api.person() })).body.data,
    [],
    'of another organisation',
  );
});

test('a first price counts at once, a changed one from the next hour, and the past keeps its own', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const hourNow = () => Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const hour = hourNow();
  const first = await set(api, as, { model_id: MODELS[0] });
  assert.equal(first.body.data[0].cached_micros_per_million, 3, 'as other prompt tokens');
  await set(api, as, { model_id: MODELS[0], prompt_micros_per_million: 100 });
  const { data } = (await set(api, as, { model_id: MODELS[0], prompt_micros_per_million: 200 })).body;
  const { prices } = await readSpending(api.db);
  // The hour ended in the middle of it, so that it was something else.
  if (hourNow() !== hour) return;
  assert.equal(Date.parse(first.body.data[0].from), hour);
  assert.deepEqual(
    data.map((one: { prompt_micros_per_million: number }) => one.prompt_micros_per_million),
    [3, 200],
    'the one to come was set anew',
  );
  assert.deepEqual(
    prices.map(({ modelId, promptMicros }) => [modelId, promptMicros]),
    [[MODELS[0], 3]],
  );
});

test('each hour is counted at its own price, the model’s own before the one for all, rounded once', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const now = Date.now();
  const hourOf = (ms: number) => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS);
  const insert = (modelId: string, from: Date, prompt: number) =>
    api.db.query(`insert into usage_prices values ($1, $2, $3, $4, 7, 1, 'user:x', app_now())`, [
      as.orgId,
      modelId,
      from,
      prompt,
    ]);
  const [old, older] = [now - 3 * HOUR_MS, now - 400 * 24 * HOUR_MS];
  await insert('', hourOf(older), 10);
  await insert(MODELS[0], hourOf(old), 400_000);
  const used = (over: Partial<UsageRecord>) => use(api.db, as.orgId, over);
  // Before there was a price nothing is counted.
  await used({ started_at_ms: older - HOUR_MS, prompt_tokens: 1_000_000 });
  await used({ started_at_ms: older, prompt_tokens: 1_000_000 });
  await used({ model_id: MODELS[1], prompt_tokens: 2_000_000 });
  await used({ prompt_tokens: 2, cached_tokens: 0 });
  await used({ prompt_tokens: 1_000_001, cached_tokens: 1_000_000, completion_tokens: 2_000_000 });
  await used({ api_key_id: 'key_2', prompt_tokens: 5_000_000 });
  const spent = await spentOfKeys(api.db, as, ['key_1']);
  // 10 long ago; 20 at the price for all; 0.8; 0.4 and 1 and 14.
  assert.equal(spent.get('key_1')?.total_micros, Math.round(10 + 20 + 0.8 + 0.4 + 1 + 14));
  assert.equal(spent.size, 1);
  assert.deepEqual(await spentOfKeys(api.db, await api.person(), ['key_1']), new Map());
});

test('gateways read as far back as each budget reaches, and only keys that have one', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const key = (id: string, columns: string, values: string) =>
    api.db.query(
      `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at ${columns})
       values ($1, $2, $3, 'k', 'h', $2, app_now() ${values})`,
      [as.orgId, id, as.userId],
    );
  await key('key_day', ', budget_day_micros', ', 1');
  await key('key_total', ', budget_total_micros, budget_day_micros', ', 1, 1');
  await key('key_none', '', '');
  await api.db.query(
    `insert into usage_prices values ($1, '', '2020-01-01T00:00:00Z', 1, 1, 1, 'user:x', app_now())`,
    [as.orgId],
  );
  const [{ now = 0 } = {}] = await api.db.query<{ now: number }>(
    `select (extract(epoch from app_now()) * 1000)::double precision as now`,
  );
  for (const id of ['key_day', 'key_total', 'key_none']) {
    for (const startedAtMs of [now - 400 * 24 * HOUR_MS, now]) {
      await use(api.db, as.orgId, {
        api_key_id: id,
        prompt_tokens: 3_000_000,
        started_at_ms: Math.floor(startedAtMs),
      });
    }
  }
  const { spent } = await readSpending(api.db);
  // The day ended in the middle of it.
  if (new Date(now).toISOString().slice(0, 10) !== new Date().toISOString().slice(0, 10)) return;
  assert.deepEqual(
    spent.map(({ keyId, totalMicros }) => [keyId, totalMicros]),
    [
      ['key_day', 3],
      ['key_total', 6],
    ],
  );
});
