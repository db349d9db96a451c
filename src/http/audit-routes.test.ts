import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import type { AuditEntryView } from '#contracts/audit.ts';
import { identityRoutes } from '#identity/routes.ts';
import { createUser, identityDeps, startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { settingsRoutes } from '#settings/routes.ts';
import { auditRoutes } from './audit-routes.ts';

const start = (t: TestContext) =>
  startTestApi(t, {
    routes: ({ env, db }) => [
      ...identityRoutes(identityDeps({ env, db })),
      ...settingsRoutes({ db, first: readConfig({}), enabledProviders: ['mock'] }),
      ...auditRoutes({ db }),
    ],
  });

async function entries(api: TestApi, as: TestPerson, query = ''): Promise<AuditEntryView[]> {
  return (await api.send(`/api/v1/audit${query}`, { as })).body.data;
}

async function makeKeys(api: TestApi, as: TestPerson, names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const { body } = await api.send('/api/v1/api-keys', { method: 'POST', as, body: { name } });
    ids.push(body.id);
  }
  return ids;
}

test('who made, changed and revoked a key, from where, what was and what became of it', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const headers = { 'user-agent': 'a browser' };
  const made = await api.send('/api/v1/api-keys', { method: 'POST', as, body: { name: 'first' }, headers });
  const path = `/api/v1/api-keys/${made.body.id}`;
  await api.send(path, { method: 'PATCH', as, body: { name: 'second', enabled: true } });
  await api.send(path, { method: 'DELETE', as });
  const [revoked, changed, created] = await entries(api, as, '?action=api_keys');
  const [user] = await api.db.query<{ username: string }>('select username from users where id = $1', [
    as.userId,
  ]);
  assert.deepEqual(created?.actor, { kind: 'user', id: as.userId, name: user?.username });
  assert.deepEqual(
    [created?.action, created?.subject],
    ['api_keys.create', { kind: 'api_keys', id: made.body.id }],
  );
  assert.deepEqual([created?.ip, created?.user_agent, created?.outcome], ['127.0.0.1', 'a browser', 'done']);
  assert.equal(created?.request_id, made.headers.get('x-request-id'));
  assert.equal(created?.correlation_id, made.headers.get('x-correlation-id'));
  assert.deepEqual([changed?.before, changed?.after], [{ name: 'first' }, { name: 'second' }]);
  assert.deepEqual(revoked?.before, { name: 'second', revoked_at: null });
  assert.equal((await entries(api, as, `?subject=${made.body.id}`)).length, 3);
  assert(!JSON.stringify(await api.db.query('select * from audit_log')).includes(made.body.secret));
});

test('signing in is entered, with the name and without the password', async (t) => {
  const api = await start(t);
  const { userId, orgId } = await createUser(api.env, api.db, {
    username: 'ada',
    password: 'a-long-password',
  });
  const body = { login: 'ada', password: 'a-long-password' };
  await api.send('/api/v1/session', { method: 'POST', body });
  await api.send('/api/v1/session', { method: 'POST', body: { ...body, password: 'wrong' } });
  const [entry, ...more] = await entries(api, await api.person('owner', orgId));
  assert.deepEqual(
    [entry?.action, entry?.actor.id, entry?.actor.name, entry?.after, more.length],
    ['session.create', userId, 'ada', { login: 'ada', password: '[hidden]' }, 0],
  );
});

test('owner, admin and manager see the log of their organisation, users and others do not', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  await makeKeys(api, owner, ['mine']);
  for (const role of ['owner', 'admin', 'manager'] as const) {
    const as = await api.person(role, owner.orgId);
    assert.equal((await entries(api, as)).length, 1, role);
  }
  const user = await api.person('user', owner.orgId);
  for (const path of ['', '/export.csv', '/export.jsonl']) {
    assert.equal((await api.send(`/api/v1/audit${path}`, { as: user })).status, 403, path);
    assert.equal((await api.send(`/api/v1/platform/audit${path}`, { as: owner })).status, 403, path);
  }
  assert.deepEqual(await entries(api, await api.person()), []);
});

