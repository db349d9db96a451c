/** The official `@anthropic-ai/sdk` package against the gateway, an agent and an engine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { MODEL, misspelt, type ServedEngine, startServedEngine } from './served-engine.ts';

const ask = {
  model: MODEL.hfId,
  max_tokens: 300,
  messages: [{ role: 'user' as const, content: 'What is a queue? 漢字' }],
};
const TOOL = {
  name: 'travel',
  input_schema: {
    type: 'object' as const,
    properties: { days: { type: 'integer', minimum: 2, maximum: 5 } },
    required: ['days'],
  },
};

async function served(t: TestContext, isSlow = false) {
  const own = await startServedEngine(t, isSlow);
  return { own, client: clientOf(own) };
}

function clientOf(
  own: ServedEngine,
  options: Partial<ConstructorParameters<typeof Anthropic>[0]> = {},
): Anthropic {
  return new Anthropic({ baseURL: own.gateway.url, apiKey: own.gateway.key, maxRetries: 0, ...options });
}

test('a message, whole and streamed: the same text, and the ledger says what the engine says', async (t) => {
  const { own, client } = await served(t);
  const { data: whole, response } = await client.messages.create(ask).withResponse();
  const id = response.headers.get('request-id') ?? '';
  assert.equal((whole as { _request_id?: string })._request_id, id);
  const { ledger, log } = await own.accounts(id);
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens, ledger.cached_tokens],
    [log.promptTokens, log.completionTokens, log.cachedTokens],
  );
  assert.equal(ledger.completion_tokens, whole.usage.output_tokens);

  const streamed = await client.messages.stream(ask).finalMessage();
  assert.deepEqual(streamed.content, whole.content);
  assert.equal(streamed.stop_reason, 'end_turn');
  const second = await own.nextAccounts('/v1/messages');
  assert.equal(second.ledger.outcome, 'completed');
  assert.equal(second.ledger.prompt_tokens, second.log.promptTokens);
  assert.equal(second.ledger.cached_tokens, second.log.cachedTokens);
  assert.equal((await client.messages.countTokens(ask)).input_tokens, log.promptTokens);
});

test('a bearer is taken as well as a key, and the beta form of the address', async (t) => {
  const { own } = await served(t);
  const bearer = new Anthropic({
    baseURL: own.gateway.url,
    apiKey: null,
    authToken: own.gateway.key,
    maxRetries: 0,
  });
  const message = await bearer.beta.messages.create({ ...ask, max_tokens: 2, betas: ['a-beta-2026-01-01'] });
  assert.equal(message.stop_reason, 'max_tokens');
});

test('a tool is called with what its schema allows, whole and streamed', async (t) => {
  const { client } = await served(t);
  const calling = { ...ask, tools: [TOOL], tool_choice: { type: 'any' as const } };
  for (const message of [
    await client.messages.create(calling),
    await client.messages.stream(calling).finalMessage(),
  ]) {
    assert.equal(message.stop_reason, 'tool_use');
    const [block] = message.content;
    assert.ok(block?.type === 'tool_use');
    const { days } = block.input as { days: number };
    assert.ok(days >= 2 && days <= 5);
  }
});

test('models come in the form of this protocol', async (t) => {
  const { client } = await served(t);
  const page = await client.models.list();
  assert.deepEqual(
    page.data.map(({ type, id }) => [type, id]),
    [['model', MODEL.hfId]],
  );
  assert.equal(page.has_more, false);
  assert.equal((await client.models.retrieve(MODEL.hfId)).display_name, MODEL.hfId);
  await assert.rejects(client.models.retrieve('org/none'), Anthropic.NotFoundError);
});

test('each refusal becomes its class of error, and what may be tried again is', async (t) => {
  const { own, client } = await served(t);
  const failure = (asking: Anthropic, change: Partial<typeof ask> = {}) =>
    asking.messages.create({ ...ask, ...change }).then(
      () => assert.fail('it was not refused'),
      (error: unknown) => error as InstanceType<typeof Anthropic.APIError>,
    );
  const wrongKey = await failure(clientOf(own, { apiKey: misspelt(own.gateway.key) }));
  assert.ok(wrongKey instanceof Anthropic.AuthenticationError);
  assert.match(wrongKey.requestID ?? '', /^req_/);
  assert.equal(wrongKey.type, 'authentication_error');
  const unknown = await failure(client, { model: 'org/none' });
  assert.ok(unknown instanceof Anthropic.NotFoundError);
  assert.equal(unknown.type, 'not_found_error');
  const awaited = await failure(client, { model: 'org/awaited' });
  assert.deepEqual(
    [awaited.status, awaited.type, awaited.headers?.get('retry-after')],
    [529, 'overloaded_error', '5'],
  );
  const tooLong = await failure(client, { max_tokens: 20_000 });
  assert.deepEqual([tooLong.status, tooLong.type], [400, 'invalid_request_error']);
  assert.match(tooLong.message, /maximum context length/);
  await own.breakNext({ kind: 'reject', status: 429 });
  assert.ok((await failure(client)) instanceof Anthropic.RateLimitError);
  await own.breakNext({ kind: 'reject', status: 503 });
  const retried = await clientOf(own, { maxRetries: 2 }).messages.create(ask);
  assert.equal(retried.type, 'message');
});

test('a stream in which the engine breaks is an error, never an answer', async (t) => {
  const { own, client } = await served(t);
  for (const kind of ['error', 'cut']) {
    await own.breakNext({ kind, after_chunks: 3 });
    await assert.rejects(client.messages.stream(ask).finalMessage(), Anthropic.APIError, kind);
    const { ledger, log } = await own.nextAccounts('/v1/messages');
    assert.deepEqual(
      [ledger.outcome, ledger.prompt_tokens, ledger.completion_tokens],
      ['upstream_failed', log.promptTokens, 3],
    );
    assert.deepEqual([log.outcome, log.completionTokens], ['failed', 3]);
  }
});

test('a client that leaves a stream pays exactly what the engine made', async (t) => {
  const { own, client } = await served(t, true);
  const stream = await client.messages.create({ ...ask, stream: true });
  let seen = 0;
  for await (const event of stream) if (event.type === 'content_block_delta' && ++seen === 5) break;
  const { ledger, log } = await own.nextAccounts('/v1/messages');
  assert.deepEqual([ledger.outcome, log.outcome], ['client_closed', 'aborted']);
  assert.ok(ledger.completion_tokens >= 5);
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens],
    [log.promptTokens, log.completionTokens],
  );
});
