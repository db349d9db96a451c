import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { organisationRoutes } from './organisations/organisation-routes.ts';
import { listLimitedOrganisations } from './queries.ts';
import { identityRoutes } from './routes.ts';
import { identityDeps, startTestApi, type TestApi, type TestPerson } from './testing.ts';
import { listActiveApiKeys } from './usable-keys.ts';

const start = (t: Parameters<typeof startTestApi>[0]) =>
  startTestApi(t, {
    routes: (parts) => {
      const settings = fixedSettings(readConfig({}));
      const countRemains = async () => ({ machines: 0, volumes: 0 });
      return [
        ...identityRoutes(identityDeps(parts)),
        ...organisationRoutes({ env: parts.env, db: parts.db, settings, countRemains }),
      ];
    },
  });

const NONE = { requests_per_minute: null, tokens_per_minute: null, concurrent_requests: null };

const create = (api: TestApi, as: TestPerson, body: object) =>
  api.send('/api/v1/api-keys', { method: 'POST', as, body: { name: 'k', ...body } });
const change = (api: TestApi, as: TestPerson, id: string, body: object) =>
  api.send(`/api/v1/api-keys/${id}`, { method: 'PATCH', as, body });

test('a key has the limits, models and scopes it was given, for people and for gateways', async (t) => {
  const api = await start(t);
  const as = await api.person('user');
  const wish = {
    scopes: ['inference'],
    models: ['org/m', 'model_1'],
    limits: { requests_per_minute: 60, concurrent_requests: 4 },
    priority_max: 'low',
    waits_for_start: true,
  };
  const { body, status } = await create(api, as, wish);
  assert.equal(status, 201);
  const limits = { ...NONE, requests_per_minute: 60, concurrent_requests: 4 };
  const { scopes, models, priority_max, waits_for_start, enabled } = body;
  assert.deepEqual(
    { scopes, models, priority_max, waits_for_start, enabled, limits: body.limits },
    { ...wish, limits, enabled: true },
  );
  const [active] = await listActiveApiKeys(api.db);
  assert.deepEqual(active?.limits, { requestsPerMinute: 60, tokensPerMinute: null, concurrentRequests: 4 });
  assert.deepEqual(active?.scopes, ['inference']);
  assert.deepEqual(active?.models, ['org/m', 'model_1']);
  assert.equal(active?.priorityMax, 'low');
  assert.equal(active?.waitsForStart, true);
});

test('a change touches what it names, and null takes a limit away', async (t) => {
  const api = await start(t);
  const as = await api.person('user');
  const made = await create(api, as, { limits: { requests_per_minute: 60, tokens_per_minute: 9_000 } });
  const { secret: _, last_used_at: __, ...before } = made.body;
  const changed = await change(api, as, before.id, {
    limits: { requests_per_minute: null, concurrent_requests: 2 },
  });
  assert.equal(changed.status, 200);
  const { last_used_at: ___, ...after } = changed.body;
  assert.deepEqual(after, {
    ...before,
    limits: { requests_per_minute: null, tokens_per_minute: 9_000, concurrent_requests: 2 },
  });
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  await change(api, as, before.id, { models: ['a/b'], expires_at: expires, name: 'new' });
  const back = await change(api, as, before.id, { models: null, expires_at: null, scopes: ['models.read'] });
  assert.deepEqual(
    [back.body.models, back.body.expires_at, back.body.name, back.body.scopes],
    [null, null, 'new', ['models.read']],
  );
  assert.deepEqual((await change(api, as, before.id, {})).body, back.body);
});

test('a disabled key is gone for gateways until it is enabled again', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const { body } = await create(api, as, {});
  await change(api, as, body.id, { enabled: false });
  assert.deepEqual(await listActiveApiKeys(api.db), []);
  await change(api, as, body.id, { enabled: true });
  assert.equal((await listActiveApiKeys(api.db)).length, 1);
});

