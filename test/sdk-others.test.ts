/** Vercel's AI SDK and LangChain, with the packages that people point at such a gateway. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI, type ChatOpenAIFields, OpenAIEmbeddings } from '@langchain/openai';
import { APICallError, embedMany, generateObject, generateText, jsonSchema, streamText, tool } from 'ai';
import { MODEL, misspelt, type ServedEngine, startServedEngine } from './served-engine.ts';

const prompt = 'What is a queue? 漢字';
const SCHEMA = {
  type: 'object',
  properties: { days: { type: 'integer', minimum: 2, maximum: 5 } },
  required: ['days'],
  additionalProperties: false,
} as const;

interface Trip {
  readonly days: number;
}

/** What LangChain adds to a message, which its types lose on the way. */
interface Metered {
  readonly usage_metadata?: { readonly output_tokens: number };
}

const isTrip = (value: unknown): boolean => {
  const { days } = value as Trip;
  return days >= 2 && days <= 5;
};

function vercel({ gateway }: ServedEngine, apiKey = gateway.key) {
  return createOpenAICompatible({
    name: 'inventiv',
    baseURL: `${gateway.url}/v1`,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}

function langChain({ gateway }: ServedEngine, fields: ChatOpenAIFields = {}) {
  return new ChatOpenAI({
    model: MODEL.hfId,
    apiKey: gateway.key,
    maxRetries: 0,
    configuration: { baseURL: `${gateway.url}/v1` },
    ...fields,
  });
}

/** Equal in the ledger and in the engine's own log. */
async function completionTokens(own: ServedEngine): Promise<number> {
  const { ledger, log } = await own.nextAccounts('/v1/chat/completions');
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens],
    [log.promptTokens, log.completionTokens],
  );
  return ledger.completion_tokens;
}

test('the AI SDK: text, stream, usage, tools, objects, embeddings', async (t: TestContext) => {
  const own = await startServedEngine(t);
  const provider = vercel(own);
  const model = provider(MODEL.hfId);
  const whole = await generateText({ model, prompt, maxRetries: 0 });
  assert.equal(whole.usage.outputTokens, await completionTokens(own));
  const stream = streamText({ model, prompt, maxRetries: 0 });
  let text = '';
  for await (const part of stream.textStream) text += part;
  assert.equal(text, whole.text);
  assert.equal((await stream.usage).outputTokens, await completionTokens(own));

  const travel = tool({ description: 'Go', inputSchema: jsonSchema<Trip>(SCHEMA), execute: isTrip });
  const called = await generateText({
    model,
    prompt,
    tools: { travel },
    toolChoice: 'required',
    maxRetries: 0,
  });
  assert.equal(called.finishReason, 'tool-calls');
  assert.ok(isTrip(called.toolCalls[0]?.input), JSON.stringify(called.toolCalls));
  const { object } = await generateObject({ model, prompt, schema: jsonSchema(SCHEMA), maxRetries: 0 });
  assert.ok(isTrip(object), JSON.stringify(object));
  const embedding = provider.textEmbeddingModel(MODEL.hfId);
  const { embeddings } = await embedMany({ model: embedding, values: ['a', 'b'], maxRetries: 0 });
  assert.equal(embeddings.length, 2);
});

test('the AI SDK: errors and retries', async (t: TestContext) => {
  const own = await startServedEngine(t, true);
  const failure = async (model: Parameters<typeof generateText>[0]['model']) => {
    const error: unknown = await generateText({ model, prompt, maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    );
    assert.ok(APICallError.isInstance(error), String(error));
    return error;
  };
  const wrongKey = await failure(vercel(own, misspelt(own.gateway.key))(MODEL.hfId));
  assert.deepEqual([wrongKey.statusCode, wrongKey.isRetryable], [401, false]);
  assert.match(wrongKey.message, /API key/);
  assert.equal((await failure(vercel(own)('org/none'))).statusCode, 404);
  const awaited = await failure(vercel(own)('org/awaited'));
  assert.deepEqual([awaited.statusCode, awaited.isRetryable], [503, true]);
  await own.breakNext({ kind: 'reject', status: 503 });
  const retried = await generateText({ model: vercel(own)(MODEL.hfId), prompt, maxRetries: 1 });
  assert.notEqual(retried.text, '');
});

test('the AI SDK: who leaves a stream pays exactly what the engine made', async (t: TestContext) => {
  const own = await startServedEngine(t, true);
  const leaving = new AbortController();
  const stream = streamText({
    model: vercel(own)(MODEL.hfId),
    prompt: 'Tell me everything',
    abortSignal: leaving.signal,
    maxRetries: 0,
  });
  let seen = 0;
  for await (const part of stream.fullStream) {
    if (part.type === 'text-delta' && ++seen === 5) leaving.abort();
  }
  const { ledger, log } = await own.nextAccounts('/v1/chat/completions');
  assert.deepEqual([ledger.outcome, log.outcome], ['client_closed', 'aborted']);
  assert.deepEqual(
    [ledger.prompt_tokens, ledger.completion_tokens],
    [log.promptTokens, log.completionTokens],
  );
});

test('LangChain: text, stream, usage, tools, structured output, embeddings, errors', async (t: TestContext) => {
  const own = await startServedEngine(t);
  const chat = langChain(own);
  const whole = await chat.invoke(prompt);
  assert.equal((whole as unknown as Metered).usage_metadata?.output_tokens, await completionTokens(own));
  let text = '';
  let streamedTokens = 0;
  for await (const part of await chat.stream(prompt)) {
    text += part.text;
    streamedTokens += (part as unknown as Metered).usage_metadata?.output_tokens ?? 0;
  }
  assert.equal(text, whole.text);
  assert.equal(streamedTokens, await completionTokens(own));

  const travel = { type: 'function' as const, function: { name: 'travel', parameters: SCHEMA } };
  const called = await chat.bindTools([travel], { tool_choice: 'required' }).invoke(prompt);
  assert.ok(isTrip(called.tool_calls?.[0]?.args), JSON.stringify(called.tool_calls));
  const structured = chat.withStructuredOutput({ title: 'trip', ...SCHEMA }, { method: 'jsonSchema' });
  assert.ok(isTrip(await structured.invoke(prompt)));
  const embeddings = new OpenAIEmbeddings({
    model: MODEL.hfId,
    apiKey: own.gateway.key,
    configuration: { baseURL: `${own.gateway.url}/v1` },
  });
  assert.equal((await embeddings.embedDocuments(['a', 'b'])).length, 2);

  const statusOf = (asking: ChatOpenAI) =>
    asking.invoke(prompt).then(
      () => assert.fail('it was not refused'),
      ({ status }: { status?: number }) => status,
    );
  assert.equal(await statusOf(langChain(own, { apiKey: 'inv_key_none' })), 401);
  assert.equal(await statusOf(langChain(own, { model: 'org/none' })), 404);
});