test('what concerns the whole installation is seen by its administrators alone', async (t) => {
  const api = await start(t);
  const admin = await api.person();
  const owner = await api.person('owner', admin.orgId);
  await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
  const put = (value: unknown) =>
    api.send('/api/v1/settings/OFFERS_MAX', { method: 'PUT', as: admin, body: { value } });
  assert.equal((await put(7)).status, 200);
  assert.equal((await put(8)).status, 200);
  assert.equal((await put('nonsense')).status, 422);
  const { body } = await api.send('/api/v1/platform/audit?actor=nobody', { as: admin });
  assert.equal(body.total, 0);
  const seen = (await api.send('/api/v1/platform/audit', { as: admin })).body;
  assert.deepEqual(
    seen.data.map((entry: AuditEntryView) => [entry.action, entry.subject.id, entry.before, entry.after]),
    [
      ['settings.set', 'OFFERS_MAX', { value: 7 }, { value: 8 }],
      ['settings.set', 'OFFERS_MAX', { value: null }, { value: 7 }],
    ],
  );
  assert.deepEqual(await entries(api, owner), []);
});

test('pages hold every entry once while others come, with an exact count', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const names = Array.from({ length: 11 }, (_, index) => `k${index}`);
  await makeKeys(api, as, names);
  const seen: unknown[] = [];
  let after = '';
  for (;;) {
    const { body } = await api.send(`/api/v1/audit?limit=4&action=api_keys.create${after}`, { as });
    assert.equal(body.total, seen.length === 0 ? 11 : 12);
    seen.push(...body.data.map((entry: AuditEntryView) => entry.after?.['name']));
    if (!body.has_more) break;
    if (seen.length === 4) await makeKeys(api, as, ['late']);
    after = `&after=${body.next_cursor}`;
  }
  assert.deepEqual(seen, names.toReversed());
  const bad = await api.send(`/api/v1/audit?after=${Buffer.from('["x"]').toString('base64url')}`, { as });
  assert.equal(bad.status, 422);
});

test('both exports hold all of it, and no cell is a formula', async (t) => {
  const api = await start(t);
  const as = await api.person();
  await makeKeys(api, as, ['with "quotes", and a comma', '=1+1']);
  await api.db.query(
    `insert into audit_log (id, org_id, at, outcome, actor_kind, actor_name, action, subject_kind, request_id, correlation_id)
     select 'aud_' || n, $1, app_now(), 'done', 'user', '=cmd()', 'many', 'many', 'r', 'c' from generate_series(1, 1200) n`,
    [as.orgId],
  );
  const csv = await api.send('/api/v1/audit/export.csv', { as });
  assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.match(csv.headers.get('content-disposition') ?? '', /attachment/);
  const lines = csv.body.trimEnd().split('\r\n');
  assert.equal(lines.length, 1 + 1_202);
  assert.match(lines[0], /^id,at,outcome,actor_kind/);
  assert(!/(^|,)=/m.test(csv.body), 'a cell begins with =');
  assert(csv.body.includes(`'=cmd()`));
  assert(csv.body.includes(`""name"": ""with \\""quotes\\"", and a comma""`.replaceAll(': ', ':')));
  const jsonl = await api.send('/api/v1/audit/export.jsonl?action=api_keys', { as });
  const parsed = jsonl.body
    .trimEnd()
    .split('\n')
    .map((line: string) => JSON.parse(line));
  assert.deepEqual(
    parsed.map((entry: AuditEntryView) => entry.after?.['name']),
    ['=1+1', 'with "quotes", and a comma'],
  );
  const none = await api.send('/api/v1/audit/export.csv?actor=nobody', { as });
  assert.equal(none.body.trimEnd().split('\r\n').length, 1);
});
