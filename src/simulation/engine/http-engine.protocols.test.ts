/** The Responses and Messages protocols, scores and ranks, prescribed answers: read by the official clients. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { RawClient, SLOW, startTestEngine, type TestEngine } from './engine-fixture.ts';

const MODEL = 'acme/tiny';
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2, maximum: 5 } },
  required: ['city', 'days'],
};

async function started(t: TestContext) {
  const engine = await startTestEngine({}, t);
  return {
    engine,
    openai: new OpenAI({ baseURL: `${engine.url}/v1`, apiKey: 'none', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: engine.url, apiKey: 'none', maxRetries: 0 }),
  };
}

function eventNames(client: RawClient): string[] {
  return [...client.received.matchAll(/^event: (\S+)/gm)].map((match) => match[1] ?? '');
}

async function untilClosed(engine: TestEngine): Promise<void> {
  while (engine.engine.runner.model.hasWork) await new Promise((resolve) => setImmediate(resolve));
}

test('a response streams vLLM’s events in order, and its usage is that of the token log', async (t) => {
  const { engine, openai } = await started(t);
  const client = new RawClient(engine.port);
  const ask = { model: MODEL, input: 'Hello', max_output_tokens: 3, stream: true };
  client.post('/v1/responses', ask, 'resp');
  await client.until((received) => received.includes('event: response.completed'));
  client.socket.destroy();
  assert.deepEqual(eventNames(client), [
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    ...Array<string>(3).fill('response.output_text.delta'),
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  const events = client.events().map((text) => JSON.parse(text) as Record<string, unknown>);
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    events.map((_, i) => i),
  );
  const last = events.at(-1)?.['response'] as OpenAI.Responses.Response;
  const [tally] = engine.tallies();
  assert.deepEqual(
    [last.status, last.usage?.input_tokens, last.usage?.output_tokens],
    ['incomplete', tally?.promptTokens, 3],
  );
  assert.equal(tally?.completionTokens, 3);

  const whole = await openai.responses.create({ model: MODEL, input: 'Hello', max_output_tokens: 3 });
  assert.equal(whole.output_text, last.output_text ?? textOf(last));
  const seen = await openai.responses
    .stream({ model: MODEL, input: [{ role: 'user', content: 'Hello' }], instructions: 'Be kind.' })
    .finalResponse();
  assert.equal(seen.status, 'completed');
  assert.ok((seen.usage?.input_tokens ?? 0) > (last.usage?.input_tokens ?? 0));
});

function textOf({ output }: OpenAI.Responses.Response): string {
  const [item] = output;
  const part = item?.type === 'message' ? item.content[0] : undefined;
  return part?.type === 'output_text' ? part.text : '';
}

test('a message streams Anthropic’s events in order, and its usage is that of the token log', async (t) => {
  const { engine, anthropic } = await started(t);
  const client = new RawClient(engine.port);
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  client.post('/v1/messages', { model: MODEL, messages, max_tokens: 3, stream: true }, 'msg');
  await client.until((received) => received.includes('event: message_stop'));
  client.socket.destroy();
  assert.deepEqual(eventNames(client), [
    'message_start',
    'content_block_start',
    ...Array<string>(3).fill('content_block_delta'),
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const [tally] = engine.tallies();
  assert.match(
    client.received,
    new RegExp(`"usage":\\{"input_tokens":${tally?.promptTokens},"output_tokens":0\\}`),
  );
  const whole = await anthropic.messages.create({ model: MODEL, messages, max_tokens: 500 });
  assert.equal(whole.stop_reason, 'end_turn');
  const streamed = await anthropic.messages
    .stream({ model: MODEL, messages, max_tokens: 500 })
    .finalMessage();
  assert.deepEqual(streamed.content, whole.content);
  assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
  const counted = await anthropic.messages.countTokens({ model: MODEL, messages });
  assert.equal(counted.input_tokens, tally?.promptTokens);
  assert.deepEqual(
    engine.tallies().map(({ outcome, completionTokens }) => [outcome, completionTokens]),
    [
      ['done', 3],
      ['done', whole.usage.output_tokens],
      ['done', whole.usage.output_tokens],
    ],
  );
});

test('tools are called and schemas kept in each protocol when the request demands it', async (t) => {
  const { openai, anthropic } = await started(t);
  const messages = [{ role: 'user' as const, content: 'Where to?' }];
  const tool = { name: 'travel', description: 'Go', parameters: SCHEMA };
  const check = (text: string) => {
    const { city, days } = JSON.parse(text) as { city: string; days: number };
    assert.ok(typeof city === 'string' && days >= 2 && days <= 5, text);
  };
  const chat = openai.chat.completions.stream({
    model: MODEL,
    messages,
    tools: [{ type: 'function', function: tool }],
    tool_choice: 'required',
  });
  const called = (await chat.finalChatCompletion()).choices[0];
  assert.equal(called?.finish_reason, 'tool_calls');
  const [call] = called?.message.tool_calls ?? [];
  check(call?.type === 'function' ? call.function.arguments : '');

  const json = await openai.chat.completions.create({
    model: MODEL,
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'trip', schema: SCHEMA } },
  });
  check(json.choices[0]?.message.content ?? '');

  const response = await openai.responses
    .stream({
      model: MODEL,
      input: 'Where to?',
      tools: [{ type: 'function', strict: true, ...tool }],
      tool_choice: { type: 'function', name: 'travel' },
    })
    .finalResponse();
  const [item] = response.output;
  assert.equal(item?.type, 'function_call');
  check(item?.type === 'function_call' ? item.arguments : '');

  const message = await anthropic.messages
    .stream({
      model: MODEL,
      messages,
      max_tokens: 200,
      tools: [{ name: 'travel', input_schema: { ...SCHEMA, type: 'object' } }],
      tool_choice: { type: 'any' },
    })
    .finalMessage();
  assert.equal(message.stop_reason, 'tool_use');
  const [block] = message.content;
  check(JSON.stringify(block?.type === 'tool_use' ? block.input : {}));
});

test('a reader that half-closes finds one delta for each token that the log has', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  const asks = [
    {
      path: '/v1/responses',
      body: { input: 'Tell me everything', stream: true },
      delta: /^event: response\.output_text\.delta$/gm,
    },
    {
      path: '/v1/messages',
      body: { messages: [{ role: 'user', content: 'Everything' }], max_tokens: 400, stream: true },
      delta: /^event: content_block_delta$/gm,
    },
  ];
  for (const { path, body, delta } of asks) {
    const client = new RawClient(engine.port);
    client.post(path, { model: MODEL, ...body }, path);
    await client.until((received) => [...received.matchAll(delta)].length >= 5);
    client.socket.end();
    await client.untilOver();
    await untilClosed(engine);
    const tally = engine.tallies().find(({ requestId }) => requestId === path);
    assert.equal(tally?.outcome, 'aborted');
    assert.equal([...client.received.matchAll(delta)].length, tally?.completionTokens);
  }
});

test('scores and ranks count prompts only, and refusals have the shape of their protocol', async (t) => {
  const { engine } = await started(t);
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json', 'x-request-id': path };
    const response = await fetch(`${engine.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the test looks into answers of many shapes
    return { status: response.status, body: (await response.json()) as any };
  };
  const ranked = await post('/v1/rerank', {
    model: MODEL,
    query: 'clear water',
    documents: ['fast train', 'clear water in the river', 'stone'],
    top_n: 2,
  });
  assert.equal(ranked.body.results.length, 2);
  assert.equal(ranked.body.results[0].index, 1);
  const scored = await post('/v1/score', { model: MODEL, text_1: 'a', text_2: ['b', 'c'] });
  assert.equal(scored.body.data.length, 2);
  for (const [path, { body }] of Object.entries({ '/v1/rerank': ranked, '/v1/score': scored })) {
    const tally = engine.tallies().find(({ requestId }) => requestId === path);
    assert.deepEqual([tally?.promptTokens, tally?.completionTokens], [body.usage.prompt_tokens, 0]);
  }
  assert.equal((await post('/v1/score', { model: MODEL, text_1: 'a' })).status, 400);
  const unknown = await post('/v1/messages', { model: 'other', messages: [], max_tokens: 1 });
  assert.deepEqual(
    [unknown.status, unknown.body.type, unknown.body.error.type],
    [404, 'error', 'NotFoundError'],
  );
  const stored = await post('/v1/responses', { model: MODEL, input: 'x', previous_response_id: 'resp_1' });
  assert.deepEqual([stored.status, stored.body.error.param], [404, 'response_id']);
});
