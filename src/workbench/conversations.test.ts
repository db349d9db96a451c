import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL, startBench } from './testing.ts';

test('a conversation is kept as it was said, question by question, and opened again page by page', async (t) => {
  const { api, get, post, talk } = await startBench(t);
  const me = await api.person('user');
  const id = await talk(me, ['What is a KV cache? '.repeat(8), 'And why?'], { models: [MODEL] });
  const more = {
    messages: [
      { role: 'user', content: 'Side by side' },
      { role: 'assistant', content: 'left', model: MODEL },
      { role: 'assistant', content: 'right', model: 'org/other', place: 1, status: 'stopped' },
      { role: 'assistant', content: 'late', model: MODEL, turn: 1, parameters: { temperature: 0.5 } },
    ],
  };
  assert.equal((await post(me, `/conversations/${id}/messages`, more)).status, 201);
  const { body: found } = await get(me, `/conversations/${id}`);
  assert.match(found.title, /^What is a KV cache\? .*…$/);
  assert.ok(found.title.length <= 80);
  assert.deepEqual([found.messages, found.turns, found.sharing, found.is_own], [8, 3, 'private', true]);
  const first = (await get(me, `/conversations/${id}/messages?limit=5`)).body;
  const rest = (await get(me, `/conversations/${id}/messages?limit=5&after=${first.next_cursor}`)).body;
  assert.deepEqual([first.has_more, rest.has_more], [true, false]);
  const said = [...first.data, ...rest.data];
  assert.deepEqual(
    said.map(({ turn, place, role }) => [turn, place, role[0]]),
    [
      [1, 0, 'u'],
      [1, 0, 'a'],
      [2, 0, 'u'],
      [2, 0, 'a'],
      [3, 0, 'u'],
      [3, 0, 'a'],
      [3, 1, 'a'],
      [1, 0, 'a'],
    ],
  );
  assert.deepEqual(
    [said[6].status, said[7].parameters, said[7].figures],
    ['stopped', { temperature: 0.5 }, null],
  );
  const bytes = said.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  assert.equal(found.bytes, bytes);
});

