/** The agent's data port before a simulated engine: whole answers that were streamed and folded on their way. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken } from '#kernel/token.ts';
import { WorkerCondition } from '#worker/condition.ts';
import { DataPort } from '#worker/data-port.ts';
import { EngineClient } from '#worker/engine-client.ts';
import { listenOn } from '#worker/port-server.ts';
import { TallyBook } from '#worker/tally-book.ts';
import { TallyJournal } from '#worker/tally-journal.ts';
import { UnaryForms } from '#worker/unary/unary-forms.ts';
import { SLOW, startTestEngine, type TestEngine } from './engine-fixture.ts';

const env = systemEnv(SILENT_LOG);
const MODEL = 'acme/tiny';
const TOKEN = 'the-data-token';

interface Fixture {
  readonly engine: TestEngine;
  readonly tallies: TallyBook;
  ask(path: string, body: object, id: string): http.ClientRequest;
}

async function start(t: TestContext, parameters?: typeof SLOW): Promise<Fixture> {
  const engine = await startTestEngine(parameters ? { parameters } : {}, t);
  const dir = mkdtempSync(join(tmpdir(), 'unary-'));
  const condition = new WorkerCondition();
  condition.updateEngine({ status: 'ready', engineHttp: true });
  const tallies = new TallyBook(env, new TallyJournal(dir, SILENT_LOG));
  const forms = new UnaryForms();
  const address = { host: '127.0.0.1', port: engine.port };
  await forms.learn(env, new EngineClient(address), MODEL);
  assert(
    forms.mayFold('/v1/chat/completions') && forms.mayFold('/v1/completions'),
    'this engine answers both ways alike',
  );
  const data = new DataPort({
    env,
    condition,
    tallies,
    engine: address,
    forms,
    dataTokenSha256: () => hashToken(TOKEN),
  });
  const { server, port } = await listenOn('127.0.0.1', 0, (request, response) =>
    data.handle(request, response),
  );
  t.after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(dir, { recursive: true, force: true });
  });
  const ask = (path: string, body: object, id: string) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'x-request-id': id,
    };
    const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ model: MODEL, ...body }));
    return request;
  };
  return { engine, tallies, ask };
}

async function answerOf(
  request: http.ClientRequest,
): Promise<{ status: number; type: string; text: string }> {
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const part of answer) text += String(part);
  return { status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text };
}

/** What differs between any two answers of an engine. */
function comparable(text: string): string {
  return text.replace(/"id":"[^"]*"/, '"id":""').replace(/"created":\d+/, '"created":0');
}

const REQUESTS: readonly (readonly [string, object])[] = [
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Tell me more' }], max_tokens: 20 }],
  [
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: 'n of them' }], max_tokens: 7, n: 3, seed: 5 },
  ],
  [
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: 'até à fin ✓ ' }], stream: false, stop: ['e'] },
  ],
  ['/v1/completions', { prompt: ['one', 'two'], max_tokens: 5, n: 2, ignore_eos: true }],
  ['/v1/completions', { prompt: [1, 2, 3, 4], max_tokens: 9, temperature: 0 }],
  ['/v1/completions', { prompt: 'x '.repeat(4_000), max_tokens: 3 }],
];

test('a folded answer is what the engine would have written, byte for byte', async (t) => {
  const { engine, ask, tallies } = await start(t);
  for (const [index, [path, body]] of REQUESTS.entries()) {
    const direct = await fetch(engine.url + path, {
      method: 'POST',
      body: JSON.stringify({ model: MODEL, ...body }),
    });
    const wanted = await direct.text();
    const folded = await answerOf(ask(path, body, `req_${index}`));
    assert.equal(direct.status, 200, wanted);
    assert.equal(folded.status, 200);
    assert.equal(folded.type, 'application/json');
    // The second asker finds the prompt in the cache.
    const withoutCache = (text: string) => comparable(text).replace(/,"prompt_tokens_details":\{[^}]*\}/, '');
    assert.equal(withoutCache(folded.text), withoutCache(wanted));
    const told = (JSON.parse(folded.text) as { usage: { completion_tokens: number } }).usage;
    assert.equal(tallies.find(`req_${index}`)?.completion_tokens, told.completion_tokens);
  }
});

test('what the engine refuses, and what might be parsed differently, goes through as it is', async (t) => {
  const { engine, ask } = await start(t);
  const tooLong = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 1_000_000 };
  const refused = await answerOf(ask('/v1/chat/completions', tooLong, 'req_refused'));
  const direct = await fetch(`${engine.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: MODEL, ...tooLong }),
  });
  assert.equal(refused.status, direct.status);
  assert.equal(refused.text, await direct.text());
  const native = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 3, unheard_of: 1 };
  const passed = await answerOf(ask('/v1/chat/completions', native, 'req_native'));
  assert.equal(passed.status, 200, passed.text);
});

test('a caller who leaves before the whole answer is counted to the last token', async (t) => {
  const { engine, ask, tallies } = await start(t, SLOW);
  for (const afterMs of [30, 80, 150]) {
    const id = `req_left_${afterMs}`;
    const request = ask(
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: id }], max_tokens: 5_000, ignore_eos: true },
      id,
    );
    const deadline = performance.now() + 10_000;
    while ((tallies.find(id)?.completion_tokens ?? 0) < afterMs / 10) {
      assert(performance.now() < deadline, 'tokens are counted while the answer is made');
      await env.sleep(5);
    }
    request.destroy();
    const tally = await tallies.findClosed(id, 10_000);
    assert.equal(tally?.state, 'aborted');
    const produced = engine.tallies().find((one) => one.requestId === id);
    assert.equal(tally?.completion_tokens, produced?.completionTokens);
    assert.equal(tally?.prompt_tokens, produced?.promptTokens);
    assert.notEqual(tally?.completion_tokens, 5_000);
  }
});
