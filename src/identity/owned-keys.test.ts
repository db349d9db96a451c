import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiKeyView } from '#contracts/api-keys.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { identityRoutes } from './routes.ts';
import { identityDeps, startTestApi, type TestApi, type TestPerson } from './testing.ts';
import { listActiveApiKeys } from './usable-keys.ts';

const PATH = '/api/v1/api-keys';
const start = (t: Parameters<typeof startTestApi>[0]) =>
  startTestApi(t, {
    routes: (parts) => identityRoutes(identityDeps(parts)),
  });
const create = async (api: TestApi, as: TestPerson, body: object) => {
  const answer = await api.send(PATH, { method: 'POST', as, body: { name: 'k', ...body } });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body as ApiKeyView & { secret: string };
};
const rotate = (api: TestApi, as: TestPerson, id: string, body?: object) =>
  api.send(`${PATH}/${id}/rotate`, { method: 'POST', as, body: body ?? {} });
const worksWith = async (api: TestApi, secret: string) =>
  (await listActiveApiKeys(api.db)).some(
    (key) =>
      key.tokenHash === hashToken(secret) &&
      key.block === null &&
      (key.expiresAtMs === null || key.expiresAtMs > api.env.clock.now()),
  );

test('what an owner makes works at once, what an administrator or user makes waits for the others', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const missing = { owner: [], admin: ['economic'], manager: ['technical'], user: ['technical', 'economic'] };
  for (const [role, expected] of Object.entries(missing)) {
    const as = role === 'owner' ? owner : await api.person(role as 'admin', owner.orgId);
    const key = await create(api, as, {});
    assert.deepEqual(key.activation.missing, expected, role);
    assert.equal(key.state, expected.length === 0 ? 'active' : 'inactive', role);
    assert.equal(await worksWith(api, key.secret), expected.length === 0, role);
  }
});

test('keys of the organisation are made and changed by its owners and administrators', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const admin = await api.person('admin', owner.orgId);
  const key = await create(api, admin, { owner: 'organisation', name: 'production' });
  assert.deepEqual([key.owner, key.user.id], ['organisation', admin.userId]);
  for (const role of ['manager', 'user'] as const) {
    const as = await api.person(role, owner.orgId);
    const refused = await api.send(PATH, { method: 'POST', as, body: { name: 'k', owner: 'organisation' } });
    assert.equal(refused.body.code, 'auth.forbidden', role);
    for (const [path, method] of [
      ['', 'PATCH'],
      ['', 'DELETE'],
      ['/rotate', 'POST'],
    ] as const) {
      const answer = await api.send(`${PATH}/${key.id}${path}`, { method, as, body: {} });
      assert.equal(answer.body.code, 'api_key.not_found', `${role} ${method} ${path}`);
    }
    assert.equal((await api.send(`${PATH}/${key.id}/take-over`, { method: 'POST', as })).status, 403);
  }
  const changed = await api.send(`${PATH}/${key.id}`, { method: 'PATCH', as: owner, body: { name: 'new' } });
  assert.equal(changed.body.name, 'new');
});

test('a key of the organisation stops with who vouches for it, and goes on when another takes it over', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const second = await api.person('owner', owner.orgId);
  const key = await create(api, second, { owner: 'organisation', priority_max: 'high' });
  assert(await worksWith(api, key.secret));
  const get = async () => (await api.send(`${PATH}/${key.id}`, { as: owner })).body as ApiKeyView;
  for (const sql of [
    `update memberships set role = 'manager' where user_id = $1`,
    `delete from memberships where user_id = $1`,
  ]) {
    await api.db.query(sql, [second.userId]);
    assert.equal((await get()).state, 'suspended');
    assert.deepEqual((await get()).effective.scopes, []);
    const [active] = await listActiveApiKeys(api.db);
    assert.deepEqual(active?.block, { kind: 'suspended' }, 'gateways say why');
    assert.deepEqual(active?.scopes, []);
  }
  const taken = await api.send(`${PATH}/${key.id}/take-over`, { method: 'POST', as: owner });
  assert.deepEqual([taken.body.state, taken.body.user.id], ['active', owner.userId]);
  assert(await worksWith(api, key.secret), 'its secret stays');
});

