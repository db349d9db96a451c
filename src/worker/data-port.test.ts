import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { RequestTally } from '#contracts/worker.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken } from '#kernel/token.ts';
import { WorkerCondition } from './condition.ts';
import { DataPort } from './data-port.ts';
import { listenOn } from './port-server.ts';
import { TallyBook } from './tally-book.ts';
import { TallyJournal } from './tally-journal.ts';
import { type Script, ScriptedEngine } from './testing/scripted-engine.ts';
import { UnaryForms } from './unary/unary-forms.ts';

const TOKEN = 'the-data-token';
const CHAT = '/v1/chat/completions';

let engine: ScriptedEngine;
let condition: WorkerCondition;
let server: http.Server;
let port = 0;
let dir = '';
let agent: http.Agent;

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'data-port-'));
  engine = new ScriptedEngine();
  await engine.listen();
  condition = new WorkerCondition();
  condition.updateEngine({ status: 'ready', engineHttp: true });
  const env = systemEnv(SILENT_LOG);
  const data = new DataPort({
    env,
    condition,
    tallies: new TallyBook(env, new TallyJournal(dir, SILENT_LOG)),
    engine: { host: '127.0.0.1', port: engine.port },
    forms: new UnaryForms(),
    dataTokenSha256: () => hashToken(TOKEN),
  });
  ({ server, port } = await listenOn('127.0.0.1', 0, (request, response) => data.handle(request, response)));
  agent = new http.Agent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await engine.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly token?: string | null;
}

function open(call: Call): http.ClientRequest {
  const token = call.token === undefined ? TOKEN : call.token;
  const request = http.request({
    host: '127.0.0.1',
    port,
    agent,
    method: call.method ?? (call.body === undefined ? 'GET' : 'POST'),
    path: call.path,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
  });
  request.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  return request;
}

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

function responseOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

