import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type AgentCall, HttpWorkerLink } from './worker-link.ts';

/** Long enough for any machine; only who waits for silence takes a short one. */
const TIMEOUT_MS = 20_000;
const SILENCE_MS = 150;
let next = 1;

/** An agent on a loopback address of its own. */
async function agent(
  t: TestContext,
  answer: RequestListener,
): Promise<{ call: AgentCall; link: HttpWorkerLink }> {
  const address = `127.91.${process.pid % 250}.${next++}`;
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(8080, address, resolve));
  const link = new HttpWorkerLink(systemEnv(SILENT_LOG));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await link.close();
  });
  return { link, call: callTo(address) };
}

function callTo(address: string): AgentCall {
  return {
    address,
    controlToken: new Secret('control-token'),
    correlationId: 'cor_test',
    signal: new AbortController().signal,
    timeoutMs: TIMEOUT_MS,
  };
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

test('a ready agent is confirmed, with its version, by token and correlation id', async (t) => {
  const asked: string[] = [];
  const info = { version: '1.2.3', sha256: 'a'.repeat(64), build_date: 'x' };
  const { link, call } = await agent(t, (request, response) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['x-correlation-id']}`,
    );
    json(200, request.url === '/info' ? info : { status: 'ready' })(request, response);
  });
  const answer = await link.checkHealth(call);
  assert.deepEqual(answer, { verdict: 'confirmed', info: { version: '1.2.3', sha256: 'a'.repeat(64) } });
  assert.deepEqual(
    asked.sort((a, b) => a.localeCompare(b)),
    ['GET /info Bearer control-token cor_test', 'GET /readyz Bearer control-token cor_test'],
  );
});

test('an agent that is not ready contradicts, whatever else it says', async (t) => {
  const { link, call } = await agent(t, json(503, { status: 'loading', reason: 'x' }));
  assert.deepEqual(await link.checkHealth(call), {
    verdict: 'contradicted',
    status: 'loading',
    check: undefined,
  });
  const odd = await agent(t, json(503, '<html>'));
  assert.deepEqual(await odd.link.checkHealth(odd.call), {
    verdict: 'contradicted',
    status: 'unknown',
    check: undefined,
  });
});

test('a ready agent without a readable /info is confirmed without a version', async (t) => {
  const { link, call } = await agent(t, (request, response) => {
    if (request.url === '/info') response.destroy();
    else json(200, { status: 'ready' })(request, response);
  });
  assert.deepEqual(await link.checkHealth(call), { verdict: 'confirmed', info: undefined });
});

test('silence, refusal and endless answers are unreachable within the limit', async (t) => {
  const silent = await agent(t, () => undefined);
  const answer = await silent.link.checkHealth({ ...silent.call, timeoutMs: SILENCE_MS });
  assert.equal(answer.verdict, 'unreachable');
  const nobody = await silent.link.checkHealth(callTo('127.91.255.254'));
  assert.equal(nobody.verdict, 'unreachable');
  const endless = await agent(t, (_request, response) => {
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
    };
    response.on('drain', write);
    write();
  });
  assert.equal((await endless.link.checkHealth(endless.call)).verdict, 'unreachable');
});

test('an order to drain is answered with the open requests, and anything else is an error', async (t) => {
  const good = await agent(t, json(200, { in_flight: 3 }));
  assert.deepEqual(await good.link.orderDrain(good.call), { inFlight: 3 });
  for (const answer of [json(401, {}), json(200, { in_flight: -1 }), json(200, 'text')]) {
    const bad = await agent(t, answer);
    assert.ok('error' in (await bad.link.orderDrain(bad.call)));
  }
});

test('who waits is let go when the run is aborted', async (t) => {
  const silent = await agent(t, () => undefined);
  const abort = new AbortController();
  const waiting = silent.link.orderDrain({ ...silent.call, signal: abort.signal });
  abort.abort(new Error('the lease was lost'));
  assert.ok('error' in (await waiting));
});

test('an order to install anew is taken, done, or not, and its token is told to the agent alone', async (t) => {
  const order = {
    id: 'rein_1',
    workerUrl: 'http://127.0.0.1/worker.mjs',
    workerSha256: 'a'.repeat(64),
    bootstrapToken: new Secret('fresh'),
  };
  const bodies: unknown[] = [];
  const good = await agent(t, (request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part.toString();
    });
    request.on('end', () => {
      bodies.push([request.method, request.url, JSON.parse(text)]);
      json(202, { state: 'accepted' })(request, response);
    });
  });
  assert.deepEqual(await good.link.orderReinstall(good.call, order), { outcome: 'accepted' });
  const { workerUrl: worker_url, workerSha256: worker_sha256 } = order;
  const body = { id: 'rein_1', worker_url, worker_sha256, bootstrap_token: 'fresh' };
  assert.deepEqual(bodies, [['POST', '/reinstall', body]]);
  const unable = await agent(t, json(202, { state: 'failed', error: 'no space' }));
  assert.deepEqual(await unable.link.orderReinstall(unable.call, order), {
    outcome: 'failed',
    error: 'no space',
  });
  for (const answer of [json(404, {}), json(401, {}), json(202, 'text')]) {
    const other = await agent(t, answer);
    assert.equal((await other.link.orderReinstall(other.call, order)).outcome, 'refused');
  }
  const nobody = await good.link.orderReinstall(callTo('127.91.255.254'), order);
  assert.equal(nobody.outcome, 'unreachable');
});
