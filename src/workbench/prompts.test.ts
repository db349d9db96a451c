import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './testing.ts';

test('a prompt is kept version by version, and a conversation keeps the text that it took', async (t) => {
  const { api, get, post, patch, remove } = await startBench(t);
  const me = await api.person('user');
  const { body: prompt } = await post(me, '/prompts', { name: 'Pirate', content: 'Arr' });
  assert.deepEqual([prompt.version, prompt.for, prompt.is_default], [1, 'me', false]);
  const { body: begun } = await post(me, '/conversations', { prompt_id: prompt.id });
  assert.deepEqual([begun.system_prompt, begun.prompt], ['Arr', { id: prompt.id, version: 1 }]);
  assert.equal((await patch(me, `/prompts/${prompt.id}`, { content: 'Ahoy' })).body.version, 2);
  assert.equal((await patch(me, `/prompts/${prompt.id}`, { content: 'Ahoy', name: 'P' })).body.version, 2);
  const versions = (await get(me, `/prompts/${prompt.id}/versions`)).body.data;
  assert.deepEqual(
    versions.map(({ version, content }: { version: number; content: string }) => [version, content]),
    [
      [2, 'Ahoy'],
      [1, 'Arr'],
    ],
  );
  await assert.rejects(api.db.query(`update workbench_prompt_versions set content = 'x'`), /never changed/);
  assert.equal((await get(me, `/conversations/${begun.id}`)).body.system_prompt, 'Arr');
  const changed = await patch(me, `/conversations/${begun.id}`, { system_prompt: 'Plain' });
  assert.deepEqual([changed.body.system_prompt, changed.body.prompt], ['Plain', null]);
  const withText = async (system_prompt: string) =>
    (await patch(me, `/conversations/${begun.id}`, { system_prompt, prompt_id: prompt.id })).body;
  assert.deepEqual((await withText('Ahoy')).prompt, { id: prompt.id, version: 2 });
  const older = await withText('Arr');
  assert.deepEqual([older.system_prompt, older.prompt], ['Arr', null], 'what was asked with is what is kept');
  assert.equal((await remove(me, `/prompts/${prompt.id}`)).status, 204);
  assert.equal((await get(me, `/prompts/${prompt.id}`)).body.code, 'workbench.prompt_not_found');
  assert.equal(
    (await withText('Ahoy')).system_prompt,
    'Ahoy',
    'a prompt that is gone keeps nobody from asking',
  );
});

test("one's own prompts are one's own; those of the organisation are read by all and written by two roles", async (t) => {
  const { api, get, post, patch, remove } = await startBench(t);
  const owner = await api.person('owner');
  const { body: own } = await post(owner, '/prompts', { name: 'Mine', content: 'secret' });
  const ours = { name: 'Ours', content: 'For all', for: 'organisation' };
  const { body: all } = await post(owner, '/prompts', ours);
  for (const role of ['admin', 'manager', 'user'] as const) {
    const other = await api.person(role, owner.orgId);
    const listed = (await get(other, '/prompts')).body.data;
    assert.deepEqual(
      listed.map(({ name }: { name: string }) => name),
      ['Ours'],
    );
    for (const path of [`/prompts/${own.id}`, `/prompts/${own.id}/versions`]) {
      assert.equal((await get(other, path)).status, 404);
    }
    assert.equal((await post(other, '/conversations', { prompt_id: own.id })).status, 404);
    assert.equal((await patch(other, `/prompts/${own.id}`, { name: 'x' })).status, 404);
    assert.equal((await remove(other, `/prompts/${own.id}`)).status, 404);
    const expected = role === 'admin' ? 200 : 403;
    assert.equal((await patch(other, `/prompts/${all.id}`, { name: 'Ours' })).status, expected, role);
    assert.equal((await post(other, '/prompts', ours)).status, role === 'admin' ? 201 : 403, role);
    if (role === 'admin') {
      const [newest] = (await get(other, '/prompts')).body.data;
      assert.equal((await remove(other, `/prompts/${newest.id}`)).status, 204);
    } else assert.equal((await remove(other, `/prompts/${all.id}`)).status, 403);
    assert.equal((await patch(other, '/defaults', {})).status, expected, role);
  }
});

test('new conversations begin with the default prompt unless they say otherwise', async (t) => {
  const { api, get, post, patch, remove } = await startBench(t);
  const admin = await api.person('admin');
  const user = await api.person('user', admin.orgId);
  const { body: own } = await post(admin, '/prompts', { name: 'Mine', content: 'x' });
  const { body: all } = await post(admin, '/prompts', {
    name: 'Ours',
    content: 'House',
    for: 'organisation',
  });
  assert.equal((await patch(admin, '/defaults', { default_prompt_id: own.id })).body.code, 'request.invalid');
  assert.equal((await patch(admin, '/defaults', { default_prompt_id: all.id })).status, 200);
  assert.equal((await patch(admin, '/defaults', { retention_days: 30 })).body.default_prompt_id, all.id);
  const begin = async (body: object) => (await post(user, '/conversations', body)).body.system_prompt;
  assert.equal(await begin({}), 'House');
  assert.equal(await begin({ system_prompt: '' }), '');
  assert.equal((await get(user, `/prompts/${all.id}`)).body.is_default, true);
  assert.equal((await remove(admin, `/prompts/${all.id}`)).status, 204);
  assert.equal(await begin({}), '');
  assert.deepEqual((await get(user, '/defaults')).body, {
    default_prompt_id: null,
    retention_days: 30,
    retention_days_in_force: 30,
  });
});
