import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setGlobalOrigin } from 'undici';
import { type Asked, ConversationSaver } from './conversation-saver.ts';

interface Sent {
  method: string;
  path: string;
  key: string | null;
  body: {
    messages?: { content: string }[];
    system_prompt?: string;
    prompt_id?: string;
    models?: string[];
    parameters?: object;
    project_id?: string | null;
  };
}

type Answer = { status: number; body: object } | 'unreachable';
const CREATED: Answer = { status: 201, body: { id: 'conv_1' } };
const KEPT: Answer = { status: 201, body: { message_ids: ['msg_1'] } };
const SETUP: Asked = {
  models: ['org/m'],
  system: 'Be brief',
  promptId: null,
  parameters: {},
  projectId: null,
};

/** The saver on a server that answers these, one after another. */
function start(t: TestContext, answers: Answer[]) {
  const sent: Sent[] = [];
  const errors: unknown[] = [];
  const created: string[] = [];
  // What a page's address is for a browser.
  setGlobalOrigin('http://127.0.0.1');
  t.mock.method(globalThis, 'fetch', async (request: Request) => {
    const path = new URL(request.url).pathname;
    const key = request.headers.get('Idempotency-Key');
    sent.push({ method: request.method, path, key, body: JSON.parse(await request.text()) });
    const answer = answers.shift();
    assert.ok(answer, `nothing more is expected: ${path}`);
    if (answer === 'unreachable') throw new TypeError('fetch failed');
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
  const saver = new ConversationSaver(null, {
    onCreated: ({ id }) => created.push(id),
    onError: (error) => errors.push(error),
  });
  const idle = async (): Promise<void> => {
    const before = errors.length;
    void saver.retry();
    while (errors.length === before) await new Promise((resolve) => setImmediate(resolve));
  };
  return { saver, sent, errors, created, idle };
}

test('the conversation is made with the first question, and all is kept in order', async (t) => {
  const { saver, sent, created, errors, idle } = start(t, [CREATED, KEPT, KEPT, KEPT, KEPT]);
  const ids: string[] = [];
  saver.ask(SETUP, 'one', (id) => ids.push(id));
  saver.save([{ role: 'assistant', content: 'answer', model: 'org/m' }], () => undefined);
  saver.ask({ ...SETUP, system: 'Be long' }, 'two', (id) => ids.push(id));
  await idle();
  assert.deepEqual(
    sent.map(({ method, path, body }) => [method, path.split('/').at(-1), body.messages?.[0]?.content]),
    [
      ['POST', 'conversations', undefined],
      ['POST', 'messages', 'one'],
      ['POST', 'messages', 'answer'],
      ['PATCH', 'conv_1', undefined],
      ['POST', 'messages', 'two'],
    ],
  );
  assert.deepEqual([created, ids, errors.at(-1)], [['conv_1'], ['msg_1', 'msg_1'], null]);
});

test('what fails is sent again with its key, and what would be refused again holds up nothing', async (t) => {
  const refused: Answer = { status: 422, body: { code: 'workbench.too_large', detail: 'x', status: 422 } };
  const { saver, sent, errors, idle } = start(t, [CREATED, 'unreachable', KEPT, refused, KEPT]);
  saver.ask(SETUP, 'one', () => undefined);
  await idle();
  assert.equal(errors.at(-1) !== null && saver.isWaiting, true, 'it waits to be sent again');
  await idle();
  assert.equal(sent[1]?.key, sent[2]?.key);
  assert.deepEqual([errors.at(-1), saver.isWaiting], [null, false]);
  saver.save([{ role: 'assistant', content: 'huge', model: 'org/m' }], () => undefined);
  saver.ask(SETUP, 'two', () => undefined);
  await idle();
  assert.equal(sent.at(-1)?.body.messages?.[0]?.content, 'two');
  assert.ok(errors.at(-1), 'and the refusal is told');
  assert.equal(new Set(sent.map(({ key }) => key)).size, sent.length - 1);
});

test('a model that is put beside is told before the question it answers, and only once', async (t) => {
  const { saver, sent, idle } = start(t, [CREATED, KEPT, KEPT, KEPT, KEPT]);
  const both = { ...SETUP, models: ['org/m', 'org/n'] };
  saver.ask(SETUP, 'one', () => undefined);
  saver.ask(both, 'two', () => undefined);
  saver.ask(both, 'three', () => undefined);
  await idle();
  assert.deepEqual(
    sent.map(({ method, body }) => [method, body.models, body.messages?.[0]?.content]),
    [
      ['POST', ['org/m'], undefined],
      ['POST', undefined, 'one'],
      ['PATCH', both.models, undefined],
      ['POST', undefined, 'two'],
      ['POST', undefined, 'three'],
    ],
  );
});

test('a prompt and parameters are told when they change, each time with all that they are', async (t) => {
  const { saver, sent, idle } = start(t, [CREATED, KEPT, KEPT, KEPT, KEPT, KEPT]);
  saver.ask({ ...SETUP, promptId: 'prm_1', parameters: { temperature: 1 } }, 'one', () => undefined);
  saver.ask({ ...SETUP, promptId: 'prm_2', parameters: { temperature: 1 } }, 'two', () => undefined);
  saver.ask({ ...SETUP, promptId: 'prm_2', parameters: {} }, 'three', () => undefined);
  await idle();
  assert.deepEqual(
    sent
      .filter(({ body }) => !body.messages)
      .map(({ body }) => [body.system_prompt, body.prompt_id, body.parameters]),
    [
      ['Be brief', 'prm_1', { temperature: 1 }],
      ['Be brief', 'prm_2', undefined],
      [undefined, undefined, {}],
    ],
  );
});

test('a chat project that went away meanwhile loses no question', async (t) => {
  const gone: Answer = {
    status: 404,
    body: { code: 'workbench.project_not_found', detail: 'x', status: 404 },
  };
  const { saver, sent, created, errors, idle } = start(t, [gone, CREATED, KEPT]);
  saver.ask({ ...SETUP, projectId: 'cprj_1' }, 'one', () => undefined);
  await idle();
  assert.deepEqual(
    sent.map(({ body }) => body.project_id),
    ['cprj_1', null, undefined],
  );
  assert.notEqual(sent[0]?.key, sent[1]?.key);
  assert.deepEqual([created, errors.at(-1)], [['conv_1'], null]);
});
