import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { RawClient, startTestEngine, type TestEngine } from './engine-fixture.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(async () => {
  await engine.close();
});

const MESSAGES = [{ role: 'user', content: 'What is a queue?' }];

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${engine.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of many shapes
  return { status: response.status, body: (await response.json()) as any, headers: response.headers };
}

async function stream(path: string, body: unknown): Promise<RawClient> {
  const client = new RawClient(engine.port);
  client.post(path, { stream: true, ...(body as object) });
  await client.until((received) => received.includes('data: [DONE]') || received.includes('"error"'));
  client.socket.destroy();
  return client;
}

test('a chat stream is role, contents, finish, [DONE], without usage when nobody asked', async () => {
  const client = await stream('/v1/chat/completions', {
    messages: MESSAGES,
    max_tokens: 4,
    ignore_eos: true,
  });
  const chunks = client.chunks();
  assert.deepEqual(
    chunks.map(({ choices }) => [choices[0]?.delta?.role, choices[0]?.finish_reason]),
    [
      ['assistant', null],
      [undefined, null],
      [undefined, null],
      [undefined, null],
      [undefined, 'length'],
    ],
  );
  assert.ok(chunks.every((chunk) => !('usage' in chunk)));
  assert.equal(client.events().at(-1), '[DONE]');
  assert.match(client.received, /content-type: text\/event-stream; charset=utf-8/);
  assert.equal(chunks[0]?.id, 'chatcmpl-req-1');
});

test('include_usage adds one chunk without choices; continuous_usage_stats adds usage to every chunk', async () => {
  const ask = { prompt: [5, 6, 7], max_tokens: 3, ignore_eos: true };
  const plain = (
    await stream('/v1/completions', { ...ask, stream_options: { include_usage: true } })
  ).chunks();
  assert.deepEqual(
    plain.map(({ choices, usage }) => [choices.length, usage?.completion_tokens]),
    [
      [1, undefined],
      [1, undefined],
      [1, undefined],
      [0, 3],
    ],
  );
  const options = { include_usage: true, continuous_usage_stats: true };
  const chunks = (
    await stream('/v1/chat/completions', {
      messages: MESSAGES,
      max_tokens: 3,
      ignore_eos: true,
      stream_options: options,
    })
  ).chunks();
  const promptTokens = chunks[0]?.usage?.prompt_tokens ?? 0;
  assert.ok(promptTokens > 3);
  assert.deepEqual(
    chunks.map(({ usage }) => [usage?.prompt_tokens, usage?.completion_tokens]),
    [0, 1, 2, 3, 3].map((completion) => [promptTokens, completion]),
  );
});

test('token ids as prompt count exactly, and a repeated prompt shows its cached tokens', async () => {
  const prompt = Array.from({ length: 7437 }, (_, i) => (i * 7919) % 50_000);
  const ask = { prompt, max_tokens: 11, ignore_eos: true };
  const first = await post('/v1/completions', ask);
  assert.deepEqual(first.body.usage, { prompt_tokens: 7437, total_tokens: 7448, completion_tokens: 11 });
  const second = await post('/v1/completions', ask);
  assert.deepEqual(second.body.usage.prompt_tokens_details, { cached_tokens: 7424 });
  assert.equal(second.body.choices[0].text, first.body.choices[0].text);
  const salted = await post('/v1/completions', { ...ask, cache_salt: 'other tenant' });
  assert.equal(salted.body.usage.prompt_tokens_details, undefined);
});

test('an answer of its own length ends with stop, and its text counts one token less, the end of text', async () => {
  const { body } = await post('/v1/chat/completions', { messages: MESSAGES });
  assert.equal(body.choices[0].finish_reason, 'stop');
  const text = body.choices[0].message.content;
  const tokens = await post('/tokenize', { prompt: text });
  assert.equal(tokens.body.count, body.usage.completion_tokens - 1);
  assert.equal((await post('/detokenize', { tokens: tokens.body.tokens })).body.prompt, text);
  const shorter = await post('/v1/chat/completions', { messages: MESSAGES, max_completion_tokens: 5 });
  assert.deepEqual(
    [shorter.body.choices[0].finish_reason, shorter.body.usage.completion_tokens],
    ['length', 5],
  );
});