async function send(call: Call): Promise<Reply> {
  const response = await responseOf(open(call));
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

function stream(id: string, script: Script, more: Partial<Call> = {}): Call {
  return { path: CHAT, body: { stream: true, script }, headers: { 'x-request-id': id }, ...more };
}

async function tallyOf(id: string, waitMs = 4_000): Promise<RequestTally> {
  const reply = await send({ path: `/internal/usage/${id}?wait_ms=${waitMs}` });
  return JSON.parse(reply.text) as RequestTally;
}

/** Reads `count` chunks of a stream, then breaks the connection. */
async function leaveAfter(call: Call, count: number): Promise<void> {
  const request = open(call);
  request.on('error', () => undefined);
  const response = await responseOf(request);
  response.on('error', () => undefined);
  let seen = 0;
  for await (const part of response) {
    seen += String(part).split('data: ').length - 1;
    if (seen >= count) break;
  }
  request.destroy();
}

describe('the data port', { timeout: 60_000 }, () => {
  it('passes a stream on byte for byte and counts what the engine counted', async () => {
    const reply = await send(stream('req_1', { tokens: 5 }));
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(reply.text.split('\n\n').length, 8);
    assert.ok(reply.text.endsWith('data: [DONE]\n\n'));
    assert.ok(reply.text.includes('"text":"é"'));
    assert.deepEqual(await tallyOf('req_1'), {
      request_id: 'req_1',
      state: 'done',
      prompt_tokens: 11,
      completion_tokens: 5,
      cached_tokens: 4,
    });
  });

  it('counts a single answer, and passes headers that are not of the connection', async () => {
    const reply = await send({ path: CHAT, body: {}, headers: { 'x-request-id': 'req_1' } });
    assert.equal(reply.headers['x-engine'], 'yes');
    assert.match(reply.text, /"é"/);
    assert.equal((await tallyOf('req_1')).completion_tokens, 3);
  });

  it('lets nobody in without the token, not even to see what exists', async () => {
    for (const token of [null, 'wrong', '', `${TOKEN}x`]) {
      for (const path of [CHAT, '/health', '/nothing', '/internal/usage/req_1']) {
        assert.equal((await send({ path, token })).status, 401);
      }
    }
    assert.equal(engine.requests.length, 0);
  });

  it('knows only the listed paths, each with its method', async () => {
    for (const path of [
      '/invocations',
      '/metrics',
      '/v1/chat/completions/',
      '/v1/../metrics',
      '//v1/models',
      '/V1/models',
      '/v1%2fmodels',
      '/load',
    ]) {
      assert.equal((await send({ path })).status, 404, path);
    }
    const wrong = await send({ path: CHAT });
    assert.deepEqual([wrong.status, wrong.headers['allow']], [405, 'POST']);
    assert.equal((await send({ path: '/v1/models', body: {} })).status, 405);
    assert.equal(engine.requests.length, 0);
    assert.equal((await send({ path: '/v1/models?x=1' })).status, 200);
    assert.equal(engine.requests[0]?.url, '/v1/models');
  });

  it('gives the engine the request id and never the credentials', async () => {
    await send({
      path: CHAT,
      body: {},
      headers: {
        'x-request-id': 'req_1',
        cookie: 'a=b',
        'accept-encoding': 'gzip',
        traceparent: '00-1',
        'anthropic-beta': 'b1',
      },
    });
    const headers = engine.requests[0]?.headers ?? {};
    assert.equal(headers['x-request-id'], 'req_1');
    assert.equal(headers['traceparent'], '00-1');
    assert.equal(headers['anthropic-beta'], 'b1');
    for (const name of ['authorization', 'cookie', 'accept-encoding']) assert.equal(headers[name], undefined);
  });

  it('demands a request id where tokens are made', async () => {
    assert.equal((await send({ path: CHAT, body: {} })).status, 400);
    const strange = await send({ path: CHAT, body: {}, headers: { 'x-request-id': 'a b' } });
    assert.equal(strange.status, 400);
    assert.equal((await send({ path: '/tokenize', body: {} })).status, 200);
  });

  it('counts what the engine produced until it noticed that the caller had left', async () => {
    await leaveAfter(stream('req_1', { tokens: 1000, everyMs: 5, tokensAfterLeave: 7 }), 4);
    const tally = await tallyOf('req_1');
    assert.equal(tally.state, 'aborted');
    assert.equal(tally.completion_tokens, engine.produced.get('req_1'));
    assert.ok(tally.completion_tokens >= 4 + 7);
    assert.equal(condition.inFlight, 0);
  });

  it('cuts off an engine that goes on for more than two seconds after the caller has left', async () => {
    const startedAt = Date.now();
    await leaveAfter(stream('req_1', { tokens: 100_000, everyMs: 20, ignoresLeave: true }), 2);
    const tally = await tallyOf('req_1', 5_000);
    assert.equal(tally.state, 'aborted');
    const tookMs = Date.now() - startedAt;
    assert.ok(tookMs > 1_900 && tookMs < 20_000, `${tookMs} ms`);
  });

  it('notices a caller who leaves before the first token', async () => {
    const request = open(stream('req_1', { firstAfterMs: 100, tokens: 50, everyMs: 5 }));
    request.on('error', () => undefined);
    await responseOf(request);
    request.destroy();
    assert.equal((await tallyOf('req_1')).state, 'aborted');
  });

  it('does not use a half-closed connection again', async () => {
    await leaveAfter(stream('req_1', { tokens: 30, everyMs: 5, tokensAfterLeave: 100 }), 2);
    assert.equal((await tallyOf('req_1')).state, 'aborted');
    const before = engine.connections;
    assert.equal((await send(stream('req_2', {}))).status, 200);
    assert.equal(engine.connections, before + 1);
    assert.equal((await send(stream('req_3', {}))).status, 200);
    assert.equal(engine.connections, before + 1, 'a good one is kept');
  });

  it('breaks the stream of the caller when the engine breaks, and keeps the count', async () => {
    const response = await responseOf(open(stream('req_1', { tokens: 50, everyMs: 2, dieAfter: 6 })));
    await assert.rejects(async () => {
      for await (const _part of response) {
        // Reading to the break.
      }
    }, /aborted/);
    const tally = await tallyOf('req_1');
    assert.deepEqual([tally.state, tally.completion_tokens], ['failed', 6]);
  });

  it('calls a request failed whose stream carried an error, with its tokens', async () => {
    const reply = await send(stream('req_1', { tokens: 9, errorAfter: 2 }));
    assert.ok(reply.text.endsWith('data: [DONE]\n\n'));
    const tally = await tallyOf('req_1');
    assert.deepEqual([tally.state, tally.completion_tokens], ['failed', 2]);
  });

  it('says that it was the worker when the engine is not there', async () => {
    await engine.close();
    const reply = await send(stream('req_1', {}));
    assert.deepEqual([reply.status, reply.headers['x-inventiv-worker-error']], [502, 'engine_unreachable']);
    assert.equal((await tallyOf('req_1')).state, 'failed');
    await engine.listen();
  });

  it('takes no new request while draining, and lets the open one finish', async () => {
    const running = send(stream('req_1', { tokens: 20, everyMs: 5 }));
    while (condition.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    condition.withdraw('drain_ordered');
    const refused = await send(stream('req_2', {}));
    assert.deepEqual(
      [refused.status, refused.headers['x-inventiv-worker-error']],
      [503, 'worker_not_serving'],
    );
    assert.equal((await send({ path: '/v1/models' })).status, 200);
    assert.ok((await running).text.endsWith('data: [DONE]\n\n'));
    condition.resumeService();
    assert.equal((await send(stream('req_2', {}))).status, 200);
  });

  it('refuses a second request with an id that is running', async () => {
    const running = send(stream('req_1', { tokens: 20, everyMs: 5 }));
    while (condition.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal((await send(stream('req_1', {}))).status, 409);
    await running;
    assert.equal((await tallyOf('req_1')).completion_tokens, 20);
  });

  it('slows the engine down to the pace of a caller who does not read', async () => {
    const request = open(stream('req_1', { tokens: 4_000, padding: 20_000 }));
    const response = await responseOf(request);
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 700));
    const made = engine.produced.get('req_1') ?? 0;
    assert.ok(made < 2_000, `${made} chunks of 20 kB were taken in for nobody`);
    let bytes = 0;
    for await (const part of response) bytes += (part as Buffer).length;
    assert.ok(bytes > 4_000 * 20_000);
    assert.equal((await tallyOf('req_1')).completion_tokens, 4_000);
  });

  it('keeps a silent engine connected for longer than idle connections are kept', async () => {
    const reply = await send(stream('req_1', { firstAfterMs: 4_000 }));
    assert.ok(reply.text.endsWith('data: [DONE]\n\n'));
  });

  it('refuses a body that says it is too large without reading it', async () => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: CHAT,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'x-request-id': 'req_1',
        'content-length': String(100 * 1024 * 1024),
      },
    });
    request.flushHeaders();
    request.on('error', () => undefined);
    assert.equal((await responseOf(request)).statusCode, 413);
    request.destroy();
    assert.equal(engine.requests.length, 0);
  });

  it('forgets what was acknowledged, and refuses an acknowledgement that is none', async () => {
    await send(stream('req_1', {}));
    const path = '/internal/usage/ack';
    assert.equal((await send({ path, body: { request_ids: 'req_1' } })).status, 400);
    assert.equal((await send({ path, body: { request_ids: ['req_1', 'req_2'] } })).status, 200);
    assert.equal((await send({ path: '/internal/usage/req_1' })).status, 404);
    assert.equal((await send({ path, method: 'GET' })).status, 405);
  });

  it('counts many requests at once, some of which leave', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `req_${index}`);
    await Promise.all(
      ids.map((id, index) => {
        const call = stream(id, { tokens: 40 + index, everyMs: 1, tokensAfterLeave: index % 3 });
        return index % 2 === 0 ? send(call) : leaveAfter(call, 1 + (index % 10));
      }),
    );
    for (const [index, id] of ids.entries()) {
      const tally = await tallyOf(id);
      assert.equal(tally.completion_tokens, engine.produced.get(id), id);
      assert.equal(tally.state, index % 2 === 0 ? 'done' : 'aborted', id);
    }
    assert.equal(condition.inFlight, 0);
  });
});
