import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestPerson } from '#identity/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import { expireConversationsHandler } from './jobs/expire-conversations.ts';
import { type Bench, MODEL, startBench } from './testing.ts';

const lease = { signal: new AbortController().signal } as Lease;

const share = ({ put }: Bench, as: TestPerson, id: string, sharing: string) =>
  put(as, `/conversations/${id}/sharing`, { sharing });
const leave = ({ api }: Bench, who: TestPerson) =>
  api.db.query('delete from memberships where org_id = $1 and user_id = $2', [who.orgId, who.userId]);

test('a link opens a conversation to read and to copy, inside the organisation, until it is taken back', async (t) => {
  const bench = await startBench(t);
  const { api, get, post, patch, remove } = bench;
  const me = await api.person('user');
  const [other, stranger] = [await api.person('user', me.orgId), await api.person('owner')];
  const id = await bench.talk(me, ['look'], { system_prompt: 'Be kind' });
  const { body: shared } = await share(bench, me, id, 'link');
  assert.match(shared.link_id, /^shared_/);
  assert.equal((await get(other, `/conversations/${id}`)).status, 404, 'its own id opens nothing');
  assert.deepEqual((await get(other, '/conversations?whose=all')).body.data, [], 'it is not listed');
  const { body: seen } = await get(other, `/shared/${shared.link_id}`);
  assert.deepEqual([seen.id, seen.is_own, seen.link_id, seen.system_prompt], [id, false, null, 'Be kind']);
  assert.equal((await get(other, `/shared/${shared.link_id}/messages`)).body.data.length, 2);
  assert.equal((await get(stranger, `/shared/${shared.link_id}`)).status, 404);
  assert.equal((await post(stranger, `/shared/${shared.link_id}/copy`)).status, 404);
  assert.equal((await patch(other, `/conversations/${id}`, { title: 'x' })).status, 404);
  const { body: copy } = await post(other, `/shared/${shared.link_id}/copy`);
  assert.deepEqual([copy.is_own, copy.sharing, copy.messages, copy.turns], [true, 'private', 2, 1]);
  assert.equal(
    (await share(bench, me, id, 'link')).body.link_id,
    shared.link_id,
    'shared again it is the same',
  );
  assert.equal((await remove(me, `/conversations/${id}/sharing`)).status, 204);
  assert.equal((await get(other, `/shared/${shared.link_id}`)).status, 404);
  const { body: anew } = await share(bench, me, id, 'link');
  assert.notEqual(anew.link_id, shared.link_id, 'a link that was taken back stays closed');
  assert.equal((await remove(me, `/conversations/${id}`)).status, 204);
  assert.equal((await get(other, `/conversations/${copy.id}/messages`)).body.data.length, 2, 'copies stay');
});

test('shared with the organisation everybody finds and reads it, and nobody but its owner writes', async (t) => {
  const bench = await startBench(t);
  const { api, get, post, patch, remove } = bench;
  const me = await api.person('user');
  const id = await bench.talk(me, ['for all']);
  await share(bench, me, id, 'organisation');
  const add = { messages: [{ role: 'user', content: 'x' }] };
  for (const role of ['owner', 'admin', 'manager', 'user'] as const) {
    const other = await api.person(role, me.orgId);
    assert.equal((await get(other, '/conversations?whose=shared&q=for')).body.data[0].id, id);
    assert.deepEqual((await get(other, '/conversations')).body.data, []);
    assert.equal((await get(other, `/conversations/${id}/messages`)).body.data.length, 2);
    const writes = [
      await post(other, `/conversations/${id}/messages`, add),
      await patch(other, `/conversations/${id}`, { title: 'x' }),
      await share(bench, other, id, 'link'),
      await remove(other, `/conversations/${id}`),
    ];
    for (const { status, body } of writes)
      assert.deepEqual([status, body.code], [403, 'workbench.not_yours']);
  }
  const [user, admin] = [await api.person('user', me.orgId), await api.person('admin', me.orgId)];
  assert.equal((await remove(user, `/conversations/${id}/sharing`)).body.code, 'workbench.not_yours');
  assert.equal((await remove(admin, `/conversations/${id}/sharing`)).status, 204);
  assert.equal(
    (await get(admin, `/conversations/${id}`)).status,
    404,
    'taken back, an admin sees it no more',
  );
  assert.equal((await get(me, `/conversations/${id}`)).body.sharing, 'private');
});

test('a copy has the figures of its answers, not their requests, and no bill', async (t) => {
  const bench = await startBench(t);
  const { api, get, post } = bench;
  const me = await api.person('user');
  const other = await api.person('user', me.orgId);
  const requestId = await bench.asked(me);
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello', model: MODEL, request_id: requestId },
    { role: 'assistant', content: 'wait', model: MODEL, place: 1, request_id: bench.newRequestId() },
  ];
  const { body: made } = await post(me, '/conversations', { messages });
  await get(me, `/conversations/${made.id}/messages`);
  await share(bench, me, made.id, 'organisation');
  const seen = (await get(other, `/conversations/${made.id}/messages`)).body.data;
  assert.deepEqual([seen[1].request_id, seen[1].figures.prompt_tokens], [null, 1_000]);
  const { body: copy } = await post(other, `/conversations/${made.id}/copy`);
  assert.deepEqual(
    [copy.totals.prompt_tokens, copy.totals.unpriced, copy.totals.pending],
    [0, 0, 0],
    'nobody pays twice',
  );
  const copied = (await get(other, `/conversations/${copy.id}/messages`)).body.data;
  assert.deepEqual([copied[1].figures.prompt_tokens, copied[2].figures], [1_000, null]);
});

