import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { signWebBearer } from '#identity/web-bearer.ts';
import type { SessionId } from '#kernel/ids.ts';
import { decodeFrames } from './journal/frames.ts';
import {
  answering,
  chunkOf,
  closingChunk,
  DONE,
  FakeAgent,
  refuse,
  type Script,
  startStream,
} from './testing/fake-agent.ts';
import {
  AWAITED,
  atRest,
  eventually,
  MODEL,
  misspelt,
  ORG,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  USER,
  WEB_BEARER_KEY,
} from './testing/test-gateway.ts';

const STOP_LIMIT_MS = 20_000;
const MESSAGES = [{ role: 'user' as const, content: 'hi' }];

async function agentOf(t: TestContext, script: Script): Promise<FakeAgent> {
  const agent = await new FakeAgent(script).listen();
  t.after(() => agent.close());
  return agent;
}

async function gatewayWith(
  t: TestContext,
  script: Script,
  options: TestGatewayOptions = {},
): Promise<{ own: TestGateway; agent: FakeAgent; client: OpenAI }> {
  const agent = await agentOf(t, script);
  const own = await startTestGateway(t, [agent], options);
  return { own, agent, client: clientOf(own) };
}

function clientOf(own: TestGateway, apiKey = own.key): OpenAI {
  return new OpenAI({ baseURL: `${own.url}/v1`, apiKey, maxRetries: 0 });
}

function post(own: TestGateway, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

test('an official client streams, and the ledger has the exact usage under the id it was told', async (t) => {
  const { own, agent, client } = await gatewayWith(t, answering(3));
  const { data: stream, response } = await client.chat.completions
    .create({ model: MODEL.hfId, messages: MESSAGES, stream: true })
    .withResponse();
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content).join(''), 't1 t2 t3 ');
  assert.ok(chunks.every((chunk) => chunk.usage === undefined && chunk.choices.length === 1));
  const id = response.headers.get('x-request-id') ?? '';
  assert.equal(response.headers.get('request-id'), id);
  const usage = await own.usageOf(id);
  assert.equal(usage.outcome, 'completed');
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens], [5, 3, 2]);
  assert.deepEqual(
    [usage.org_id, usage.api_key_id, usage.user_id, usage.streamed],
    [ORG, 'key_a', USER, true],
  );
  assert.ok(usage.ttft_ms !== null && usage.ended_at_ms >= usage.started_at_ms);
  const [received] = agent.received;
  assert.equal(received?.id, id);
  assert.deepEqual(received?.body['stream_options'], { include_usage: true, continuous_usage_stats: true });
  await eventually(() => agent.acknowledged.includes(id));
});

test('a whole answer passes byte for byte, and a model may be named by our id', async (t) => {
  const { own, agent } = await gatewayWith(t, answering(4));
  const response = await post(own, { model: MODEL.id, messages: MESSAGES });
  const text = await response.text();
  assert.equal(response.status, 200);
  assert.equal((JSON.parse(text) as { id: string }).id, response.headers.get('x-request-id'));
  assert.equal(agent.received[0]?.body['model'], MODEL.hfId);
  assert.equal((await own.usageOf(response.headers.get('x-request-id') ?? '')).completion_tokens, 4);
});

test('the close record is in the journal before the client has the last byte', async (t) => {
  const { own } = await gatewayWith(t, answering(2));
  for (const stream of [true, false]) {
    const response = await post(own, { model: MODEL.hfId, messages: MESSAGES, stream });
    await response.text();
    const directory = join(own.dataDir, 'gateway', 'journal');
    const records = readdirSync(directory)
      .filter((name) => name.endsWith('.journal'))
      .flatMap((name) => decodeFrames(readFileSync(join(directory, name))).frames);
    const id = response.headers.get('x-request-id');
    assert.ok(records.some(({ record }) => record.kind === 'close' && record.usage.request_id === id));
  }
});

test('models are those that the caller can call now', async (t) => {
  const { own, client } = await gatewayWith(t, answering(1));
  const listed = await client.models.list();
  assert.deepEqual(
    listed.data.map((model) => model.id),
    [MODEL.hfId],
  );
  assert.equal((await client.models.retrieve(MODEL.hfId)).id, MODEL.hfId);
  const plain = await fetch(`${own.url}/v1/models/org/m`, { headers: { 'x-api-key': own.key } });
  assert.equal(((await plain.json()) as { id: string }).id, MODEL.hfId);
  assert.deepEqual((await clientOf(own, own.otherKey).models.list()).data, []);
  await assert.rejects(client.models.retrieve('org/none'), OpenAI.NotFoundError);
});