test('the highest priority goes with the role that gave it, and comes back with it', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  // One owner always stays.
  await api.person('owner', as.orgId);
  await create(api, as, { priority_max: 'high' });
  const effective = async () => (await listActiveApiKeys(api.db))[0]?.priorityMax;
  assert.equal(await effective(), 'high');
  await api.db.query(`update memberships set role = 'user' where user_id = $1`, [as.userId]);
  assert.equal(await effective(), 'normal');
  const { data } = (await api.send(PATH, { as })).body;
  assert.deepEqual([data[0].priority_max, data[0].effective.priority_max], ['high', 'normal']);
  await api.db.query(`update memberships set role = 'admin' where user_id = $1`, [as.userId]);
  assert.equal(await effective(), 'high');
});

test('a rotated key has two secrets for a while, and revoking it ends both', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const key = await create(api, as, { expires_at: null });
  const rotated = await rotate(api, as, key.id);
  assert.equal(rotated.status, 200);
  const { secret } = rotated.body;
  assert.equal(parseToken(secret)?.id, parseToken(key.secret)?.id, 'it is the same key');
  assert.notEqual(secret, key.secret);
  assert.deepEqual([await worksWith(api, secret), await worksWith(api, key.secret)], [true, true]);
  const untilMs = Date.parse(rotated.body.previous_secret.until) - Date.now();
  assert(untilMs > 23 * 3_600_000 && untilMs <= 24 * 3_600_000, 'a day');
  assert.equal(rotated.body.previous_secret.hint, key.hint);
  assert.equal((await rotate(api, as, key.id)).body.code, 'api_key.rotation_running');

  await api.send(`${PATH}/${key.id}`, { method: 'DELETE', as });
  assert.deepEqual([await worksWith(api, secret), await worksWith(api, key.secret)], [false, false]);
  assert.equal((await rotate(api, as, key.id)).body.code, 'api_key.ended');
});

test('the old secret ends at its moment, when it is ended by hand, or at once', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const key = await create(api, as, {});
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const first = (await rotate(api, as, key.id, { previous_until: soon })).body;
  assert.equal(first.previous_secret.until, soon);
  const ended = await api.send(`${PATH}/${key.id}/previous-secret`, { method: 'DELETE', as });
  assert.equal(ended.body.previous_secret, null);
  assert.deepEqual([await worksWith(api, first.secret), await worksWith(api, key.secret)], [true, false]);

  const second = (await rotate(api, as, key.id, { previous_until: null })).body;
  assert.equal(second.previous_secret, null);
  assert.deepEqual([await worksWith(api, second.secret), await worksWith(api, first.secret)], [true, false]);

  const third = (await rotate(api, as, key.id, { previous_until: soon })).body;
  await api.db.query(`update api_keys set previous_until = app_now() - interval '1 second' where id = $1`, [
    key.id,
  ]);
  assert.deepEqual([await worksWith(api, third.secret), await worksWith(api, second.secret)], [true, false]);
  assert.equal(
    (await rotate(api, as, key.id)).status,
    200,
    'an old secret that has ended is in nobody’s way',
  );
  for (const wrong of ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z']) {
    const other = await create(api, as, {});
    assert.equal((await rotate(api, as, other.id, { previous_until: wrong })).status, 422, wrong);
  }
});

test('an old secret does not outlive its key', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const key = await create(api, as, { expires_at: expires });
  await rotate(api, as, key.id);
  const old = (await listActiveApiKeys(api.db)).find((one) => one.tokenHash === hashToken(key.secret));
  assert.equal(old?.expiresAtMs, Date.parse(expires));
});