test('who leaves takes links along, leaves behind what is for all, and what was private goes some days later', async (t) => {
  const bench = await startBench(t);
  const { api, get, remove, post, values } = bench;
  const owner = await api.person('owner');
  const leaver = await api.person('user', owner.orgId);
  const [hidden, linked, open] = [
    await bench.talk(leaver, ['hidden']),
    await bench.talk(leaver, ['linked']),
    await bench.talk(leaver, ['open']),
  ];
  const link = (await share(bench, leaver, linked, 'link')).body.link_id;
  await share(bench, leaver, open, 'organisation');
  await post(leaver, '/projects', { name: 'own' });
  await post(leaver, '/prompts', { name: 'own', content: 'x' });
  await leave(bench, leaver);
  assert.equal((await get(owner, `/shared/${link}`)).status, 404);
  assert.deepEqual((await get(owner, `/conversations/${open}`)).body.owner.has_left, true);
  const expire = expireConversationsHandler(await bench.databaseOf('orchestrator'), bench.settings);
  const count = async () =>
    (
      await api.db.query<{ id: string }>(
        `select id from workbench_conversations union all select id from workbench_projects
         union all select id from workbench_prompts order by id`,
      )
    ).length;
  values.set('WORKBENCH_LEAVER_DAYS', 30);
  await expire.run(lease);
  assert.equal(await count(), 5, 'they may come back');
  const setBack = (days: number) =>
    Promise.all(
      ['conversations', 'projects', 'prompts'].map((table) =>
        api.db.query(
          `update workbench_${table} set owner_left_at = owner_left_at - make_interval(days => $1)`,
          [days],
        ),
      ),
    );
  await setBack(20);
  await api.db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'user', app_now())`,
    [leaver.orgId, leaver.userId],
  );
  await expire.run(lease);
  assert.equal((await get(leaver, `/conversations/${hidden}`)).status, 200);
  await leave(bench, leaver);
  await expire.run(lease);
  await setBack(20);
  await expire.run(lease);
  assert.equal(await count(), 5, 'who came back begins their days anew');
  await setBack(11);
  await expire.run(lease);
  const left = await api.db.query<{ id: string }>('select id from workbench_conversations order by id');
  assert.deepEqual(left, [{ id: open }]);
  assert.equal(await count(), 1);
  const user = await api.person('user', owner.orgId);
  assert.equal((await remove(user, `/conversations/${open}`)).body.code, 'workbench.not_yours');
  assert.equal((await remove(owner, `/conversations/${open}`)).status, 204);
});

test("conversations end after the installation's days, or after those of their organisation", async (t) => {
  const bench = await startBench(t);
  const { api, patch, values } = bench;
  const [keeper, brief, other] = [await api.person(), await api.person(), await api.person()];
  assert.equal((await patch(keeper, '/defaults', { retention_days: 400 })).body.retention_days_in_force, 400);
  await patch(brief, '/defaults', { retention_days: 1 });
  const kept = await bench.talk(keeper, ['a']);
  await bench.talk(brief, ['b']);
  const others = await bench.talk(other, ['c']);
  await api.db.query(`update workbench_conversations set updated_at = app_now() - interval '9 days'`);
  const fresh = await bench.talk(brief, ['d']);
  const expire = expireConversationsHandler(await bench.databaseOf('orchestrator'), bench.settings);
  const left = async () =>
    (await api.db.query<{ id: string }>('select id from workbench_conversations order by id')).map(
      ({ id }) => id,
    );
  await expire.run(lease);
  assert.deepEqual(await left(), [kept, others, fresh].toSorted());
  values.set('WORKBENCH_RETENTION_DAYS', 8);
  await expire.run(lease);
  assert.deepEqual(await left(), [kept, fresh].toSorted());
  await api.db.query(
    'update organisations set deletion_asked_at = app_now(), deleted_at = app_now() where id = $1',
    [keeper.orgId],
  );
  await expire.run(lease);
  assert.deepEqual(await left(), [fresh]);
  const [rest] = await api.db.query('select count(*) as count from workbench_messages');
  assert.deepEqual(rest, { count: 2 });
});

test('the log of the organisation tells of what is shared, never of what is private, and never a text', async (t) => {
  const bench = await startBench(t);
  const { api, post, patch, remove, put } = bench;
  const me = await api.person('owner');
  const id = await bench.talk(me, ['CANARY'], { system_prompt: 'CANARY' });
  await patch(me, `/conversations/${id}`, { title: 'CANARY' });
  await post(me, `/conversations/${id}/messages`, { messages: [{ role: 'user', content: 'CANARY' }] });
  await post(me, `/conversations/${id}/copy`);
  const { body: prompt } = await post(me, '/prompts', { name: 'CANARY', content: 'CANARY' });
  await patch(me, `/prompts/${prompt.id}`, { content: 'CANARY 2' });
  await remove(me, `/prompts/${prompt.id}`);
  const { body: project } = await post(me, '/projects', { name: 'CANARY' });
  await remove(me, `/projects/${project.id}`);
  await put(me, `/conversations/${id}/sharing`, { sharing: 'private' });
  assert.deepEqual(await bench.actions(me), []);
  await share(bench, me, id, 'organisation');
  await post(me, `/conversations/${id}/messages`, { messages: [{ role: 'user', content: 'CANARY' }] });
  await patch(me, `/conversations/${id}`, { title: 'CANARY' });
  await remove(me, `/conversations/${id}`);
  assert.deepEqual(await bench.actions(me), [
    'conversations.delete',
    'conversations.change',
    'conversations.add_messages',
    'conversations.share',
  ]);
  const [row] = await api.db.query<{ all: string }>(
    `select string_agg(a::text, ' ') as all from audit_log a`,
  );
  assert.doesNotMatch(row?.all ?? '', /CANARY/);
});
