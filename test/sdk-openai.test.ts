/** The official `openai` package against the gateway, an agent and an engine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { MODEL, misspelt, type ServedEngine, startServedEngine } from './served-engine.ts';

const model = MODEL.hfId;
const messages = [{ role: 'user' as const, content: 'What is a queue? 漢字' }];
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2, maximum: 5 } },
  required: ['city', 'days'],
};

async function served(t: TestContext, isSlow = false) {
  const own = await startServedEngine(t, isSlow);
  return { own, client: clientOf(own) };
}

function clientOf(own: ServedEngine, options: Partial<ConstructorParameters<typeof OpenAI>[0]> = {}): OpenAI {
  return new OpenAI({ baseURL: `${own.gateway.url}/v1`, apiKey: own.gateway.key, maxRetries: 0, ...options });
}

function isTrip(text: string): void {
  const { city, days } = JSON.parse(text) as { city: unknown; days: number };
  assert.ok(typeof city === 'string' && days >= 2 && days <= 5, text);
}

test('a chat, whole and streamed: the same text, and the ledger says what the engine says', async (t) => {
  const { own, client } = await served(t);
  const { data: whole, response } = await client.chat.completions.create({ model, messages }).withResponse();
  const id = response.headers.get('x-request-id') ?? '';
  assert.equal((whole as { _request_id?: string })._request_id, id);
  assert.match(response.headers.get('x-inventiv-instance') ?? '', /^inst_/);
  assert.match(response.headers.get('x-inventiv-queue-ms') ?? '', /^\d+\.\d$/);
  assert.match(response.headers.get('x-inventiv-ttft-ms') ?? '', /^\d+\.\d$/);
  const { ledger, log } = await own.accounts(id);
  assert.equal(ledger.completion_tokens, whole.usage?.completion_tokens);
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens, ledger.outcome],
    [log.promptTokens, log.completionTokens, 'completed'],
  );

  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  const streamed = await stream.finalChatCompletion();
  assert.equal(streamed.choices[0]?.message.content, whole.choices[0]?.message.content);
  assert.deepEqual(streamed.usage?.completion_tokens, whole.usage?.completion_tokens);
});

test('tools and schemas, in chats and in responses', async (t) => {
  const { client } = await served(t);
  const tool = { name: 'travel', description: 'Go', parameters: SCHEMA };
  const chat = await client.chat.completions
    .stream({ model, messages, tools: [{ type: 'function', function: tool }], tool_choice: 'required' })
    .finalChatCompletion();
  const [call] = chat.choices[0]?.message.tool_calls ?? [];
  assert.equal(chat.choices[0]?.finish_reason, 'tool_calls');
  isTrip(call?.type === 'function' ? call.function.arguments : '');
  const json = await client.chat.completions.create({
    model,
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'trip', schema: SCHEMA } },
  });
  isTrip(json.choices[0]?.message.content ?? '');

  const input = 'Where to?';
  const called = await client.responses
    .stream({ model, input, tools: [{ type: 'function', strict: true, ...tool }], tool_choice: 'required' })
    .finalResponse();
  const [item] = called.output;
  assert.ok(item?.type === 'function_call', JSON.stringify(called.output));
  isTrip(item.arguments);
  const answered = await client.responses.create({
    model,
    input: [
      { role: 'user', content: input },
      { type: 'function_call', call_id: item.call_id, name: item.name, arguments: item.arguments },
      { type: 'function_call_output', call_id: item.call_id, output: 'Sunny.' },
    ],
    text: { format: { type: 'json_schema', name: 'trip', schema: SCHEMA } },
  });
  isTrip(answered.output_text);
});

test('a response, whole and streamed, and what is refused because nothing is stored', async (t) => {
  const { own, client } = await served(t);
  const ask = { model, input: 'What is a queue?', instructions: 'Be short.' };
  const { data: whole, response } = await client.responses.create(ask).withResponse();
  const { ledger, log } = await own.accounts(response.headers.get('x-request-id') ?? '');
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens],
    [log.promptTokens, log.completionTokens],
  );
  assert.equal(ledger.completion_tokens, whole.usage?.output_tokens);
  const names: string[] = [];
  const stream = client.responses.stream(ask).on('event', ({ type }) => names.push(type));
  const streamed = await stream.finalResponse();
  assert.equal(streamed.output_text, whole.output_text);
  assert.deepEqual([names[0], names.at(-1)], ['response.created', 'response.completed']);

  for (const [stateful, param] of [
    [{ previous_response_id: whole.id }, 'previous_response_id'],
    [{ background: true }, 'background'],
    [{ conversation: 'conv_1' }, 'conversation'],
  ] as const) {
    const refused = await client.responses.create({ ...ask, ...stateful }).catch((error: unknown) => error);
    assert.ok(refused instanceof OpenAI.BadRequestError, String(refused));
    assert.equal(refused.param, param);
  }
  for (const missing of [
    client.responses.retrieve(whole.id),
    client.responses.cancel(whole.id),
    client.responses.delete(whole.id),
  ]) {
    const refused = await missing.catch((error: unknown) => error);
    assert.ok(refused instanceof OpenAI.NotFoundError, String(refused));
    assert.equal(refused.code, 'response.not_stored');
  }
});

test('embeddings, completions and models', async (t) => {
  const { own, client } = await served(t);
  const { data: embedded, response } = await client.embeddings
    .create({ model, input: ['a', 'b'] })
    .withResponse();
  assert.equal(embedded.data.length, 2);
  assert.ok(embedded.data.every(({ embedding }) => embedding.length === 64));
  const { ledger } = await own.accounts(response.headers.get('x-request-id') ?? '');
  assert.deepEqual([ledger.prompt_tokens, ledger.completion_tokens], [embedded.usage.prompt_tokens, 0]);
  const completed = await client.completions.create({ model, prompt: 'Once', max_tokens: 5 });
  assert.equal(completed.usage?.completion_tokens, 5);
  assert.deepEqual(
    (await client.models.list()).data.map(({ id }) => id),
    [model],
  );
  assert.equal((await client.models.retrieve(model)).id, model);
});

test('each refusal becomes its class of error, and what may be tried again is', async (t) => {
  const { own, client } = await served(t);
  const failure = (asking: OpenAI, name = model) =>
    asking.chat.completions.create({ model: name, messages }).then(
      () => assert.fail('it was not refused'),
      (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
    );
  const wrongKey = await failure(clientOf(own, { apiKey: misspelt(own.gateway.key) }));
  assert.ok(wrongKey instanceof OpenAI.AuthenticationError);
  assert.match(wrongKey.requestID ?? '', /^req_/);
  const unknown = await failure(client, 'org/none');
  assert.ok(unknown instanceof OpenAI.NotFoundError);
  assert.equal(unknown.code, 'model_not_found');
  const awaited = await failure(client, 'org/awaited');
  assert.ok(awaited instanceof OpenAI.InternalServerError);
  assert.deepEqual([awaited.status, awaited.headers?.get('retry-after')], [503, '5']);
  await own.breakNext({ kind: 'reject', status: 429 });
  assert.ok((await failure(client)) instanceof OpenAI.RateLimitError);
  await own.breakNext({ kind: 'reject', status: 503 });
  const retried = await clientOf(own, { maxRetries: 2 }).chat.completions.create({ model, messages });
  assert.equal(retried.choices.length, 1);
});

test('a stream in which the engine breaks is an error, never an answer', async (t) => {
  const { own, client } = await served(t);
  for (const kind of ['error', 'cut']) {
    await own.breakNext({ kind, after_chunks: 3 });
    const stream = client.chat.completions.stream({ model, messages });
    await assert.rejects(stream.finalChatCompletion(), OpenAI.APIError, `chat: ${kind}`);
    await own.breakNext({ kind, after_chunks: 3 });
    const response = client.responses.stream({ model, input: 'Hello' });
    await assert.rejects(response.finalResponse(), OpenAI.APIError, `response: ${kind}`);
    for (const endpoint of ['/v1/chat/completions', '/v1/responses']) {
      const { ledger, log } = await own.nextAccounts(endpoint);
      assert.deepEqual(
        [ledger.outcome, ledger.prompt_tokens, ledger.completion_tokens],
        ['upstream_failed', log.promptTokens, 3],
      );
      assert.deepEqual([log.outcome, log.completionTokens], ['failed', 3]);
    }
  }
});

test('a client that leaves a stream pays exactly what the engine made', async (t) => {
  const { own, client } = await served(t, true);
  const chat = await client.chat.completions.create({ model, messages, stream: true });
  let seen = 0;
  for await (const _chunk of chat) if (++seen === 5) break;
  const response = await client.responses.create({ model, input: 'Tell me more', stream: true });
  seen = 0;
  for await (const event of response) if (event.type.endsWith('.delta') && ++seen === 5) break;
  for (const endpoint of ['/v1/chat/completions', '/v1/responses']) {
    const { ledger, log } = await own.nextAccounts(endpoint);
    assert.deepEqual([ledger.outcome, log.outcome], ['client_closed', 'aborted'], endpoint);
    assert.ok(ledger.completion_tokens >= 4, endpoint);
    assert.deepEqual(
      [ledger.prompt_tokens, ledger.completion_tokens],
      [log.promptTokens, log.completionTokens],
      endpoint,
    );
  }
});

test('a client that waits no longer ends the work', async (t) => {
  const { own } = await served(t);
  await own.breakNext({ kind: 'hang', after_chunks: 1 });
  const impatient = clientOf(own, { timeout: 1_000 });
  await assert.rejects(impatient.responses.create({ model, input: 'x' }), OpenAI.APIConnectionTimeoutError);
  const { ledger, log } = await own.nextAccounts('/v1/responses');
  assert.deepEqual([ledger.outcome, log.outcome], ['client_closed', 'aborted']);
});

test('ranks, scores and tokens, for which the SDK has no words', async (t) => {
  const { own, client } = await served(t);
  const ask = (path: string, body: Record<string, unknown>) =>
    client
      .post(`${own.gateway.url}${path}`, { body: { model, ...body } })
      .asResponse()
      .then(async (response) => ({
        id: response.headers.get('x-request-id') ?? '',
        body: (await response.json()) as { usage: { prompt_tokens: number } } & Record<string, unknown>,
      }));
  const counted = [
    ...['/v1/rerank', '/v2/rerank', '/rerank'].map((path) => ({
      path,
      body: { query: 'a river', documents: ['stone', 'the river'] },
    })),
    ...['/v1/score', '/score'].map((path) => ({ path, body: { queries: 'a', documents: ['b', 'c'] } })),
  ];
  for (const { path, body } of counted) {
    const answer = await ask(path, body);
    const { ledger, log } = await own.accounts(answer.id);
    assert.deepEqual(
      [ledger.endpoint, ledger.prompt_tokens, ledger.completion_tokens],
      [path, answer.body.usage.prompt_tokens, 0],
    );
    assert.equal(ledger.prompt_tokens, log.promptTokens);
  }
  const { id, body } = await ask('/tokenize', { prompt: 'a clear river' });
  assert.equal((await own.gateway.usageOf(id)).prompt_tokens, 0);
  const back = await ask('/detokenize', { tokens: body['tokens'] });
  assert.equal(back.body['prompt'], 'a clear river');
  const refused = await client
    .post(`${own.gateway.url}/v1/rerank`, { body: { model } })
    .catch((error: unknown) => error);
  assert.ok(refused instanceof OpenAI.BadRequestError);
});
