/** Limits, the queue and waiting for a start, seen from a client of the gateway. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { answering, FakeAgent, type Script, startStream } from '../testing/fake-agent.ts';
import {
  AWAITED,
  eventually,
  MODEL,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../testing/test-gateway.ts';

const MESSAGES = [{ role: 'user' as const, content: 'hi' }];

async function gatewayWith(
  t: TestContext,
  script: Script,
  options: TestGatewayOptions = {},
): Promise<{ own: TestGateway; agent: FakeAgent }> {
  const agent = await new FakeAgent(script).listen();
  t.after(() => agent.close());
  return { own: await startTestGateway(t, [agent], options), agent };
}

interface Asked {
  readonly body?: object;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly key?: string;
}

function ask(own: TestGateway, { body = {}, headers = {}, signal, key = own.key }: Asked = {}) {
  return fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model: MODEL.hfId, messages: MESSAGES, ...body }),
    ...(signal ? { signal } : {}),
  });
}

async function errorOf(response: Response): Promise<{ code: string; param: string | null; message: string }> {
  return ((await response.json()) as { error: { code: string; param: string | null; message: string } })
    .error;
}

/** Answers when it is told to; counts those that are open. */
function gate() {
  const open: (() => void)[] = [];
  const script: Script = async (request, response) => {
    await new Promise<void>((resolve) => open.push(resolve));
    await answering(2)(request, response);
  };
  return { script, open, letOneGo: () => open.shift()?.() };
}

const waitingIn = (own: TestGateway) =>
  own.gateway.signals().reduce((sum, { waiting }) => sum + waiting.requests, 0);
const runningIn = (own: TestGateway) =>
  own.gateway.signals().reduce((sum, { running }) => sum + running.requests, 0);

test('a limit of requests is told in headers and refuses with the time to come again', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(1), {
    key: { limits: { requestsPerMinute: 2, tokensPerMinute: null, concurrentRequests: null } },
    organisation: { requestsPerMinute: 100 },
  });
  const first = await ask(own);
  assert.equal(first.headers.get('x-ratelimit-limit-requests'), '2');
  assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '1');
  assert.match(first.headers.get('x-ratelimit-reset-requests') ?? '', /^\d+(\.\d+)?(s|ms)$/);
  assert.equal(first.headers.get('x-ratelimit-limit-tokens'), null);
  assert.equal((await ask(own)).status, 200);
  const refused = await ask(own);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('x-should-retry'), 'true');
  assert.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0');
  const retryMs = Number(refused.headers.get('retry-after-ms'));
  assert.ok(retryMs > 0 && retryMs <= 30_000, String(retryMs));
  assert.equal(refused.headers.get('retry-after'), String(Math.ceil(retryMs / 1_000)));
  const error = await errorOf(refused);
  assert.deepEqual([error.code, error.param], ['rate_limit_exceeded', 'requests_per_minute']);
  assert.match(error.message, /2 requests per minute of this API key/);
  assert.equal(agent.received.length, 2);
  await eventually(() => own.ledger.length === 2);
  const refusedId = refused.headers.get('x-request-id');
  assert.ok(
    own.ledger.every((usage) => usage.request_id !== refusedId),
    'what was refused is in no ledger',
  );
  const metrics = await own.registry.metrics();
  assert.match(metrics, /inventiv_gateway_refusals_total\{reason="requests_per_minute"\} 1/);
});

test('an official client understands a limit', async (t) => {
  const { own } = await gatewayWith(t, answering(1), {
    organisation: { requestsPerMinute: 1 },
  });
  const client = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 });
  const call = () => client.chat.completions.create({ model: MODEL.hfId, messages: MESSAGES });
  await call();
  await assert.rejects(call(), (error: unknown) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'rate_limit_exceeded');
    assert.match(error.message, /your organisation/);
    return true;
  });
});

