import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '#kernel/secret.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { ensureFirstAdmin } from './commands/ensure-first-admin.ts';

import { identityRoutes } from './routes.ts';
import { createUser, identityDeps, startTestApi } from './testing.ts';
import { listActiveApiKeys } from './usable-keys.ts';

const start = (t: Parameters<typeof startTestApi>[0]) =>
  startTestApi(t, {
    routes: (parts) => identityRoutes(identityDeps(parts, { environment: { SESSION_TTL_HOURS: '1' } })),
  });

test('signing in sets a cookie that scripts cannot read, and signing out ends it at once', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'Ada', password: 'correct horse' });
  const body = { login: 'ada', password: 'correct horse' };
  const answer = await api.send('/api/v1/session', { method: 'POST', body });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.user.username, 'Ada');
  assert.equal(answer.body.organisation.role, 'owner');
  const cookie = answer.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^inv_session=inv_sess_\w+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
  const token = cookie.slice('inv_session='.length, cookie.indexOf(';'));
  const stored = await api.db.query<{ token_hash: string }>('select token_hash from sessions');
  assert.deepEqual(stored, [{ token_hash: hashToken(token) }]);

  const headers = { cookie: `inv_session=${token}` };
  assert.equal((await api.send('/api/v1/session', { headers })).body.user.username, 'Ada');
  assert.equal((await api.send('/api/v1/session', { method: 'DELETE', headers })).status, 204);
  const after = await api.send('/api/v1/session', { headers });
  assert.equal(after.status, 401);
  assert.equal(after.body.code, 'auth.required');
});

test('an unknown user and a wrong password are answered alike, and guessing is slowed down', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: 'correct horse' });
  const attempt = (login: string, password: string) =>
    api.send('/api/v1/session', { method: 'POST', body: { login, password } });
  const wrong = await attempt('ada', 'wrong');
  const unknown = await attempt('nobody', 'wrong');
  assert.equal(wrong.status, 401);
  assert.deepEqual(
    { ...wrong.body, request_id: '' },
    { ...unknown.body, request_id: '' },
    'the answers do not tell whether the user exists',
  );
  for (let i = 0; i < 8; i++) await attempt('ada', 'wrong');
  // As if the last failure were just now, however slow this machine is.
  await api.db.query(`update login_failures set last_at = app_now() + interval '10 minutes'`);
  const limited = await attempt('ada', 'correct horse');
  assert.equal(limited.status, 429);
  assert.equal(limited.body.code, 'auth.too_many_attempts');
  assert(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await attempt('nobody', 'wrong')).status, 401, 'another login is not slowed');
});

test('a sign-in that fails is in the audit log with whose account it was, and a name that nobody has is not', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: 'correct horse' });
  const attempt = (login: string, password: string) =>
    api.send('/api/v1/session', { method: 'POST', body: { login, password } });
  await attempt('correct horse', 'ada');
  for (let i = 0; i < 3; i++) await attempt('ADA', 'wrong');
  assert.equal((await attempt('ada', 'correct horse')).status, 200);
  const read = () =>
    api.db.query<Record<string, unknown>>(
      'select action, outcome, actor_name, org_id, after from audit_log order by outcome',
    );
  while ((await read()).length < 2) await api.env.sleep(10);
  const entries = await read();
  const [refused, done] = entries;
  assert.equal(entries.length, 2, 'one a minute');
  assert.deepEqual(
    [
      refused?.['action'],
      refused?.['outcome'],
      refused?.['actor_name'],
      refused?.['org_id'],
      refused?.['after'],
    ],
    ['session.create', 'denied', 'ada', null, { code: 'auth.bad_credentials' }],
  );
  assert.deepEqual([done?.['outcome'], done?.['actor_name']], ['done', 'ada']);
  assert.doesNotMatch(JSON.stringify(entries), /horse|wrong/);
});

test('several sessions of one user stand side by side', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: 'pw' });
  const login = async () => {
    const body = { login: 'ada@example.test', password: 'pw' };
    const answer = await api.send('/api/v1/session', { method: 'POST', body });
    return { cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  };
  const [first, second] = [await login(), await login()];
  assert.notEqual(first.cookie, second.cookie);
  await api.send('/api/v1/session', { method: 'DELETE', headers: first });
  assert.equal((await api.send('/api/v1/session', { headers: second })).status, 200);
});

test('a session ends with its age, its user and its membership', async (t) => {
  const api = await start(t);
  const ended = [
    `update sessions set expires_at = app_now() where id = $1`,
    `update users set disabled_at = app_now() where id = (select user_id from sessions where id = $1)`,
    `delete from memberships where user_id = (select user_id from sessions where id = $1)`,
  ];
  for (const statement of ended) {
    const person = await api.person();
    assert.equal((await api.send('/api/v1/session', { as: person })).status, 200);
    await api.db.query(statement, [person.sessionId]);
    assert.equal((await api.send('/api/v1/session', { as: person })).status, 401);
  }
});

