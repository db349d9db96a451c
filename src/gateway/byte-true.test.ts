import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentBefore, startEngineProcess } from './testing/engine-agent.ts';
import { MODEL, startTestGateway } from './testing/test-gateway.ts';

const MESSAGES = [{ role: 'user', content: 'Say "usage": {} and 漢字, please.' }];

/** What differs between two runs of the same request: its id and the second it was made. */
function comparable(text: string): string {
  return text
    .replace(/"(id|item_id|call_id)":"[^"]*"/g, '"$1":""')
    .replace(/"(created|created_at)":\d+/g, '"$1":0');
}

test('through the gateway a client sees the bytes that the engine sends when asked directly', async (t) => {
  const engine = await startEngineProcess(MODEL.hfId);
  t.after(() => engine.stop());
  const agent = await agentBefore(engine).listen();
  t.after(() => agent.close());
  const own = await startTestGateway(t, [agent]);
  const options = [
    undefined,
    null,
    {},
    { include_usage: false },
    { include_usage: true },
    { include_usage: true, continuous_usage_stats: true },
    { continuous_usage_stats: true },
  ];
  const streamed = options.flatMap((stream_options) =>
    [
      { path: '/v1/chat/completions', body: { messages: MESSAGES, max_tokens: 12, seed: 1 } },
      { path: '/v1/chat/completions', body: { messages: MESSAGES, max_tokens: 7, n: 2, seed: 1 } },
      { path: '/v1/completions', body: { prompt: [1, 2, 3], max_tokens: 9, ignore_eos: true, seed: 1 } },
      { path: '/v1/completions', body: { prompt: ['one', 'two'], max_tokens: 4, seed: 1 } },
    ].map(({ path, body }) => ({ path, body: { ...body, model: MODEL.hfId, stream: true, stream_options } })),
  );
  const tool = { name: 'go', parameters: { type: 'object', properties: { to: { type: 'string' } } } };
  const named = [
    { path: '/v1/responses', body: { input: 'Say "usage".', max_output_tokens: 9 } },
    {
      path: '/v1/responses',
      body: { input: 'x', tools: [{ type: 'function', ...tool }], tool_choice: 'required' },
    },
    { path: '/v1/messages', body: { messages: MESSAGES, max_tokens: 9 } },
    {
      path: '/v1/messages',
      body: {
        messages: MESSAGES,
        max_tokens: 90,
        tools: [{ name: tool.name, input_schema: tool.parameters }],
        tool_choice: { type: 'any' },
      },
    },
  ].flatMap(({ path, body }) =>
    [true, false].map((stream) => ({ path, body: { ...body, model: MODEL.hfId, stream } })),
  );
  const whole = [
    ...named,
    { path: '/v1/rerank', body: { model: MODEL.hfId, query: 'a', documents: ['b "usage":{}', 'c'] } },
    { path: '/score', body: { model: MODEL.hfId, text_1: 'a', text_2: ['b', 'c'] } },
    { path: '/v1/responses', body: { model: MODEL.hfId, input: [] } },
    { path: '/v1/chat/completions', body: { model: MODEL.hfId, messages: MESSAGES, max_tokens: 8, seed: 1 } },
    { path: '/v1/completions', body: { model: MODEL.hfId, prompt: 'a', max_tokens: 8, seed: 1 } },
    { path: '/v1/embeddings', body: { model: MODEL.hfId, input: ['a', 'b'] } },
    { path: '/v1/chat/completions', body: { model: MODEL.hfId, messages: [] } },
    {
      path: '/v1/completions',
      body: { model: MODEL.hfId, prompt: 'a', stream_options: { include_usage: true } },
    },
  ];
  for (const { path, body } of [...streamed, ...whole]) {
    const text = JSON.stringify(body);
    const ask = async (port: number) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'x-api-key': own.key, 'content-type': 'application/json' },
        body: text,
      });
      return { status: response.status, text: comparable(await response.text()), response };
    };
    // The first time fills the engine's cache, of which some answers tell.
    await ask(engine.port);
    const [direct, through] = [await ask(engine.port), await ask(own.port)];
    assert.equal(through.status, direct.status, text);
    assert.equal(through.text, direct.text, text);
    const usage = await own.usageOf(through.response.headers.get('x-request-id') ?? '');
    if (direct.status !== 200) continue;
    const { stream_options: _, ...plain } = { stream_options: undefined, ...body };
    const told = await fetch(`http://127.0.0.1:${engine.port}${path}`, {
      method: 'POST',
      body: JSON.stringify({ ...plain, stream: false }),
    });
    const counts = ((await told.json()) as { usage: Record<string, number> }).usage;
    const { prompt_tokens, completion_tokens, input_tokens = 0, output_tokens = 0, ...rest } = counts;
    const prompt = prompt_tokens ?? input_tokens + (rest['cache_read_input_tokens'] ?? 0);
    assert.equal(usage.prompt_tokens, prompt, text);
    assert.equal(usage.completion_tokens, completion_tokens ?? output_tokens, text);
    assert.ok(usage.prompt_tokens > 0, text);
  }
});
