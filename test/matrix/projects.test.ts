/** What is put into projects, and what no longer begins, over the real routes with the api's own rights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillCatalogue, furnish, OFFER, startWholeApi } from './whole-api.ts';

test('a deployment is made in a project, moved to another and out, and only within its organisation', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const [house, foreign] = [await furnish(api), await furnish(api, 'elsewhere')];
  const as = house.owner;
  const wanted = { model_id: 'Qwen/Qwen3-8B', ...OFFER };
  const make = (name: string, projectId: string) =>
    api.send('/api/v1/deployments', {
      method: 'POST',
      as,
      body: { ...wanted, name, project_id: projectId },
    });
  const move = (id: string, projectId: string | null, by = as) =>
    api.send(`/api/v1/deployments/${id}`, { method: 'PATCH', as: by, body: { project_id: projectId } });

  const made = await make('in-project', house.things.project);
  assert.deepEqual(
    [made.status, made.body.project_id],
    [201, house.things.project],
    JSON.stringify(made.body),
  );
  assert.equal((await make('stolen', foreign.things.project)).body.code, 'project.not_found');
  assert.equal((await move(made.body.id, foreign.things.project)).body.code, 'project.not_found');
  assert.equal((await move(made.body.id, null, foreign.owner)).body.code, 'deployment.not_found');
  assert.equal((await move(made.body.id, null)).body.project_id, null);
  await api.send(`/api/v1/projects/${house.things.project}`, {
    method: 'PATCH',
    as,
    body: { archived: true },
  });
  assert.equal((await move(made.body.id, house.things.project)).body.code, 'project.archived');
  assert.equal((await make('late', house.things.project)).body.code, 'project.archived');
});

test('in an organisation that is being deleted no deployment, key or account begins, until it is cancelled', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const { owner: as } = await furnish(api);
  const { slug } = (await api.send('/api/v1/organisation', { as })).body;
  const erase = await api.send(`/api/v1/organisation?confirm=${slug}`, { method: 'DELETE', as });
  assert.deepEqual([erase.status, erase.body.deletion.machines_left], [202, 1], JSON.stringify(erase.body));
  const attempts: [string, object][] = [
    ['/api/v1/deployments', { name: 'late', model_id: 'Qwen/Qwen3-8B', ...OFFER }],
    ['/api/v1/api-keys', { name: 'late' }],
    ['/api/v1/provider-accounts', { provider: 'mock', name: 'late', credential: { token: 'x' } }],
    ['/api/v1/projects', { name: 'late', slug: 'late' }],
    ['/api/v1/organisation/invitations', { email: 'late@example.test' }],
  ];
  const codes = async () => {
    const found: unknown[] = [];
    // One after the other: with a second account a deployment would have to choose.
    for (const [path, body] of attempts) {
      const answer = await api.send(path, { method: 'POST', as, body });
      found.push(answer.body.code ?? answer.status);
    }
    return found;
  };
  assert.deepEqual(
    await codes(),
    attempts.map(() => 'organisation.deleting'),
  );
  await api.send('/api/v1/organisation/deletion', { method: 'DELETE', as });
  assert.deepEqual(
    await codes(),
    attempts.map(() => 201),
  );
});