test('what is private is not there for anybody else, whatever their role', async (t) => {
  const { api, get, post, patch, put, remove, talk } = await startBench(t);
  const me = await api.person('user');
  const id = await talk(me, ['secret']);
  const unknown = `${id.slice(0, -4)}zzzz`;
  for (const role of ['owner', 'admin', 'manager', 'user'] as const) {
    const other = await api.person(role, me.orgId);
    const tries = (it: string) => [
      get(other, `/conversations/${it}`),
      get(other, `/conversations/${it}/messages`),
      get(other, `/conversations/${it}/export.json`),
      get(other, `/conversations/${it}/export.md`),
      post(other, `/conversations/${it}/copy`),
      post(other, `/conversations/${it}/messages`, { messages: [{ role: 'user', content: 'mine' }] }),
      patch(other, `/conversations/${it}`, { title: 'mine' }),
      put(other, `/conversations/${it}/sharing`, { sharing: 'private' }),
      remove(other, `/conversations/${it}/sharing`),
      remove(other, `/conversations/${it}`),
    ];
    const [there, notThere] = [await Promise.all(tries(id)), await Promise.all(tries(unknown))];
    for (const [index, answer] of there.entries()) {
      assert.equal(answer.status, 404, `${role} ${index}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.code, notThere[index]?.body.code);
    }
    assert.deepEqual((await get(other, '/conversations?whose=all')).body.data, []);
    assert.deepEqual((await get(other, '/conversations?whose=all&q=secret')).body.data, []);
  }
  const { body } = await get(me, `/conversations/${id}`);
  assert.deepEqual([body.title, body.messages], ['secret', 2]);
});

test('lists go on where they ended, by project and by words of titles and texts', async (t) => {
  const { api, get, post, patch, talk } = await startBench(t);
  const me = await api.person('user');
  const { body: project } = await post(me, '/projects', { name: 'Work' });
  const ids: string[] = [];
  for (const [index, word] of ['Élan', 'bravo', 'charlie', 'delta', 'echo'].entries()) {
    ids.push(await talk(me, [`${word} number ${index}`], index % 2 === 0 ? { project_id: project.id } : {}));
  }
  const idsOf = async (query: string) =>
    ((await get(me, `/conversations?${query}`)).body.data as { id: string }[]).map(({ id }) => id);
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await get(me, `/conversations?limit=2${after}`);
    seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
    if (!body.has_more) break;
    after = `&after=${body.next_cursor}`;
  }
  assert.deepEqual(seen, ids.toReversed());
  assert.deepEqual(await idsOf(`project_id=${project.id}`), [ids[4], ids[2], ids[0]]);
  assert.deepEqual(await idsOf('project_id=none'), [ids[3], ids[1]]);
  assert.deepEqual(await idsOf('q=ELA'), [ids[0]]);
  assert.deepEqual(await idsOf('q=answer+numb'), ids.toReversed());
  assert.deepEqual(await idsOf('q=answer+bravo'), [ids[1]]);
  assert.deepEqual(await idsOf('q=nothing'), []);
  assert.deepEqual(await idsOf(`q=${encodeURIComponent(`':*|!&`)}`), []);
  await patch(me, `/conversations/${ids[1]}`, { title: 'Zebra' });
  assert.deepEqual(await idsOf('q=zeb'), [ids[1]]);
  assert.deepEqual(await idsOf('limit=1'), [ids[4]], 'a new name makes nothing newer');
  const bad = await get(me, '/conversations?after=bm90IG91cnM');
  assert.deepEqual([bad.status, bad.body.code], [422, 'request.invalid']);
});

test('a text of any kind is kept whole, and found by its beginning', async (t) => {
  const { api, get, talk } = await startBench(t);
  const me = await api.person('user');
  const rare = Array.from({ length: 4_000 }, (_none, n) => `${'\u{10400}'.repeat(57)}${n}`).join(' ');
  const texts = [
    rare,
    `first ${'x'.repeat(300_000)}`,
    '模型'.repeat(9_000),
    `\u{1F600}'"\\&|!()<->:* \u202e`,
  ];
  for (const text of texts) {
    const id = await talk(me, [text]);
    assert.equal((await get(me, `/conversations/${id}/messages`)).body.data[0].content, text);
  }
  assert.equal((await get(me, '/conversations?q=first+xxx')).body.data.length, 1);
  assert.equal((await get(me, `/conversations?q=${encodeURIComponent('型')}`)).body.data.length, 1);
});

test('what does not fit is refused with what to do, and nothing of it is kept', async (t) => {
  const { api, get, post, values, talk } = await startBench(t);
  values.set('WORKBENCH_MESSAGE_BYTES_MAX', 1_024);
  values.set('WORKBENCH_CONVERSATION_BYTES_MAX', 2_048);
  values.set('WORKBENCH_CONVERSATIONS_MAX', 2);
  const me = await api.person('user');
  const id = await talk(me, ['hi']);
  const add = async (messages: object[]) =>
    (await post(me, `/conversations/${id}/messages`, { messages })).body;
  const question = { role: 'user', content: 'é'.repeat(512) };
  assert.equal((await add([{ ...question, content: `${question.content}!` }])).code, 'workbench.too_large');
  assert.match((await add([question, question])).detail, /at most|more than the 2048/);
  assert.equal(
    (await add([question, { role: 'assistant', content: '', model: MODEL, turn: 3 }])).code,
    'workbench.no_such_turn',
  );
  assert.equal((await add([{ role: 'system', content: 'x' }])).code, 'request.invalid');
  assert.equal((await add([{ ...question, figures: { cost_micros: 0 } }])).code, 'request.invalid');
  assert.equal(
    (await add([{ role: 'assistant', content: 'x', model: MODEL, cost_micros: 0 }])).code,
    'request.invalid',
  );
  assert.equal((await get(me, `/conversations/${id}`)).body.messages, 2);
  const early = { messages: [{ role: 'assistant', content: 'x', model: MODEL }] };
  assert.equal((await post(me, '/conversations', early)).body.code, 'workbench.no_such_turn');
  const many = { models: ['a', 'b', 'c', 'd', 'e'] };
  assert.equal((await post(me, '/conversations', many)).body.code, 'request.invalid');
  await talk(me, ['two']);
  const [one, other] = await Promise.all([post(me, '/conversations', {}), post(me, '/conversations', {})]);
  assert.deepEqual([one.body.code, other.body.code], ['workbench.too_many', 'workbench.too_many']);
  assert.equal((await get(me, '/conversations')).body.data.length, 2);
});

test('two tabs write at once and both are kept; the same key writes once', async (t) => {
  const { api, get, post, talk } = await startBench(t);
  const me = await api.person('user');
  const id = await talk(me, ['hi']);
  const say = (content: string, key?: string) =>
    post(
      me,
      `/conversations/${id}/messages`,
      { messages: [{ role: 'user', content }] },
      key === undefined ? {} : { 'idempotency-key': key },
    );
  const answers = await Promise.all([...Array(8).keys()].map((n) => say(`tab ${n}`)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(8).fill(201),
  );
  const [first, again] = [await say('once', 'k'), await say('once', 'k')];
  assert.deepEqual(again.body, first.body);
  const { body } = await get(me, `/conversations/${id}/messages?limit=200`);
  assert.equal(body.data.length, 2 + 8 + 1);
  assert.deepEqual(
    body.data.map(({ position }: { position: number }) => position),
    [...Array(11).keys()].map((n) => n + 1),
  );
});

test('chat projects are folders: for oneself or for all, and conversations outlive them', async (t) => {
  const { api, get, post, patch, remove, talk } = await startBench(t);
  const me = await api.person('user');
  const other = await api.person('user', me.orgId);
  const admin = await api.person('admin', me.orgId);
  const { body: own } = await post(me, '/projects', { name: 'Mine' });
  const { body: all } = await post(me, '/projects', { name: 'Ours', sharing: 'organisation' });
  assert.equal((await get(other, `/projects/${own.id}`)).status, 404);
  const refused = await post(other, '/conversations', { project_id: own.id });
  assert.equal(refused.body.code, 'workbench.project_not_found');
  const theirs = await talk(other, ['in ours'], { project_id: all.id });
  assert.equal(all.archived_at, null);
  const away = (await patch(me, `/projects/${all.id}`, { archived: true })).body.archived_at;
  assert.ok(away);
  assert.equal((await patch(me, `/projects/${all.id}`, { name: 'Ours' })).body.archived_at, away);
  const late = await post(other, '/conversations', { project_id: all.id });
  assert.equal(late.body.code, 'workbench.project_archived');
  const { body: loose } = await post(other, '/conversations', {});
  const moved = await patch(other, `/conversations/${loose.id}`, { project_id: all.id });
  assert.equal(moved.body.code, 'workbench.project_archived');
  assert.equal((await patch(me, `/projects/${all.id}`, { archived: false })).body.archived_at, null);
  assert.equal((await get(other, `/projects/${all.id}`)).body.conversations, 1);
  assert.equal(
    (await get(me, `/projects/${all.id}`)).body.conversations,
    0,
    'what others keep is not counted',
  );
  assert.equal((await patch(other, `/projects/${all.id}`, { name: 'x' })).body.code, 'workbench.not_yours');
  assert.equal((await patch(admin, `/projects/${all.id}`, { name: 'Team' })).body.name, 'Team');
  const taken = await patch(admin, `/projects/${all.id}`, { sharing: 'private' });
  assert.equal(taken.body.code, 'workbench.not_yours');
  assert.equal((await patch(me, `/projects/${all.id}`, { sharing: 'private' })).status, 200);
  assert.equal((await get(other, `/conversations/${theirs}`)).body.project_id, null);
  const mine = await talk(me, ['kept'], { project_id: own.id });
  assert.equal((await remove(me, `/projects/${own.id}`)).status, 204);
  assert.equal((await get(me, `/conversations/${mine}`)).body.project_id, null);
});

test('a chat project may belong to a project of the organisation, and of no other', async (t) => {
  const { api, post, patch } = await startBench(t);
  const [me, stranger] = [await api.person('user'), await api.person('owner')];
  const add = (orgId: string, id: string) =>
    api.db.query(
      `insert into projects (org_id, id, slug, name, created_by, created_at) values ($1, $2, 'slug', 'P', 'u', app_now())`,
      [orgId, id],
    );
  await add(me.orgId, 'proj_mine');
  await add(stranger.orgId, 'proj_theirs');
  const { body } = await post(me, '/projects', { name: 'P', organisation_project_id: 'proj_mine' });
  assert.equal(body.organisation_project_id, 'proj_mine');
  const foreign = await patch(me, `/projects/${body.id}`, { organisation_project_id: 'proj_theirs' });
  assert.equal(foreign.body.code, 'project.not_found');
  await api.db.query(`update projects set archived_at = app_now() where id = 'proj_mine'`);
  assert.equal((await patch(me, `/projects/${body.id}`, { name: 'Q' })).status, 200, 'what it has it keeps');
  const archived = await post(me, '/projects', { name: 'R', organisation_project_id: 'proj_mine' });
  assert.equal(archived.body.code, 'project.archived');
});