test('many at once get exactly as many as the limit allows', async (t) => {
  const { own } = await gatewayWith(t, answering(1), {
    key: { limits: { requestsPerMinute: 50, tokensPerMinute: null, concurrentRequests: null } },
  });
  const begin = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const response = await ask(own);
      await response.text();
      return response.status;
    }),
  );
  const served = answers.filter((status) => status === 200).length;
  // While they come a few flow back, on a slow machine more.
  const flowed = Math.ceil(((performance.now() - begin) / 60_000) * 50);
  assert.ok(served >= 50 && served <= 50 + flowed, `${served} ${flowed}`);
  assert.equal(answers.filter((status) => status === 429).length, 200 - served);
});

test('tokens are settled with what was really used', async (t) => {
  const { own } = await gatewayWith(t, answering(3), {
    key: { limits: { requestsPerMinute: null, tokensPerMinute: 1_000, concurrentRequests: null } },
  });
  const remaining = async () => {
    const response = await ask(own, { body: { max_tokens: 400 } });
    await response.text();
    return Number(response.headers.get('x-ratelimit-remaining-tokens'));
  };
  const first = await remaining();
  assert.ok(first > 500 && first <= 600, String(first));
  // The first one used 8 tokens, not 400 and more.
  const second = await remaining();
  assert.ok(second > 500, String(second));
  const tooLarge = await ask(own, { body: { messages: [{ role: 'user', content: 'x'.repeat(9_000) }] } });
  assert.equal(tooLarge.status, 400);
  assert.equal(tooLarge.headers.get('x-should-retry'), 'false');
  assert.equal((await errorOf(tooLarge)).param, 'tokens_per_minute');
});

test('what a worker failed to do burns nothing', async (t) => {
  const { own, agent } = await gatewayWith(t, (_, response) => void response.destroy(), {
    key: { limits: { requestsPerMinute: 1, tokensPerMinute: 2_000, concurrentRequests: null } },
  });
  for (let i = 0; i < 3; i++) assert.equal((await ask(own)).status, 503);
  agent.script = answering(1);
  assert.equal((await ask(own)).status, 200);
});

test('as many run at once as the key allows, and every way to end makes room', async (t) => {
  const { script, open, letOneGo } = gate();
  const { own } = await gatewayWith(t, script, {
    key: { limits: { requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: 2 } },
  });
  const leaving = new AbortController();
  const first = ask(own);
  const second = ask(own, { signal: leaving.signal }).catch(() => undefined);
  await eventually(() => open.length === 2);
  const refused = await ask(own);
  assert.equal(refused.status, 429);
  assert.equal((await errorOf(refused)).param, 'concurrent_requests');
  leaving.abort();
  await second;
  await eventually(() => runningIn(own) === 1);
  const again = ask(own);
  await eventually(() => open.length === 3);
  while (open.length > 0) letOneGo();
  assert.equal((await first).status, 200);
  assert.equal((await again).status, 200);
  await eventually(() => runningIn(own) === 0);
});

test('when workers are full requests wait, the higher priority first', async (t) => {
  const { script, open, letOneGo } = gate();
  const { own, agent } = await gatewayWith(t, script, { routing: { inFlightMax: 1 } });
  const asked = (name: string, priority?: string) =>
    ask(own, { body: { user: name }, headers: priority ? { 'x-inventiv-priority': priority } : {} });
  const all = [asked('running')];
  await eventually(() => open.length === 1);
  for (const [name, priority] of [
    ['batch', 'batch'],
    ['normal', 'normal'],
    ['clamped', 'high'],
  ]) {
    all.push(asked(name as string, priority));
    await eventually(() => waitingIn(own) === all.length - 1);
  }
  const metrics = await own.registry.metrics();
  assert.match(metrics, /inventiv_gateway_queue_requests\{model="org\/m",priority="batch"\} 1/);
  assert.match(metrics, /inventiv_gateway_queue_requests\{model="org\/m",priority="normal"\} 2/);
  for (let i = 1; i <= all.length; i++) {
    await eventually(() => open.length === 1);
    letOneGo();
    await eventually(() => agent.received.length === Math.min(all.length, i + 1));
  }
  assert.deepEqual(
    agent.received.map(({ body }) => body['user']),
    ['running', 'normal', 'clamped', 'batch'],
  );
  for (const response of await Promise.all(all)) assert.equal(response.status, 200);
});