test('official clients understand each refusal', async (t) => {
  const { own, client, agent } = await gatewayWith(t, answering(1));
  const ask = (asking: OpenAI, model: string) =>
    asking.chat.completions.create({ model, messages: MESSAGES }).then(
      () => assert.fail('it was not refused'),
      (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
    );
  const wrongKey = await ask(clientOf(own, misspelt(own.key)), MODEL.hfId);
  assert.ok(wrongKey instanceof OpenAI.AuthenticationError);
  assert.equal(wrongKey.code, 'invalid_api_key');
  assert.match(wrongKey.requestID ?? '', /^req_/);
  assert.equal((await ask(clientOf(own, own.expiredKey), MODEL.hfId)).status, 401);
  const unknown = await ask(client, 'org/none');
  assert.ok(unknown instanceof OpenAI.NotFoundError);
  assert.equal(unknown.code, 'model_not_found');
  assert.equal(unknown.param, 'model');
  assert.equal((await ask(clientOf(own, own.otherKey), MODEL.hfId)).code, 'model_not_found');
  const awaited = await ask(client, AWAITED.hfId);
  assert.equal(awaited.status, 503);
  assert.equal(awaited.code, 'model_not_ready');
  assert.equal(awaited.headers?.get('retry-after'), '5');
  assert.equal(awaited.headers?.get('x-should-retry'), 'true');
  assert.equal(agent.received.length, 0);
  assert.equal(own.ledger.length, 0);
});

test('a browser session comes with a short bearer, which ends by itself', async (t) => {
  const { own } = await gatewayWith(t, answering(1));
  const claims = { sessionId: 'sess_00000000000000000000000001' as SessionId, userId: USER, orgId: ORG };
  const ask = (expiresAtMs: number) =>
    post(
      own,
      { model: MODEL.hfId, messages: MESSAGES },
      {
        headers: {
          authorization: `Bearer ${signWebBearer(WEB_BEARER_KEY, { ...claims, expiresAtMs }).reveal()}`,
        },
      },
    );
  const response = await ask(Date.now() + 10_000);
  assert.equal(response.status, 200);
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.deepEqual([usage.api_key_id, usage.user_id], [null, USER]);
  assert.equal((await ask(Date.now() - 1)).status, 401);
  const garbage = { authorization: 'Bearer inv_web.e30.AAAA' };
  assert.equal((await post(own, {}, { headers: garbage })).status, 401);
});

test('a client that leaves a stream stops the worker within a second, and pays what was produced', async (t) => {
  const { own, agent } = await gatewayWith(t, async (request, response) => {
    startStream(response);
    response.write(chunkOf(request.id, 'a', 1));
    response.on('close', () => agent.setTally(request.id, 7));
  });
  const leaving = new AbortController();
  const response = await post(
    own,
    { model: MODEL.hfId, messages: MESSAGES, stream: true },
    {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${own.key}` },
    },
  );
  await response.body?.getReader().read();
  const leftAt = performance.now();
  leaving.abort();
  const cancelledAt = await eventually(() => agent.received[0]?.cancelledAt);
  assert.ok(cancelledAt - leftAt < 1_000, `${cancelledAt - leftAt} ms`);
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.deepEqual([usage.outcome, usage.completion_tokens, usage.cached_tokens], ['client_closed', 7, 2]);
});

test('a client that leaves before a whole answer stops the worker too', async (t) => {
  const { own, agent } = await gatewayWith(t, (request, response) => {
    response.on('close', () => agent.setTally(request.id, 9));
  });
  const leaving = new AbortController();
  const answer = post(
    own,
    { model: MODEL.hfId, messages: MESSAGES },
    {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${own.key}` },
    },
  );
  const received = await eventually(() => agent.received[0]);
  leaving.abort();
  await assert.rejects(answer);
  await eventually(() => received.cancelledAt);
  const usage = await own.usageOf(received.id);
  assert.deepEqual([usage.outcome, usage.completion_tokens], ['client_closed', 9]);
});