test('n answers differ, several prompts answer in order, and usage sums them', async () => {
  const { body } = await post('/v1/completions', {
    prompt: ['one', [1, 2, 3]],
    n: 2,
    max_tokens: 4,
    ignore_eos: true,
  });
  assert.deepEqual(
    body.choices.map((choice: { index: number }) => choice.index),
    [0, 1, 2, 3],
  );
  assert.equal(new Set(body.choices.map((choice: { text: string }) => choice.text)).size, 4);
  assert.deepEqual([body.usage.prompt_tokens, body.usage.completion_tokens], [4, 16]);
  const chunks = (await stream('/v1/chat/completions', { messages: MESSAGES, n: 2, max_tokens: 2 })).chunks();
  assert.equal(chunks.filter(({ choices }) => choices[0]?.delta?.role === 'assistant').length, 2);
  assert.equal(chunks.filter(({ choices }) => choices[0]?.finish_reason).length, 2);
});

test('a stop text ends the answer before it, streamed or not', async () => {
  const free = await post('/v1/completions', { prompt: 'Go on', max_tokens: 60, ignore_eos: true });
  const [before = ''] = free.body.choices[0].text.split('.');
  const ask = { prompt: 'Go on', max_tokens: 60, ignore_eos: true, stop: ['.', 'never said'] };
  const { body } = await post('/v1/completions', ask);
  assert.equal(body.choices[0].text, before);
  assert.deepEqual([body.choices[0].finish_reason, body.choices[0].stop_reason], ['stop', '.']);
  const chunks = (await stream('/v1/completions', ask)).chunks();
  assert.equal(chunks.map(({ choices }) => choices[0]?.text ?? '').join(''), before);
  assert.equal(chunks.at(-1)?.choices[0]?.stop_reason, '.');
});

test('what is wrong with a request is said in vLLM’s shape', async () => {
  const cases: [string, unknown, number, string][] = [
    ['/v1/chat/completions', '{"messages": [', 400, 'BadRequestError'],
    ['/v1/chat/completions', '[]', 400, 'BadRequestError'],
    ['/v1/chat/completions', {}, 400, 'BadRequestError'],
    ['/v1/chat/completions', { messages: [] }, 400, 'BadRequestError'],
    [
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      400,
      'BadRequestError',
    ],
    ['/v1/chat/completions', { messages: MESSAGES, model: 'other' }, 404, 'NotFoundError'],
    ['/v1/chat/completions', { messages: MESSAGES, max_tokens: 0 }, 400, 'BadRequestError'],
    ['/v1/chat/completions', { messages: MESSAGES, max_tokens: 16_384 }, 400, 'BadRequestError'],
    [
      '/v1/chat/completions',
      { messages: MESSAGES, stream_options: { include_usage: true } },
      400,
      'BadRequestError',
    ],
    ['/v1/chat/completions', { messages: MESSAGES, n: 0 }, 400, 'BadRequestError'],
    ['/v1/chat/completions', { messages: MESSAGES, temperature: -1 }, 400, 'BadRequestError'],
    ['/v1/chat/completions', { messages: MESSAGES, stop: [''] }, 400, 'BadRequestError'],
    ['/v1/completions', { prompt: [] }, 400, 'BadRequestError'],
    ['/v1/completions', { prompt: [1, -2] }, 400, 'BadRequestError'],
    ['/v1/completions', { prompt: '' }, 400, 'BadRequestError'],
    ['/v1/embeddings', { input: 'x', dimensions: 0 }, 400, 'BadRequestError'],
    ['/detokenize', { tokens: 'x' }, 400, 'BadRequestError'],
    ['/v1/nothing', {}, 404, 'Not Found'],
    ['/health', {}, 405, 'Method Not Allowed'],
  ];
  for (const [path, body, status, type] of cases) {
    const answer = await post(path, body);
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.deepEqual([answer.body.error.type, answer.body.error.code], [type, status]);
    assert.equal(typeof answer.body.error.message, 'string');
    assert.ok('param' in answer.body.error);
  }
  const long = await post('/v1/completions', { prompt: Array.from({ length: 16_384 }, () => 1) });
  assert.match(
    long.body.error.message,
    /maximum context length is 16384 tokens. However, you requested 16400/,
  );
});

test('models, version, health, load and embeddings answer', async () => {
  const models = (await (await fetch(`${engine.url}/v1/models`)).json()) as { data: unknown[] };
  assert.deepEqual(
    models.data.map((model) => ({ ...(model as object), created: 0 })),
    [
      {
        id: 'acme/tiny',
        object: 'model',
        created: 0,
        owned_by: 'vllm',
        root: 'acme/tiny',
        parent: null,
        max_model_len: 16_384,
        permission: [],
      },
    ],
  );
  assert.equal((await fetch(`${engine.url}/health`)).status, 200);
  assert.deepEqual(await (await fetch(`${engine.url}/version`)).json(), { version: '0.0.0' });
  assert.deepEqual(await (await fetch(`${engine.url}/load`)).json(), { server_load: 0 });
  const input = ['the quick queue', 'the quick queue waits', 'entirely different words here'];
  const { body } = await post('/v1/embeddings', { input, model: 'acme/tiny' });
  const [a, b, c] = body.data.map((item: { embedding: number[] }) => item.embedding);
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  assert.ok(Math.abs(dot(a, a) - 1) < 1e-5 && a.length === 64);
  assert.ok(dot(a, b) > dot(a, c));
  assert.ok(body.usage.prompt_tokens > 6 && body.usage.completion_tokens === 0);
});