test('whose time is over is refused, and who leaves is out of the queue', async (t) => {
  const { script, open, letOneGo } = gate();
  const { own, agent } = await gatewayWith(t, script, { routing: { inFlightMax: 1 } });
  const running = ask(own);
  await eventually(() => open.length === 1);
  const late = await ask(own, { headers: { 'x-inventiv-deadline-ms': '30' } });
  assert.equal(late.status, 429);
  assert.equal((await errorOf(late)).code, 'queue_timeout');
  assert.ok(Number(late.headers.get('retry-after')) >= 1);
  const leaving = new AbortController();
  const gone = ask(own, { signal: leaving.signal }).catch(() => 'left');
  await eventually(() => waitingIn(own) === 1);
  leaving.abort();
  assert.equal(await gone, 'left');
  await eventually(() => waitingIn(own) === 0);
  letOneGo();
  assert.equal((await running).status, 200);
  assert.equal(agent.received.length, 1);
  await eventually(() => own.ledger.length === 1);
  await eventually(() => runningIn(own) === 0);
});

test('a full queue refuses at once, and the organisation that floods it gives way', async (t) => {
  const { script, open, letOneGo } = gate();
  const { own } = await gatewayWith(t, script, {
    routing: { inFlightMax: 1 },
    settings: { GATEWAY_QUEUE_REQUESTS_MAX: '3' },
  });
  const all = [ask(own)];
  await eventually(() => open.length === 1);
  for (let i = 1; i <= 3; i++) {
    all.push(ask(own));
    await eventually(() => waitingIn(own) === i);
  }
  const refused = await ask(own);
  assert.equal(refused.status, 429);
  assert.equal((await errorOf(refused)).code, 'queue_full');
  for (let i = 0; i < 4; i++) {
    await eventually(() => open.length === 1);
    letOneGo();
  }
  for (const response of await Promise.all(all)) assert.equal(response.status, 200);
});

test('wishes that cannot be read are refused with the header that is wrong', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(1));
  for (const [name, value] of [
    ['x-inventiv-priority', 'urgent'],
    ['x-inventiv-deadline-ms', '0'],
    ['x-inventiv-deadline-ms', '-5'],
    ['x-inventiv-deadline-ms', '1e3'],
    ['x-inventiv-wait', 'yes'],
  ]) {
    const refused = await ask(own, { headers: { [name as string]: value as string } });
    assert.equal(refused.status, 400, `${name}: ${value}`);
    assert.equal((await errorOf(refused)).param, name);
  }
  assert.equal(agent.received.length, 0);
});

test('a model that is starting says when to come again, and nobody waits unasked', async (t) => {
  const { own } = await gatewayWith(t, answering(1), { awaited: { isStarting: true, readyInMs: 42_000 } });
  const refused = await ask(own, { body: { model: AWAITED.hfId } });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '42');
  assert.equal(refused.headers.get('x-should-retry'), 'true');
  const error = await errorOf(refused);
  assert.equal(error.code, 'model_starting');
  assert.match(error.message, /usually ready in 42s/);
});

test('a gap of a moment is waited for unasked: the only worker is silent, or another is nearly ready', async (t) => {
  for (const awaited of [{ isStarting: false }, { isStarting: true, readyInMs: 3_000 }]) {
    const { own, agent } = await gatewayWith(t, answering(1), { awaited });
    if (!awaited.isStarting) await own.serve(AWAITED, agent, 12_000);
    const waits = ask(own, { body: { model: AWAITED.hfId } });
    await eventually(() => waitingIn(own) === 1);
    await own.serve(AWAITED, agent);
    assert.equal((await waits).status, 200);
  }
  const { own, agent } = await gatewayWith(t, answering(1));
  await own.serve(AWAITED, agent, 12_000);
  const headers = { 'x-inventiv-deadline-ms': '200' };
  const refused = await ask(own, { body: { model: AWAITED.hfId }, headers });
  assert.equal(refused.status, 503, 'nobody came back in time');
  assert.equal((await errorOf(refused)).code, 'model_not_ready');
});