test('a count that is still open is asked for until it is closed', async (t) => {
  const { own, agent } = await gatewayWith(t, (request, response) => {
    agent.setTally(request.id, 1, 'open');
    response.on('close', () => setTimeout(() => agent.setTally(request.id, 30), 100));
  });
  const leaving = new AbortController();
  const answer = post(
    own,
    { model: MODEL.hfId, messages: MESSAGES },
    {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${own.key}` },
    },
  );
  const received = await eventually(() => agent.received[0]);
  leaving.abort();
  await assert.rejects(answer);
  assert.equal((await own.usageOf(received.id)).completion_tokens, 30);
  assert.ok(agent.asked > 1);
});

test('a stream that breaks ends with an error event and without an end marker', async (t) => {
  const breaks: Script[] = [
    (_request, response) => void response.destroy(),
    // A polite end without the marker is a break as well.
    (_request, response) => void response.end(),
  ];
  for (const end of breaks) {
    const { own, agent, client } = await gatewayWith(t, async (request, response) => {
      startStream(response);
      response.write(chunkOf(request.id, 'a', 1) + chunkOf(request.id, 'b', 2));
      agent.setTally(request.id, 3, 'failed');
      setTimeout(() => end(request, response), 20);
    });
    const seen: string[] = [];
    const stream = await client.chat.completions.create({
      model: MODEL.hfId,
      messages: MESSAGES,
      stream: true,
    });
    await assert.rejects(async () => {
      for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? '');
    }, /broke off/);
    assert.deepEqual(seen, ['a', 'b']);
    const usage = await own.usageOf(agent.received[0]?.id ?? '');
    assert.deepEqual(
      [usage.outcome, usage.error_code, usage.completion_tokens],
      ['upstream_failed', 'upstream.broken_stream', 3],
    );
    const raw = await (await post(own, { model: MODEL.hfId, messages: MESSAGES, stream: true })).text();
    assert.ok(!raw.includes('[DONE]'));
    assert.match(
      raw,
      /data: \{"error":\{"message":"[^"]+","type":"[^"]+","param":null,"code":"[^"]+"\}\}\n\n$/,
    );
  }
});

test('an error of the engine inside a stream passes as it is and counts as a failure', async (t) => {
  const failure =
    'data: {"error":{"message":"boom","type":"InternalServerError","param":null,"code":500}}\n\n';
  const { own } = await gatewayWith(t, (request, response) => {
    startStream(response);
    response.end(chunkOf(request.id, 'a', 1) + failure + DONE);
  });
  const response = await post(own, { model: MODEL.hfId, messages: MESSAGES, stream: true });
  assert.ok((await response.text()).endsWith(failure + DONE));
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.deepEqual([usage.outcome, usage.completion_tokens], ['upstream_failed', 1]);
});

test('before the first byte another worker takes over: one is gone, one drains, one refuses our token', async (t) => {
  const good = await agentOf(t, answering(2));
  const gone = await new FakeAgent(answering(1)).listen();
  const draining = await agentOf(t, (_request, response) => refuse(response, 503, 'worker_not_serving'));
  for (const bad of [gone, draining]) {
    const own = await startTestGateway(t, [bad, good]);
    if (bad === gone) await gone.close();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(own, { model: MODEL.hfId, messages: MESSAGES })),
    );
    assert.deepEqual(
      answers.map((answer) => answer.status),
      Array(8).fill(200),
    );
    await eventually(() => own.ledger.length === 8);
    assert.ok(
      own.ledger.every((record) => record.instance_id?.endsWith('2') && record.outcome === 'completed'),
    );
  }
});

test('what the engine itself refuses is not sent again, and is recorded as refused', async (t) => {
  const refusals: [number, string, string, string][] = [
    [
      400,
      '{"error":{"message":"too long","type":"BadRequestError","param":null,"code":400}}',
      'rejected',
      'too long',
    ],
    [422, '{"object":"error","message":"flat","type":"X","code":422}', 'rejected', 'flat'],
    [500, '<html>', 'upstream_failed', 'The model refused the request.'],
  ];
  for (const [status, body, outcome, message] of refusals) {
    const script: Script = (_request, response) => void response.writeHead(status).end(body);
    const agents = [await agentOf(t, script), await agentOf(t, script)];
    const own = await startTestGateway(t, agents);
    const response = await post(own, { model: MODEL.hfId, messages: MESSAGES });
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as { error: { message: string } }).error.message, message);
    assert.equal(
      agents.reduce((sum, agent) => sum + agent.received.length, 0),
      1,
    );
    const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
    assert.deepEqual([usage.outcome, usage.http_status, usage.completion_tokens], [outcome, status, 0]);
  }
});

test('when no worker can be reached the client is told to try again, and the failure is recorded', async (t) => {
  const gone = await new FakeAgent(answering(1)).listen();
  const own = await startTestGateway(t, [gone]);
  await gone.close();
  const startedAt = performance.now();
  const response = await post(own, { model: MODEL.hfId, messages: MESSAGES, stream: true });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('x-should-retry'), 'true');
  assert.ok(performance.now() - startedAt < 10_000, 'nobody waits for a limit');
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.deepEqual([usage.outcome, usage.error_code], ['upstream_failed', 'upstream.failed']);
});

test('a worker that never answers, or falls silent, is given up in time', async (t) => {
  const limits = { firstByteMs: 200, idleMs: 200 };
  const silent = await gatewayWith(t, (_request, response) => startStream(response), { limits });
  const never = await post(silent.own, { model: MODEL.hfId, messages: MESSAGES, stream: true });
  assert.equal(never.status, 504);
  assert.equal(((await never.json()) as { error: { code: string } }).error.code, 'upstream.timeout');
  const stalled = await gatewayWith(
    t,
    (request, response) => {
      startStream(response);
      response.write(chunkOf(request.id, 'a', 1));
    },
    { limits },
  );
  const broken = await post(stalled.own, { model: MODEL.hfId, messages: MESSAGES, stream: true });
  assert.match(await broken.text(), /"code":"upstream.timeout"/);
  await eventually(() => stalled.agent.received[0]?.cancelledAt);
});

test('a client that reads slowly holds the engine back instead of filling the memory', async (t) => {
  let written = 0;
  const { own, agent } = await gatewayWith(t, async (request, response) => {
    startStream(response);
    const piece = chunkOf(request.id, 'x'.repeat(60_000), 1);
    for (let i = 0; i < 400 && !response.destroyed; i++) {
      written += piece.length;
      if (!response.write(piece)) {
        await once(response, 'drain');
      }
    }
    response.end(closingChunk(request.id, 1) + DONE);
  });
  const leaving = new AbortController();
  const response = await post(
    own,
    { model: MODEL.hfId, messages: MESSAGES, stream: true },
    {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${own.key}` },
    },
  );
  const reader = response.body?.getReader();
  await reader?.read();
  // However slow the machine is: what is taken for a reader who does not read comes to rest, far from all of it.
  await atRest(() => written);
  assert.ok(written < 16_000_000, `${written} bytes were taken from the engine`);
  let size = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    size += part.value.length;
  assert.ok(size > 23_000_000, String(size));
  assert.equal(agent.received[0]?.cancelledAt, undefined);
});

