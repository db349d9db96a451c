import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestPerson } from '../testing.ts';
import { listActiveApiKeys } from '../usable-keys.ts';
import { startOrganisationsApi } from './testing.ts';

type Api = Awaited<ReturnType<typeof startOrganisationsApi>>;

const post = (api: Api, as: TestPerson, path: string, body: object) =>
  api.send(path, { method: 'POST', as, body });
const changeKey = (api: Api, as: TestPerson, id: string, body: object) =>
  api.send(`/api/v1/api-keys/${id}`, { method: 'PATCH', as, body });

test('a key is put into a project of its own organisation that is not archived, and out again', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, stranger] = [await api.person(), await api.person()];
  const project = (await post(api, owner, '/api/v1/projects', { name: 'P', slug: 'p' })).body;
  const made = await post(api, owner, '/api/v1/api-keys', { name: 'k', project_id: project.id });
  assert.deepEqual([made.status, made.body.project_id], [201, project.id]);
  assert.equal((await listActiveApiKeys(api.db))[0]?.projectId, project.id);
  const stolen = await post(api, stranger, '/api/v1/api-keys', { name: 'k', project_id: project.id });
  assert.deepEqual([stolen.status, stolen.body.code], [404, 'project.not_found']);

  const out = await changeKey(api, owner, made.body.id, { project_id: null });
  assert.equal(out.body.project_id, null);
  await api.send(`/api/v1/projects/${project.id}`, { method: 'PATCH', as: owner, body: { archived: true } });
  const back = await changeKey(api, owner, made.body.id, { project_id: project.id });
  assert.equal(back.body.code, 'project.archived');
  const renamed = await changeKey(api, owner, made.body.id, { name: 'n' });
  assert.deepEqual([renamed.body.name, renamed.body.project_id], ['n', null]);
});

test('the database refuses a project of another organisation on anything', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, stranger] = [await api.person(), await api.person()];
  const project = (await post(api, owner, '/api/v1/projects', { name: 'P', slug: 'p' })).body;
  const key = (await post(api, stranger, '/api/v1/api-keys', { name: 'k' })).body;
  await assert.rejects(
    api.db.query('update api_keys set project_id = $1 where id = $2', [project.id, key.id]),
    /api_keys_project/,
  );
});