test('a stream that asked to wait is held with comments through the start', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(3), {
    awaited: { isStarting: true },
    settings: { GATEWAY_WAIT_COMMENT_MS: '20' },
  });
  const response = await ask(own, {
    body: { model: AWAITED.hfId, stream: true },
    headers: { 'x-inventiv-wait': 'true' },
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let text = '';
  while (!text.includes(': waiting')) text += (await reader.read()).value ?? '';
  await own.serve(AWAITED, agent);
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  assert.match(text, /^(: waiting for the model to start\n\n)+data: \{/);
  assert.match(text, /t1 .*t2 .*t3 /s);
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.equal(usage.completion_tokens, 3);
});

test('an official client reads a held stream as any other', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(3), {
    key: { waitsForStart: true },
    awaited: { isStarting: true },
    settings: { GATEWAY_WAIT_COMMENT_MS: '20' },
  });
  const client = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: AWAITED.hfId,
    messages: MESSAGES,
    stream: true,
  });
  await own.serve(AWAITED, agent);
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  assert.equal(text, 't1 t2 t3 ');
});

test('what fails after a held stream began is an event of it, and no end marker follows', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(1), {
    awaited: { isStarting: true },
    settings: { GATEWAY_WAIT_COMMENT_MS: '10' },
  });
  const held = (deadlineMs: number) =>
    ask(own, {
      body: { model: AWAITED.hfId, stream: true },
      headers: { 'x-inventiv-wait': 'true', 'x-inventiv-deadline-ms': String(deadlineMs) },
    });
  const late = await held(4_000);
  assert.equal(late.status, 200);
  const text = await late.text();
  assert.match(text, /\n\ndata: \{"error":\{.*"code":"model_starting"\}\}\n\n$/);
  assert.ok(!text.includes('[DONE]'));
  assert.equal(own.ledger.length, 0, 'it was never admitted');

  // The engine refuses it with a plain answer, which the stream can only carry as an event.
  agent.script = (_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"too long","type":"invalid_request_error","param":null,"code":400}}');
  };
  const refused = await held(60_000);
  await own.serve(AWAITED, agent);
  const answer = await refused.text();
  assert.match(answer, /\n\ndata: \{"error":\{"message":"too long".*\n\n$/);
  assert.equal((await own.usageOf(refused.headers.get('x-request-id') ?? '')).outcome, 'rejected');
});

test('a whole answer that asked to wait comes when the model is there', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(2), { awaited: { isStarting: true } });
  const asked = ask(own, { body: { model: AWAITED.hfId }, headers: { 'x-inventiv-wait': 'true' } });
  await eventually(() => waitingIn(own) === 1);
  await own.serve(AWAITED, agent);
  assert.equal((await asked).status, 200);
});

test('at the end of the gateway those that wait are told to come again, at once', async (t) => {
  const { script, open, letOneGo } = gate();
  const { own } = await gatewayWith(t, script, { routing: { inFlightMax: 1 } });
  const running = ask(own);
  await eventually(() => open.length === 1);
  const waiting = ask(own);
  await eventually(() => waitingIn(own) === 1);
  const stopped = own.gateway.stop();
  const refused = await waiting;
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('x-should-retry'), 'true');
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  letOneGo();
  // What runs has its own grace, which a slow machine may use up.
  await (await running).text();
  await stopped;
});