test('a stop lets open answers finish, and ends what takes too long with a clear error', async (t) => {
  const { own, agent } = await gatewayWith(t, async (request, response) => {
    startStream(response);
    response.write(chunkOf(request.id, 'a', 1));
    agent.setTally(request.id, 4);
    if (request.body['max_tokens'] === 1) {
      setTimeout(() => response.end(closingChunk(request.id, 2) + DONE), 300);
    }
  });
  const ask = (maxTokens: number) =>
    post(own, { model: MODEL.hfId, messages: MESSAGES, stream: true, max_tokens: maxTokens });
  const [short, long] = await Promise.all([ask(1), ask(2)]);
  const texts = Promise.all([short.text(), long.text()]);
  const startedAt = performance.now();
  await own.gateway.stop();
  assert.ok(performance.now() - startedAt < STOP_LIMIT_MS, `${performance.now() - startedAt} ms`);
  const [shortText, longText] = await texts;
  assert.ok(shortText.endsWith(DONE));
  assert.match(longText, /"code":"gateway.overloaded"/);
  const usage = await own.usageOf(long.headers.get('x-request-id') ?? '');
  assert.deepEqual([usage.outcome, usage.completion_tokens], ['upstream_failed', 4]);
});

test('more requests than allowed are turned away before anything is spent on them', async (t) => {
  const { own, agent } = await gatewayWith(t, () => {}, { limits: { requestsMax: 2 } });
  const leaving = new AbortController();
  const init = { signal: leaving.signal, headers: { authorization: `Bearer ${own.key}` } };
  const open = [1, 2].map(() =>
    post(own, { model: MODEL.hfId, messages: MESSAGES }, init).catch(() => undefined),
  );
  await eventually(() => agent.received.length === 2);
  const third = await post(own, { model: MODEL.hfId, messages: MESSAGES });
  assert.equal(third.status, 503);
  assert.equal(((await third.json()) as { error: { code: string } }).error.code, 'gateway.overloaded');
  leaving.abort();
  await Promise.all(open);
});

test('health, readiness and figures', async (t) => {
  const { own } = await gatewayWith(t, answering(1));
  assert.equal((await fetch(`${own.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${own.url}/readyz`)).status, 200);
  await (await post(own, { model: MODEL.hfId, messages: MESSAGES, stream: true })).text();
  const figures = await eventually(async () => {
    const text = await own.registry.metrics();
    return text.includes('inventiv_gateway_overhead_seconds_count') && text;
  });
  const text = await figures;
  assert.match(
    String(text),
    /requests_total\{endpoint="\/v1\/chat\/completions",status="200",model="org\/m"\} 1/,
  );
});
