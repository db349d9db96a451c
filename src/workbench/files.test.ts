import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TestAnswer } from '#identity/testing.ts';
import { MODEL, startBench } from './testing.ts';

const STATES = ['done', 'stopped', 'failed'] as const;

test('what is exported comes back as it was said, as something new', async (t) => {
  const { api, get, post } = await startBench(t);
  const me = await api.person('user');
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((it) => it.isWellFormed() && !it.includes('\0'));
  const answer = fc.record({
    content: text,
    model: fc.constantFrom(MODEL, 'org/other'),
    place: fc.integer({ min: 0, max: 3 }),
    status: fc.constantFrom(...STATES),
  });
  const turns = fc.array(fc.record({ question: text, answers: fc.array(answer, { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(turns, text, async (said, prompt) => {
      const messages = said.flatMap(({ question, answers }) => [
        { role: 'user', content: question },
        ...answers.map((one) => ({ role: 'assistant', ...one })),
      ]);
      const made = await post(me, '/conversations', {
        title: 'T',
        system_prompt: prompt,
        models: [MODEL],
        messages,
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const file = (await get(me, `/conversations/${made.body.id}/export.json`)).body;
      const taken = await post(me, '/import', { conversations: [file] });
      assert.equal(taken.status, 201, JSON.stringify(taken.body));
      const again = (await get(me, `/conversations/${taken.body.data[0].id}/export.json`)).body;
      assert.notEqual(again.id, file.id);
      const spoken = (it: { messages: object[] }) =>
        it.messages.map((one) => ({ ...one, id: '', created_at: '' }));
      assert.deepEqual(spoken(again), spoken(file));
      assert.deepEqual([again.title, again.system_prompt, again.models], ['T', prompt, [MODEL]]);
    }),
    { numRuns: 12 },
  );
});

test('an import overwrites nothing and believes nothing, whatever ids and figures it names', async (t) => {
  const { api, get, post, talk, asked } = await startBench(t);
  const victim = await api.person('user');
  const me = await api.person('user', victim.orgId);
  const theirs = await talk(victim, ['theirs']);
  const before = (await get(victim, `/conversations/${theirs}/export.json`)).body;
  const requestId = await asked(me);
  const forged = {
    ...before,
    title: 'forged',
    org_id: 'org_x',
    owner_id: victim.userId,
    messages: before.messages.map((message: object) => ({
      ...message,
      content: 'forged',
      request_id: requestId,
      figures: { state: 'known', cost_micros: 1 },
    })),
  };
  const { status, body } = await post(me, '/import', { conversations: [forged, forged] });
  assert.equal(status, 201, JSON.stringify(body));
  const [one, two] = body.data;
  assert.ok(one.id !== theirs && two.id !== theirs && one.id !== two.id);
  assert.deepEqual([one.is_own, one.sharing, one.totals.cost_micros], [true, 'private', 0]);
  const messages = (await get(me, `/conversations/${one.id}/messages`)).body.data;
  assert.deepEqual([messages[1].request_id, messages[1].figures], [null, null]);
  assert.deepEqual((await get(victim, `/conversations/${theirs}/export.json`)).body, before);
});

test('a file that is not whole is not taken at all', async (t) => {
  const { api, get, post, values } = await startBench(t);
  const me = await api.person('user');
  const file = { format: 'inventiv.conversation.v1', title: 'T', messages: [] as object[] };
  const orphan = { turn: 2, role: 'assistant', content: 'x', model: MODEL };
  const nameless = [
    { turn: 1, role: 'user', content: 'x' },
    { turn: 1, role: 'assistant', content: 'x' },
  ];
  const tries: [object, string][] = [
    [{ ...file, messages: [orphan] }, 'request.invalid'],
    [{ ...file, messages: nameless }, 'request.invalid'],
    [{ ...file, format: 'other' }, 'request.invalid'],
    [{ ...file, messages: [{ turn: 1, role: 'user', content: 'x'.repeat(2_000) }] }, 'workbench.too_large'],
  ];
  values.set('WORKBENCH_MESSAGE_BYTES_MAX', 1_024);
  for (const [bad, code] of tries) {
    const answer = await post(me, '/import', { conversations: [file, bad] });
    assert.equal(answer.body.code, code, JSON.stringify(answer.body));
  }
  assert.deepEqual((await get(me, '/conversations')).body.data, []);
});

test('as Markdown it is read by people, also a long one', async (t) => {
  const { api, get, post, talk, asked } = await startBench(t);
  const me = await api.person('user');
  const id = await talk(me, ['What?\nWhy?'], { title: 'A title', system_prompt: 'Be\nbrief' });
  const requestId = await asked(me);
  for (let round = 0; round < 6; round++) {
    const messages = [...Array(100).keys()].map((n) => ({ role: 'user', content: `question ${round}-${n}` }));
    assert.equal((await post(me, `/conversations/${id}/messages`, { messages })).status, 201);
  }
  const last = {
    role: 'assistant',
    content: 'The end',
    model: MODEL,
    request_id: requestId,
    status: 'stopped',
  };
  await post(me, `/conversations/${id}/messages`, { messages: [last] });
  await get(me, `/conversations/${id}/messages`);
  const file: TestAnswer = await get(me, `/conversations/${id}/export.md`);
  assert.match(file.headers.get('content-disposition') ?? '', /attachment; filename="conv_\w+\.md"/);
  const text = file.body as string;
  assert.match(text, /^# A title\n/);
  assert.match(text, /> Be\n> brief/);
  assert.match(text, /## 1\. Question\n\nWhat\?\nWhy\?\n/);
  assert.equal(text.match(/question \d-\d+/g)?.length, 600);
  assert.match(
    text,
    /## 601\. org\/m\n\nThe end\n\n\*stopped · first token after 250 ms · 50\.0 tokens\/s · 1000 tokens in · 101 tokens out · req_/,
  );
});