test('a key is shown once, stored as a hash, and gone for gateways when it is revoked', async (t) => {
  const api = await start(t);
  const person = await api.person('owner');
  const created = await api.send('/api/v1/api-keys', {
    method: 'POST',
    as: person,
    body: { name: 'laptop' },
  });
  assert.equal(created.status, 201);
  const secret = created.body.secret as string;
  assert.equal(parseToken(secret)?.type, 'key');
  assert(created.body.hint.endsWith(secret.slice(-4)));
  const [active] = await listActiveApiKeys(api.db);
  assert.deepEqual(active, {
    id: created.body.id,
    orgId: person.orgId,
    userId: person.userId,
    tokenHash: hashToken(secret),
    expiresAtMs: null,
    scopes: ['inference', 'models.read'],
    models: null,
    limits: { requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null },
    priorityMax: 'normal',
    waitsForStart: false,
    projectId: null,
    budget: { dayMicros: null, monthMicros: null, totalMicros: null },
    block: null,
  });
  const listed = await api.send('/api/v1/api-keys', { as: person });
  assert(!JSON.stringify(listed.body).includes(secret));

  const path = `/api/v1/api-keys/${created.body.id}`;
  const revoked = await api.send(path, { method: 'DELETE', as: person });
  assert.equal(revoked.status, 200);
  const again = await api.send(path, { method: 'DELETE', as: person });
  assert.equal(again.body.revoked_at, revoked.body.revoked_at, 'revoking twice keeps the first time');
  assert.deepEqual(await listActiveApiKeys(api.db), []);
});

test('nobody sees or revokes the key of another user or organisation, but who answers for the organisation', async (t) => {
  const api = await start(t);
  const owner = await api.person('user');
  const { body } = await api.send('/api/v1/api-keys', { method: 'POST', as: owner, body: { name: 'k' } });
  const others = ['user', 'manager'] as const;
  const mine = await Promise.all(others.map((role) => api.person(role, owner.orgId)));
  for (const other of [await api.person('owner'), ...mine]) {
    assert.deepEqual((await api.send('/api/v1/api-keys', { as: other })).body.data, []);
    const answer = await api.send(`/api/v1/api-keys/${body.id}`, { method: 'DELETE', as: other });
    assert.equal(answer.status, 404);
    assert.equal(answer.body.code, 'api_key.not_found');
  }
  assert.equal((await listActiveApiKeys(api.db)).length, 1);
  const admin = await api.person('admin', owner.orgId);
  const revoked = await api.send(`/api/v1/api-keys/${body.id}`, { method: 'DELETE', as: admin });
  assert.equal(revoked.body.state, 'revoked');
  assert.deepEqual(await listActiveApiKeys(api.db), []);
});

test('a key of a member who left or was disabled is no longer active', async (t) => {
  const api = await start(t);
  const [left, disabled] = [await api.person(), await api.person()];
  for (const as of [left, disabled])
    await api.send('/api/v1/api-keys', { method: 'POST', as, body: { name: 'k' } });
  assert.equal((await listActiveApiKeys(api.db)).length, 2);
  await api.db.query('delete from memberships where user_id = $1', [left.userId]);
  await api.db.query('update users set disabled_at = app_now() where id = $1', [disabled.userId]);
  assert.deepEqual(await listActiveApiKeys(api.db), []);
});

test('a list goes on where its cursor says, whatever is added meanwhile', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const create = (name: string) => api.send('/api/v1/api-keys', { method: 'POST', as, body: { name } });
  for (const name of ['a', 'b', 'c']) await create(name);
  const first = await api.send('/api/v1/api-keys?limit=2', { as });
  await create('d');
  const second = await api.send(`/api/v1/api-keys?limit=2&after=${first.body.next_cursor}`, { as });
  const names = [...first.body.data, ...second.body.data].map((key: { name: string }) => key.name);
  assert.deepEqual(names, ['c', 'b', 'a']);
  assert.deepEqual([first.body.has_more, second.body.has_more, second.body.next_cursor], [true, false, null]);
});

test('a forged cursor, an expiry in the past and a field too much are refused or ignored, never an error of ours', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const forged = ['x', 'W10', Buffer.from('["+275760-01-01T00:00:00.000Z","x"]').toString('base64url')];
  for (const after of forged) {
    assert.equal((await api.send(`/api/v1/api-keys?after=${after}`, { as })).status, 422, after);
  }
  const past = { name: 'k', expires_at: '2020-01-01T00:00:00Z' };
  const refused = await api.send('/api/v1/api-keys', { method: 'POST', as, body: past });
  assert.deepEqual(refused.body.errors, [{ path: 'expires_at', message: 'must be in the future' }]);
  const other = await api.person();
  const body = { name: 'k', org_id: other.orgId, user_id: other.userId, token_hash: 'x', revoked_at: null };
  assert.equal((await api.send('/api/v1/api-keys', { method: 'POST', as, body })).status, 201);
  const [key] = await listActiveApiKeys(api.db);
  assert.equal(key?.orgId, as.orgId);
});

test('the first administrator is made once and a changed password stays', async (t) => {
  const api = await start(t);
  const admin = (password: string) => ({
    username: 'admin',
    email: 'admin@example.test',
    password: new Secret(password),
    organisationName: 'Main',
  });
  const made = await Promise.all([
    ensureFirstAdmin(api.env, api.db, admin('one')),
    ensureFirstAdmin(api.env, api.db, admin('one')),
  ]);
  assert.deepEqual(made.sort(), [false, true]);
  assert.equal(await ensureFirstAdmin(api.env, api.db, admin('two')), false);
  const login = (password: string) =>
    api.send('/api/v1/session', { method: 'POST', body: { login: 'admin', password } });
  assert.equal((await login('one')).body.user.is_platform_admin, true);
  assert.equal((await login('two')).status, 401);
});