test('a key reaches its models and its scopes only', async (t) => {
  const list = async (own: TestGateway) => {
    const response = await fetch(`${own.url}/v1/models`, { headers: { 'x-api-key': own.key } });
    return { status: response.status, body: (await response.json()) as { data?: { id: string }[] } };
  };
  const { own } = await gatewayWith(t, answering(1), { key: { models: ['org/other', AWAITED.id] } });
  const refused = await ask(own);
  assert.equal(refused.status, 403);
  assert.equal((await errorOf(refused)).code, 'api_key.model_not_allowed');
  assert.deepEqual((await list(own)).body.data, []);
  assert.equal((await ask(own, { body: { model: 'org/none' } })).status, 404);

  const reading = await gatewayWith(t, answering(1), {
    key: { scopes: ['models.read'], models: [MODEL.id] },
  });
  assert.equal((await list(reading.own)).body.data?.[0]?.id, MODEL.hfId);
  const denied = await ask(reading.own);
  assert.equal(denied.status, 403);
  assert.equal((await errorOf(denied)).code, 'api_key.scope_missing');

  const asking = await gatewayWith(t, answering(1), { key: { scopes: ['inference'], models: [MODEL.hfId] } });
  assert.equal((await ask(asking.own)).status, 200);
  assert.equal((await list(asking.own)).status, 403);
});

test('a stream that breaks, or whose client leaves, leaves nothing behind in queue and limits', async (t) => {
  const { own, agent } = await gatewayWith(
    t,
    (_, response) => {
      startStream(response);
      response.write('data: {"choices":[]}\n\n');
    },
    {
      key: { limits: { requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: 1 } },
      routing: { inFlightMax: 1 },
    },
  );
  for (let i = 0; i < 5; i++) {
    const leaving = new AbortController();
    const response = await ask(own, { body: { stream: true }, signal: leaving.signal });
    assert.equal(response.status, 200);
    leaving.abort();
    await eventually(() => runningIn(own) === 0);
  }
  agent.script = answering(1);
  const last = await ask(own);
  assert.equal(last.status, 200);
});

test('hundreds at once through a few places: each is answered once, and nothing is left behind', async (t) => {
  let running = 0;
  let most = 0;
  const { own, agent } = await gatewayWith(
    t,
    async (request, response) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      await answering(2)(request, response);
    },
    { routing: { inFlightMax: 3 }, settings: { GATEWAY_QUEUE_WAIT_MS: '120000' } },
  );
  const leaving = new AbortController();
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const body = { stream: i % 3 === 0, max_tokens: (i % 7) * 100 };
      const priority = ['batch', 'low', 'normal'][i % 3] as string;
      const signal = i % 10 === 0 ? { signal: leaving.signal } : {};
      if (i === 150) leaving.abort();
      return ask(own, { body, headers: { 'x-inventiv-priority': priority }, ...signal }).then(
        async (response) => {
          await response.text();
          return response.status;
        },
        () => 'left',
      );
    }),
  );
  assert.ok(most <= 3, String(most));
  assert.ok(outcomes.every((outcome) => outcome === 200 || outcome === 'left'));
  assert.ok(outcomes.filter((outcome) => outcome === 200).length >= 180);
  await eventually(() => runningIn(own) === 0 && waitingIn(own) === 0, 20_000);
  assert.ok(agent.received.length <= 200);
});

test('who leaves a held stream is out of the queue, and what comes then is not held up', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(1), {
    awaited: { isStarting: true },
    settings: { GATEWAY_WAIT_COMMENT_MS: '10' },
  });
  const leaving = new AbortController();
  const response = await ask(own, {
    body: { model: AWAITED.hfId, stream: true },
    headers: { 'x-inventiv-wait': 'true' },
    signal: leaving.signal,
  });
  assert.equal(response.status, 200);
  assert.equal(waitingIn(own), 1);
  leaving.abort();
  await eventually(() => waitingIn(own) === 0);
  await own.serve(AWAITED, agent);
  await eventually(() => own.gateway.signals().some(({ workers }) => workers === 1));
  assert.equal((await ask(own, { body: { model: AWAITED.hfId } })).status, 200);
  assert.equal(agent.received.length, 1);
});