test('the official SDK reads chats, streams, completions, embeddings and errors', async () => {
  const client = new OpenAI({ baseURL: `${engine.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const chat = await client.chat.completions.create({
    model: 'acme/tiny',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  assert.ok((chat.choices[0]?.message.content ?? '').length > 20);
  const parts = await client.chat.completions.create({
    model: 'acme/tiny',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: unknown;
  for await (const part of parts) {
    text += part.choices[0]?.delta.content ?? '';
    usage = part.usage ?? usage;
  }
  assert.equal(text, chat.choices[0]?.message.content);
  assert.equal((usage as { completion_tokens: number }).completion_tokens, chat.usage?.completion_tokens);
  const vectors = await client.embeddings.create({ model: 'acme/tiny', input: 'Hello' });
  assert.equal(vectors.data[0]?.embedding.length, 64);
  await assert.rejects(
    client.chat.completions.create({ model: 'other', messages: [{ role: 'user', content: 'x' }] }),
    (error: unknown) => error instanceof OpenAI.NotFoundError && /`other` does not exist/.test(error.message),
  );
});

test('metrics carry vLLM’s names, labels and forms', async () => {
  await post('/v1/completions', { prompt: [1, 2, 3], max_tokens: 2, ignore_eos: true });
  const text = await (await fetch(`${engine.url}/metrics`)).text();
  const labels = 'engine="0",model_name="acme/tiny"';
  for (const name of [
    'num_requests_running',
    'num_requests_waiting',
    'kv_cache_usage_perc',
    'prompt_tokens_total',
    'generation_tokens_total',
    'num_preemptions_total',
    'prefix_cache_queries_total',
    'prefix_cache_hits_total',
    'time_to_first_token_seconds_count',
    'inter_token_latency_seconds_sum',
    'request_time_per_output_token_seconds_count',
    'e2e_request_latency_seconds_count',
    'request_queue_time_seconds_count',
    'request_inference_time_seconds_count',
    'request_prefill_time_seconds_count',
    'request_decode_time_seconds_count',
    'request_prompt_tokens_count',
    'request_generation_tokens_count',
    'request_max_num_generation_tokens_count',
    'request_params_n_count',
    'request_params_max_tokens_count',
    'iteration_tokens_total_count',
    'kv_block_lifetime_seconds_count',
    'kv_block_idle_before_evict_seconds_count',
    'kv_block_reuse_gap_seconds_count',
  ]) {
    assert.ok(new RegExp(`^vllm:${name}\\{${labels}\\} [0-9.e-]+$`, 'm').test(text), name);
  }
  assert.match(
    text,
    /^vllm:time_to_first_token_seconds_bucket\{engine="0",le="0\.001",model_name="acme\/tiny"\} \d+\.0$/m,
  );
  assert.match(text, /^vllm:cache_config_info\{.*block_size="16".*num_gpu_blocks="100000"\} 1\.0$/m);
  assert.match(
    text,
    /^vllm:lora_requests_info\{max_lora="0",running_lora_adapters="",waiting_lora_adapters=""\} 1\.0$/m,
  );
  assert.match(
    text,
    /^http_requests_total\{handler="\/v1\/completions",method="POST",status="2xx"\} \d+\.0$/m,
  );
  const sum = engine.tallies().reduce((total, tally) => total + tally.completionTokens, 0);
  assert.match(text, new RegExp(`^vllm:generation_tokens_total\\{${labels}\\} ${sum}\\.0$`, 'm'));
});

test('api keys guard /v1 only, and the request id is echoed when asked for', async (t) => {
  const guarded = await startTestEngine({ apiKeys: ['secret'], echoRequestId: true }, t);
  const ask = (headers: Record<string, string>) => fetch(`${guarded.url}/v1/models`, { headers });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ authorization: 'Bearer wrong' })).status, 401);
  const answer = await ask({ authorization: 'Bearer secret', 'x-request-id': 'abc' });
  assert.deepEqual([answer.status, answer.headers.get('x-request-id')], [200, 'abc']);
  assert.equal((await fetch(`${guarded.url}/health`)).status, 200);
});
