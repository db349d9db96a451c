import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../testing.ts';
import { finishDeletion } from './commands/delete-organisation.ts';
import { startOrganisationsApi } from './testing.ts';

type Api = Awaited<ReturnType<typeof startOrganisationsApi>>;
type Person = Awaited<ReturnType<Api['person']>>;

const post = (api: Api, as: Person, path: string, body: object) =>
  api.send(path, { method: 'POST', as, body });

async function admin(api: Api): Promise<Person> {
  const person = await api.person('user');
  await api.db.query('update users set is_platform_admin = true where id = $1', [person.userId]);
  return person;
}

test('a platform administrator makes an organisation for somebody, others only where the setting says so', async (t) => {
  const api = await startOrganisationsApi(t);
  const [boss, user] = [await admin(api), await api.person('owner')];
  const refused = await post(api, user, '/api/v1/organisations', { name: 'Mine', slug: 'mine' });
  assert.deepEqual([refused.status, refused.body.code], [403, 'organisation.creation_off']);
  const made = await post(api, boss, '/api/v1/organisations', {
    name: 'Ada & Co',
    slug: 'ada',
    colour: '#2f6fde',
    owner_id: user.userId,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const mine = (await api.send('/api/v1/organisations', { as: user })).body.data;
  assert.deepEqual(
    mine
      .map((one: { slug: string; role: string }) => [one.slug, one.role])
      .filter(([slug]: [string]) => slug === 'ada'),
    [['ada', 'owner']],
  );
  const bosses = (await api.send('/api/v1/organisations', { as: boss })).body.data;
  assert.ok(
    !bosses.some((one: { slug: string }) => one.slug === 'ada'),
    'who makes it for another does not join',
  );
  const unknown = await post(api, boss, '/api/v1/organisations', {
    name: 'X',
    slug: 'xx',
    owner_id: 'user_no',
  });
  assert.equal(unknown.body.code, 'member.not_found');

  const open = await startOrganisationsApi(t, { ORGANISATION_CREATION: 'users' });
  const anybody = await open.person('user');
  assert.equal(
    (await post(open, anybody, '/api/v1/organisations', { name: 'Mine', slug: 'mine' })).status,
    201,
  );
  const many = Array.from({ length: 20 }, (_, n) => ({ name: 'Mine', slug: `mine-${n}` }));
  const codes = [];
  for (const body of many) codes.push((await post(open, anybody, '/api/v1/organisations', body)).body.code);
  assert.deepEqual(codes.slice(-2), [undefined, 'organisation.creation_off'], 'one person makes twenty');
  const forOther = { name: 'Theirs', slug: 'theirs', owner_id: boss.userId };
  assert.equal(
    (await post(open, await open.person('user'), '/api/v1/organisations', forOther)).body.code,
    'auth.forbidden',
  );
});

test('a short name is well formed, not reserved, unique, and never given away again', async (t) => {
  const api = await startOrganisationsApi(t);
  const boss = await admin(api);
  const make = (slug: string) => post(api, boss, '/api/v1/organisations', { name: 'N', slug });
  for (const bad of ['A', 'a', '-a', 'a-', 'a_b', 'a b', 'a'.repeat(41), 'é1', 'a/b']) {
    assert.equal((await make(bad)).body.code, 'request.invalid', bad);
  }
  for (const name of ['admin', 'api', 'inventiv', 'v1', 'personal-ada']) {
    assert.equal((await make(name)).body.code, 'organisation.slug_reserved', name);
  }
  const both = await Promise.all([make('twice'), make('twice')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  await api.db.query(
    `update organisations set deletion_asked_at = app_now(), deleted_at = app_now() where slug = 'twice'`,
  );
  assert.equal((await make('twice')).body.code, 'organisation.slug_taken');
  const lines = await post(api, boss, '/api/v1/organisations', { name: 'a\nBcc: b', slug: 'lines' });
  assert.equal(lines.body.code, 'request.invalid');
});

test('an organisation is named and coloured, and what is left out stays', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, stranger] = [await api.person(), await api.person()];
  const change = (body: object) => api.send('/api/v1/organisation', { method: 'PATCH', as: owner, body });
  assert.equal((await change({ limits: { requests_per_minute: 5 } })).status, 200);
  assert.equal((await change({ name: 'New name', colour: '#00ff00' })).status, 200);
  const { body } = await api.send('/api/v1/organisation', { as: owner });
  assert.deepEqual([body.name, body.colour, body.limits.requests_per_minute], ['New name', '#00ff00', 5]);
  for (const bad of [
    {},
    { slug: 'other' },
    { colour: 'red' },
    { name: '' },
    { name: ' a' },
    { id: 'org_x' },
  ]) {
    assert.equal((await change(bad)).body.code, 'request.invalid', JSON.stringify(bad));
  }
  assert.equal((await api.send('/api/v1/organisation', { as: stranger })).body.name, 'Test');
});

test('deletion wants its name said, is told, is cancelled, and ends every way in at the last', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  const plain = await api.person('admin', owner.orgId);
  const key = await post(api, owner, '/api/v1/api-keys', { name: 'k' });
  const { slug } = (await api.send('/api/v1/organisation', { as: owner })).body;
  const erase = (as: Person, confirm: string) =>
    api.send(`/api/v1/organisation?confirm=${confirm}`, { method: 'DELETE', as });
  const state = async () => (await api.send('/api/v1/organisation/deletion', { as: owner })).body.deletion;
  assert.equal((await erase(plain, slug)).body.code, 'auth.forbidden');
  assert.equal((await erase(owner, 'wrong')).body.code, 'request.invalid');
  assert.equal(await state(), null);
  assert.equal((await erase(owner, slug)).status, 202);
  assert.equal((await erase(owner, slug)).status, 202, 'asked twice it is asked once');
  assert.equal((await state()).asked_by, `user:${owner.userId}`);

  // Nothing new begins, by the command or by the database's own guard.
  assert.equal(
    (await post(api, owner, '/api/v1/api-keys', { name: 'l' })).body.code,
    'organisation.deleting',
  );
  const project = await post(api, owner, '/api/v1/projects', { name: 'P', slug: 'p' });
  assert.equal(project.body.code, 'organisation.deleting');
  const mail = { email: 'b@example.test' };
  const invited = await post(api, owner, '/api/v1/organisation/invitations', mail);
  assert.equal(invited.body.code, 'organisation.deleting');

  const cancel = () => api.send('/api/v1/organisation/deletion', { method: 'DELETE', as: owner });
  assert.deepEqual((await cancel()).body, { deletion: null });
  assert.equal((await cancel()).body.code, 'organisation.not_deleting');
  assert.equal((await post(api, owner, '/api/v1/projects', { name: 'P', slug: 'p' })).status, 201);

  await erase(owner, slug);
  const finish = (isEmpty: boolean) =>
    api.db.transaction((tx) => finishDeletion(tx, owner, async () => isEmpty));
  assert.equal(await finish(false), false);
  assert.equal((await api.send('/api/v1/session', { as: owner })).status, 200);
  assert.equal(await finish(true), true);
  assert.equal(await finish(true), true);
  assert.equal((await api.send('/api/v1/session', { as: owner })).status, 401);
  const [row] = await api.db.query<{ revoked: boolean }>(
    'select revoked_at is not null as revoked from api_keys where id = $1',
    [key.body.id],
  );
  assert.equal(row?.revoked, true);
});

test('the platform sees all organisations, searched and page by page, and nobody else does', async (t) => {
  const api = await startOrganisationsApi(t);
  const boss = await admin(api);
  for (const n of [1, 2, 3]) {
    await post(api, boss, '/api/v1/organisations', { name: `Needle ${n}%`, slug: `needle-${n}` });
  }
  const list = (query: string, as = boss) => api.send(`/api/v1/platform/organisations?${query}`, { as });
  const first = (await list('search=NEEDLE&limit=2')).body;
  assert.deepEqual([first.data.length, first.has_more], [2, true]);
  const second = (await list(`search=needle&limit=2&after=${first.next_cursor}`)).body;
  assert.deepEqual([second.data.length, second.has_more], [1, false]);
  assert.equal((await list('search=%25')).body.data.length, 3, 'a sign of a pattern is a sign');
  assert.equal((await list('state=deleting')).body.data.length, 0);
  assert.equal((await list('', await api.person('owner'))).status, 403);
  const { id, slug } = first.data[0];
  const gone = await api.send(`/api/v1/platform/organisations/${id}?confirm=${slug}`, {
    method: 'DELETE',
    as: boss,
  });
  assert.equal(gone.status, 202);
  assert.equal((await list('state=deleting')).body.data[0].id, id);
});

test('projects are made, found, archived and restored, each in its own organisation', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, stranger] = [await api.person(), await api.person()];
  const made = await post(api, owner, '/api/v1/projects', { name: 'Search', slug: 'search' });
  assert.equal(made.status, 201);
  const again = await post(api, owner, '/api/v1/projects', { name: 'Other', slug: 'search' });
  assert.equal(again.body.code, 'project.slug_taken');
  assert.equal((await post(api, stranger, '/api/v1/projects', { name: 'S', slug: 'search' })).status, 201);
  const path = `/api/v1/projects/${made.body.id}`;
  const change = (as: Person, body: object) => api.send(path, { method: 'PATCH', as, body });
  assert.equal((await change(stranger, { name: 'Theirs' })).body.code, 'project.not_found');
  assert.equal((await api.send(path, { as: stranger })).status, 404);
  assert.ok((await change(owner, { archived: true })).body.archived_at);
  const slugs = async (query: string) =>
    (await api.send(`/api/v1/projects?${query}`, { as: owner })).body.data.map(
      (one: { slug: string }) => one.slug,
    );
  assert.deepEqual([await slugs(''), await slugs('include_archived=true')], [[], ['search']]);
  const restored = await change(owner, { archived: false, name: 'Found' });
  assert.deepEqual([restored.body.archived_at, restored.body.name], [null, 'Found']);
  assert.equal((await change(owner, {})).body.code, 'request.invalid');
});

test('test databases have the guards', async (t) => {
  const api = await startTestApi(t, { routes: () => [] });
  const owner = await api.person();
  await api.db.query(`update organisations set deletion_asked_at = app_now() where id = $1`, [owner.orgId]);
  await assert.rejects(
    api.db.query(
      `insert into projects (org_id, id, slug, name, created_by, created_at) values ($1, 'p', 'p', 'p', 'u', app_now())`,
      [owner.orgId],
    ),
    /is being deleted/,
  );
});