test('a repeated rotation with one Idempotency-Key is one rotation, and its secret is not shown again', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const key = await create(api, as, {});
  const send = () =>
    api.send(`${PATH}/${key.id}/rotate`, {
      method: 'POST',
      as,
      body: {},
      headers: { 'idempotency-key': 'once' },
    });
  const [first, again] = [await send(), await send()];
  assert.equal(first.status, 200);
  assert.deepEqual([again.status, again.body.secret, again.body.hint], [200, null, first.body.hint]);
  assert(await worksWith(api, first.body.secret));
});

test('a budget is loosened by owners and managers, of any key, and tightened by its own person', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const [admin, manager] = [await api.person('admin', owner.orgId), await api.person('manager', owner.orgId)];
  const key = await create(api, admin, { budget: { day_micros: 1_000 } });
  assert.deepEqual(key.budget, { day_micros: 1_000, month_micros: null, total_micros: null });
  const change = (as: TestPerson, budget: object) =>
    api.send(`${PATH}/${key.id}`, { method: 'PATCH', as, body: { budget } });
  assert.equal((await change(admin, { day_micros: 500, month_micros: 9_000 })).body.budget.day_micros, 500);
  assert.equal((await change(admin, { day_micros: 501 })).body.code, 'auth.forbidden');
  assert.equal((await change(admin, { month_micros: null })).body.code, 'auth.forbidden');
  const set = (as: TestPerson, budget: object) =>
    api.send(`${PATH}/${key.id}/budget`, { method: 'PATCH', as, body: budget });
  assert.equal((await set(admin, { day_micros: 1 })).status, 403);
  const raised = await set(manager, { day_micros: 2_000, month_micros: null });
  assert.deepEqual(raised.body.budget, { day_micros: 2_000, month_micros: null, total_micros: null });
  assert.equal((await set(manager, { day_micros: -1 })).status, 422);
  assert.equal((await set(await api.person('owner'), { day_micros: 1 })).status, 404);
  const [active] = await listActiveApiKeys(api.db);
  assert.deepEqual(active?.budget, { dayMicros: 2_000, monthMicros: null, totalMicros: null });
});

test('the list filters by owner, name and state, counts exactly, and shows members only their own', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const user = await api.person('user', owner.orgId);
  for (const name of ['alpha', 'Beta_1', 'betaX1']) await create(api, owner, { name });
  const org = await create(api, owner, { name: 'shared', owner: 'organisation' });
  const theirs = await create(api, user, { name: 'theirs' });
  await create(api, await api.person('owner'), { name: 'foreign' });
  const list = async (query: string, as = owner) => {
    const { status, body } = await api.send(`${PATH}?${query}`, { as });
    return { status, total: body.total, names: body.data?.map((key: ApiKeyView) => key.name) };
  };
  assert.deepEqual(
    (await list('')).names,
    ['betaX1', 'Beta_1', 'alpha', 'shared'].filter((n) => n !== 'shared'),
  );
  assert.equal((await list('owner=all')).total, 5);
  assert.deepEqual((await list('owner=organisation')).names, ['shared']);
  assert.deepEqual((await list(`owner=${user.userId}`)).names, ['theirs']);
  assert.deepEqual((await list('owner=all&name=BETA_')).names, ['Beta_1'], 'a part of a name is no pattern');
  assert.deepEqual((await list('owner=all&state=inactive')).names, ['theirs']);
  assert.deepEqual(await list('owner=all&limit=2&state=active'), {
    status: 200,
    total: 4,
    names: ['shared', 'betaX1'],
  });
  assert.deepEqual((await list('owner=all', user)).names, ['theirs']);
  assert.equal((await list('owner=organisation', user)).status, 403);
  assert.equal((await list(`owner=${owner.userId}`, user)).status, 403);
  assert.equal((await list('owner=nobody')).status, 422);
  assert.equal((await api.send(`${PATH}/${org.id}`, { as: user })).status, 404);
  assert.equal((await api.send(`${PATH}/${theirs.id}`, { as: user })).body.name, 'theirs');
  await api.send(`${PATH}/${org.id}`, { method: 'DELETE', as: owner });
  assert.deepEqual((await list('owner=all&state=revoked')).names, ['shared']);
});