test('wrong wishes are refused with the field that is wrong', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const wrong: [object, string][] = [
    [{ limits: { requests_per_minute: 0 } }, 'limits.requests_per_minute'],
    [{ limits: { tokens_per_minute: 1.5 } }, 'limits.tokens_per_minute'],
    [{ limits: { concurrent_requests: -1 } }, 'limits.concurrent_requests'],
    [{ limits: { requests_per_minute: '5' } }, 'limits.requests_per_minute'],
    [{ limits: { requests_per_hour: 5 } }, 'limits'],
    [{ limits: { tokens_per_minute: 1e13 } }, 'limits.tokens_per_minute'],
    [{ models: [] }, 'models'],
    [{ models: ['meta-llama/*'] }, 'models.0'],
    [{ models: ['a b'] }, 'models.0'],
    [{ models: Array.from({ length: 101 }, (_, i) => `m${i}`) }, 'models'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['admin'] }, 'scopes.0'],
    [{ priority_max: 'urgent' }, 'priority_max'],
    [{ waits_for_start: 'yes' }, 'waits_for_start'],
  ];
  const { body: key } = await create(api, as, {});
  for (const [body, path] of wrong) {
    for (const answer of [await create(api, as, body), await change(api, as, key.id, body)]) {
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.equal(answer.body.errors[0].path, path, JSON.stringify(body));
    }
  }
  const past = await change(api, as, key.id, { expires_at: '2020-01-01T00:00:00Z' });
  assert.deepEqual(past.body.errors, [{ path: 'expires_at', message: 'must be in the future' }]);
  assert.equal((await change(api, as, key.id, { revoked_at: null })).status, 422);
});

test('nobody changes the key of another, and none that has ended', async (t) => {
  const api = await start(t);
  const owner = await api.person('user');
  const { body } = await create(api, owner, {});
  for (const other of [await api.person('owner'), await api.person('owner', owner.orgId)]) {
    const answer = await change(api, other, body.id, { name: 'mine' });
    assert.equal(answer.body.code, 'api_key.not_found');
  }
  await api.send(`/api/v1/api-keys/${body.id}`, { method: 'DELETE', as: owner });
  assert.equal((await change(api, owner, body.id, { enabled: true })).body.code, 'api_key.ended');
  assert.deepEqual(await listActiveApiKeys(api.db), []);
});

test('only owners and administrators give the highest priority', async (t) => {
  const api = await start(t);
  for (const role of ['user', 'manager'] as const) {
    const as = await api.person(role);
    assert.equal((await create(api, as, { priority_max: 'high' })).body.code, 'auth.forbidden');
    const { body } = await create(api, as, { priority_max: 'normal' });
    assert.equal((await change(api, as, body.id, { priority_max: 'high' })).status, 403);
  }
  const admin = await api.person('admin');
  assert.equal((await create(api, admin, { priority_max: 'high' })).body.priority_max, 'high');
});

test('owners and administrators limit their own organisation, others may look', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const path = '/api/v1/organisation';
  assert.deepEqual((await api.send(path, { as: owner })).body.limits, NONE);
  const set = (as: TestPerson, limits: object) => api.send(path, { method: 'PATCH', as, body: { limits } });
  assert.equal((await set(owner, { tokens_per_minute: 1_000, requests_per_minute: 5 })).status, 200);
  const after = await set(await api.person('admin', owner.orgId), { requests_per_minute: null });
  assert.deepEqual(after.body.limits, { ...NONE, tokens_per_minute: 1_000 });
  assert.deepEqual(await listLimitedOrganisations(api.db), [
    { orgId: owner.orgId, requestsPerMinute: null, tokensPerMinute: 1_000, concurrentRequests: null },
  ]);
  const user = await api.person('user', owner.orgId);
  assert.equal((await api.send(path, { as: user })).body.limits.tokens_per_minute, 1_000);
  assert.equal((await set(user, { tokens_per_minute: null })).status, 403);
  assert.equal((await set(owner, { tokens_per_minute: 0 })).status, 422);
  assert.equal(
    (await set(owner, { budget: 1 })).status,
    422,
    'what does not exist is not dropped in silence',
  );
  assert.equal((await api.send(path)).status, 401);
});
