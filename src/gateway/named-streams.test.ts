/** Streams of named events that go wrong, as their clients see them. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { FakeAgent, startStream } from './testing/fake-agent.ts';
import { MODEL, startTestGateway } from './testing/test-gateway.ts';

const event = (type: string, fields: Record<string, unknown> = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const SHAPES = [
  {
    path: '/v1/messages',
    body: { messages: [], max_tokens: 9 },
    begin:
      event('message_start', { message: { usage: { input_tokens: 5, output_tokens: 0 } } }) +
      event('content_block_delta', { delta: { type: 'text_delta', text: 'é' } }),
    last: event('message_stop'),
  },
  {
    path: '/v1/responses',
    body: { input: 'x' },
    begin: event('response.created', { response: {} }) + event('response.output_text.delta', { delta: 'é' }),
    last: event('response.completed', { response: { usage: { input_tokens: 5, output_tokens: 1 } } }),
  },
];

type Act = (response: ServerResponse, last: string) => Promise<void> | void;

async function seen(t: TestContext, act: Act, idleMs = 60_000) {
  const shapeOf = (path: string) => SHAPES.find((shape) => shape.path === path) ?? SHAPES[0];
  const agent = await new FakeAgent(async (request, response) => {
    const shape = shapeOf(request.path);
    agent.setTally(request.id, 1, 'failed');
    startStream(response);
    response.write(shape?.begin);
    await act(response, shape?.last ?? '');
  }).listen();
  t.after(() => agent.close());
  const own = await startTestGateway(t, [agent], { limits: { firstByteMs: 60_000, idleMs } });
  return await Promise.all(
    SHAPES.map(async ({ path, body, begin, last }) => {
      const response = await fetch(`${own.url}${path}`, {
        method: 'POST',
        headers: { 'x-api-key': own.key },
        body: JSON.stringify({ model: MODEL.hfId, stream: true, ...body }),
      });
      const text = await response.text();
      assert.ok(text.startsWith(begin), text);
      const id = response.headers.get('x-request-id') ?? '';
      return { path, last, id, rest: text.slice(begin.length), usage: await own.usageOf(id) };
    }),
  );
}

const SILENT = 'falls silent';
const BROKEN: Readonly<Record<string, Act>> = {
  'ends politely before its end': (response) => {
    response.end();
  },
  'is cut in the middle of its last event': (response, last) => {
    response.write(last.slice(0, -1), () => response.socket?.destroy());
  },
  [SILENT]: () => undefined,
};

for (const [what, act] of Object.entries(BROKEN)) {
  test(`a stream that ${what} ends with one error event of its protocol and nothing else`, async (t) => {
    for (const { path, id, rest, usage } of await seen(t, act, what === SILENT ? 2_000 : undefined)) {
      assert.match(rest, /^event: error\ndata: \{.*\}\n\n$/, path);
      const told = JSON.parse(rest.slice(rest.indexOf('{'))) as Record<string, unknown>;
      assert.equal(told['type'], 'error');
      if (path === '/v1/messages') {
        assert.deepEqual([Object.keys(told), told['request_id']], [['type', 'error', 'request_id'], id]);
      } else {
        assert.equal(told['sequence_number'], 2);
      }
      assert.deepEqual(
        [usage.outcome, usage.http_status, usage.completion_tokens],
        ['upstream_failed', 200, 1],
      );
      assert.notEqual(usage.error_code, null);
    }
  });
}

test('what an engine writes behind the end of a stream reaches nobody', async (t) => {
  const act: Act = async (response, last) => {
    // In pieces, so that the end is not seen at once.
    for (const piece of last.match(/.{1,7}/gs) ?? []) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end(event('content_block_delta', { delta: { text: 'more' } }));
  };
  for (const { path, last, rest, usage } of await seen(t, act)) {
    assert.equal(rest, last, path);
    assert.deepEqual([usage.outcome, usage.error_code, usage.completion_tokens], ['completed', null, 1]);
  }
});

test('an engine that tells nonsense about its usage is not believed', async (t) => {
  const nonsense = { input_tokens: -5, output_tokens: 1e99, cache_read_input_tokens: 'many' };
  const act: Act = (response) => {
    response.end(
      event('message_delta', { usage: nonsense }) +
        event('message_stop') +
        event('response.completed', { response: { usage: nonsense } }),
    );
  };
  for (const { path, usage } of await seen(t, act)) {
    assert.equal(usage.outcome, 'completed', path);
    assert.equal(usage.completion_tokens, 1, path);
    assert.ok(usage.prompt_tokens === 5 || usage.prompt_tokens === 0, path);
  }
});
