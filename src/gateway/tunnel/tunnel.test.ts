import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { dialGateway } from '#worker/tunnel/dial-gateway.ts';
import { certificateFor } from '../testing/certificate.ts';
import { answering, chunkOf, closingChunk, DONE, type Script, startStream } from '../testing/fake-agent.ts';
import { CuttingProxy, NatWorker } from '../testing/nat-worker.ts';
import {
  eventually,
  MODEL,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../testing/test-gateway.ts';

const SLOW_LIMIT_MS = 60_000;
const env = systemEnv(SILENT_LOG);

async function gatewayBehindNat(
  t: TestContext,
  scripts: readonly Script[],
  options: TestGatewayOptions = {},
): Promise<{ own: TestGateway; workers: NatWorker[]; proxy: CuttingProxy }> {
  const workers = scripts.map((script, index) => new NatWorker(script, index));
  const own = await startTestGateway(t, workers, {
    tunnels: {},
    // A busy machine is no fault of what is tested here.
    connectMs: SLOW_LIMIT_MS,
    limits: { firstByteMs: 2 * SLOW_LIMIT_MS, idleMs: 2 * SLOW_LIMIT_MS },
    ...options,
  });
  const proxy = await new CuttingProxy(() => own.tunnels.port).listen();
  t.after(() => proxy.close());
  for (const worker of workers) t.after(() => worker.close());
  return { own, workers, proxy };
}

const endOf = (own: TestGateway, port = own.tunnels.port) => ({ id: own.tunnels.id, port });

async function untilServed(own: TestGateway, workers: readonly NatWorker[], sockets = 2): Promise<void> {
  await eventually(() => workers.every((worker) => worker.open >= sockets), SLOW_LIMIT_MS);
  await eventually(() => own.tunnels.workers === workers.length, SLOW_LIMIT_MS);
  await own.reread();
}

function ask(own: TestGateway, more: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}` },
    body: JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content: 'hi' }], ...more }),
    ...(signal ? { signal } : {}),
  });
}

test('a worker that listens nowhere answers through its tunnel, streamed and whole, counted exactly', async (t) => {
  const { own, workers } = await gatewayBehindNat(t, [answering(7)]);
  assert.equal((await ask(own)).status, 503, 'without a tunnel it is not there yet');
  workers[0]?.dial([endOf(own)]);
  await untilServed(own, workers);
  const whole = await ask(own);
  assert.equal(whole.status, 200);
  const body = (await whole.json()) as { choices: { message: { content: string } }[] };
  assert.equal(body.choices[0]?.message.content, 'whole');
  const streamed = await ask(own, { stream: true });
  const text = await streamed.text();
  assert.ok(text.endsWith(DONE), text);
  const id = streamed.headers.get('x-request-id') ?? '';
  const usage = await own.usageOf(id);
  assert.equal(usage.completion_tokens, 7);
  assert.equal(workers[0]?.received.length, 2);
});

test('a client that leaves is noticed at the worker, and what that counted is asked for, once it can be', async (t) => {
  const { own, workers, proxy } = await gatewayBehindNat(t, [
    (request, response) => {
      startStream(response);
      response.write(chunkOf(request.id, 'one', 1));
      workers[0]?.setTally(request.id, 42);
    },
  ]);
  workers[0]?.dial([endOf(own, proxy.port)]);
  await untilServed(own, workers);
  const leaving = new AbortController();
  const answer = await ask(own, { stream: true }, leaving.signal);
  await answer.body?.getReader().read();
  leaving.abort();
  await eventually(() => workers[0]?.received[0]?.cancelledAt !== undefined, SLOW_LIMIT_MS);
  const usage = await own.usageOf(answer.headers.get('x-request-id') ?? '');
  assert.equal(usage.completion_tokens, 42);
  const leavingToo = new AbortController();
  const cut = await ask(own, { stream: true }, leavingToo.signal);
  await cut.body?.getReader().read();
  proxy.cut();
  leavingToo.abort();
  const counted = await own.usageOf(cut.headers.get('x-request-id') ?? '');
  assert.equal(counted.completion_tokens, 42);
  await eventually(() => own.tunnels.streams === 0, SLOW_LIMIT_MS);
});

test('a thousand streams: cut, all end with an error and none with [DONE]; dialled again, all is served', async (t) => {
  const STREAMS = 1_000;
  let isHeld = true;
  const { own, workers, proxy } = await gatewayBehindNat(
    t,
    [
      (request, response) => {
        startStream(response);
        response.write(chunkOf(request.id, 'one', 1));
        workers[0]?.setTally(request.id, 1);
        if (!isHeld) response.end(closingChunk(request.id, 1) + DONE);
      },
    ],
    { settings: { ROUTING_WORKER_REQUESTS_MAX: '5000' } },
  );
  workers[0]?.dial([endOf(own, proxy.port)]);
  await untilServed(own, workers);
  const answers: Response[] = [];
  while (answers.length < STREAMS) {
    answers.push(...(await Promise.all(Array.from({ length: 50 }, () => ask(own, { stream: true })))));
  }
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const texts = answers.map((answer) => answer.text().catch((error: unknown) => `broken: ${String(error)}`));
  await eventually(() => workers[0]?.received.length === STREAMS, SLOW_LIMIT_MS);
  isHeld = false;
  const cutAt = performance.now();
  proxy.cut();
  const ended = await Promise.all(texts);
  const tookMs = performance.now() - cutAt;
  assert.ok(tookMs < 120_000, `${tookMs} ms`);
  t.diagnostic(`all ended after ${Math.round(tookMs)} ms`);
  assert.equal(ended.filter((text) => text.includes('[DONE]')).length, 0);
  assert.equal(ended.filter((text) => text.includes('"error"')).length, STREAMS);
  await untilServed(own, workers);
  const after = await Promise.all(
    Array.from({ length: 100 }, async () => (await ask(own, { stream: true })).text()),
  );
  assert.equal(after.filter((text) => text.endsWith(DONE)).length, 100);
  await eventually(() => own.ledger.length === STREAMS + 100, SLOW_LIMIT_MS);
  const cut = own.ledger.filter(({ request_id: id }) =>
    answers.some((answer) => answer.headers.get('x-request-id') === id),
  );
  assert.equal(cut.length, STREAMS);
  assert.deepEqual([...new Set(cut.map((record) => record.completion_tokens))], [1]);
});

test('one reader who stops holds nobody else up', async (t) => {
  const { own, workers } = await gatewayBehindNat(t, [
    async (request, response) => {
      if (request.body['max_tokens'] === undefined) return answering(20)(request, response);
      startStream(response);
      // Far more than all windows on the way hold together.
      const line = chunkOf(request.id, 'x'.repeat(16_384), 1);
      for (let i = 0; i < 4_000 && !response.destroyed; i++) {
        if (!response.write(line)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end(closingChunk(request.id, 1) + DONE);
    },
  ]);
  // One socket, so that all share it.
  workers[0]?.dial([endOf(own)], 1);
  await untilServed(own, workers, 1);
  const stalled = await ask(own, { stream: true, max_tokens: 9 });
  const reader = stalled.body?.getReader();
  await reader?.read();
  const others = await Promise.all(
    Array.from({ length: 99 }, async () => (await ask(own, { stream: true })).text()),
  );
  assert.equal(others.filter((text) => text.endsWith(DONE)).length, 99);
  let size = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    size += part.value.length;
  assert.ok(size > 60_000_000, `${size}`);
});

test('a newer epoch closes the tunnels of the older one, which is let in no more', async (t) => {
  const { own, workers } = await gatewayBehindNat(t, [answering(1)]);
  const newer = new NatWorker(answering(2), 0, 2);
  newer.token = workers[0]?.token;
  t.after(() => newer.close());
  workers[0]?.dial([endOf(own)]);
  await untilServed(own, workers);
  await own.allow([newer.tunnel]);
  await eventually(() => own.tunnels.links === 0, SLOW_LIMIT_MS);
  const refusalsBefore = own.tunnels.refusals;
  newer.dial([endOf(own)]);
  await eventually(() => newer.open === 2, SLOW_LIMIT_MS);
  await eventually(() => own.tunnels.refusals > refusalsBefore, SLOW_LIMIT_MS);
  assert.equal(workers[0]?.open, 0);
  assert.equal(own.tunnels.links, 2);
});

test('of two lives of one agent the later one has the tunnels', async (t) => {
  const { own, workers } = await gatewayBehindNat(t, [answering(1)]);
  const [first] = workers;
  assert.ok(first);
  const later = new NatWorker(answering(1));
  t.after(() => later.close());
  first.dial([endOf(own)]);
  await untilServed(own, workers);
  // The same identity as the first, from its own disk.
  later.take(first);
  first.hang();
  later.dial([endOf(own)]);
  await eventually(() => first.open === 0 && later.open === 2, SLOW_LIMIT_MS);
  await own.reread();
  assert.equal((await ask(own)).status, 200);
  assert.equal(later.received.length, 1);
});

test('a revoked worker loses its tunnels, with what they carry', async (t) => {
  const { own, workers } = await gatewayBehindNat(t, [
    (request, response) => {
      startStream(response);
      response.write(chunkOf(request.id, 'one', 1));
    },
  ]);
  workers[0]?.dial([endOf(own)]);
  await untilServed(own, workers);
  const answer = await ask(own, { stream: true });
  const text = answer.text();
  await own.allow([]);
  assert.match(await text, /"error"/);
  assert.equal(own.tunnels.links, 0);
  assert.equal((await ask(own)).status, 503);
});

test('a tunnel that goes dead without a word is noticed on both sides, and dialled again', async (t) => {
  const { own, workers, proxy } = await gatewayBehindNat(t, [answering(1)], { tunnels: { pingMs: 300 } });
  workers[0]?.dial([endOf(own, proxy.port)], 2, 300);
  await untilServed(own, workers);
  proxy.isFrozen = true;
  await eventually(() => own.tunnels.links === 0 && workers[0]?.open === 0, SLOW_LIMIT_MS);
  assert.equal((await ask(own)).status, 503);
  proxy.isFrozen = false;
  proxy.cut();
  await untilServed(own, workers);
  assert.equal((await ask(own)).status, 200);
});

test('two gateways have a worker at once, and one that ends takes nothing from the other', async (t) => {
  const worker = new NatWorker(answering(2));
  t.after(() => worker.close());
  const [one, other] = [
    await startTestGateway(t, [worker], { tunnels: {} }),
    await startTestGateway(t, [worker], { tunnels: {} }),
  ];
  worker.dial([endOf(one), endOf(other)]);
  await eventually(() => worker.open === 4, SLOW_LIMIT_MS);
  for (const gateway of [one, other]) {
    await eventually(() => gateway.tunnels.workers === 1, SLOW_LIMIT_MS);
    await gateway.reread();
    assert.equal((await ask(gateway)).status, 200);
  }
  one.tunnels.stopAccepting();
  assert.equal((await ask(one)).status, 200, 'what it has it uses to its end');
  await one.tunnels.close();
  await eventually(() => worker.open === 2, SLOW_LIMIT_MS);
  assert.equal((await ask(other)).status, 200);
});

test('a successor at the same address is dialled while its predecessor still has its tunnels', async (t) => {
  const worker = new NatWorker(answering(2));
  t.after(() => worker.close());
  const former = await startTestGateway(t, [worker], { tunnels: {} });
  worker.dial([endOf(former)]);
  await eventually(() => worker.open === 2, SLOW_LIMIT_MS);
  const { port } = former.tunnels;
  former.tunnels.stopAccepting();
  const successor = await startTestGateway(t, [worker], { tunnels: { port } });
  worker.dial([endOf(former), endOf(successor)]);
  await eventually(() => worker.open === 4, SLOW_LIMIT_MS);
  for (const gateway of [former, successor]) {
    await gateway.reread();
    assert.equal((await ask(gateway)).status, 200);
  }
});

test('a worker that leaves ends what it has, and is sent nothing new', async (t) => {
  const held: (() => void)[] = [];
  const { own, workers } = await gatewayBehindNat(t, [
    (request, response) => {
      startStream(response);
      response.write(chunkOf(request.id, 'one', 1));
      held.push(() => response.end(closingChunk(request.id, 1) + DONE));
    },
  ]);
  workers[0]?.dial([endOf(own)]);
  await untilServed(own, workers);
  const answer = await ask(own, { stream: true });
  await eventually(() => held.length === 1, SLOW_LIMIT_MS);
  workers[0]?.leave();
  await eventually(() => own.tunnels.workers === 0, SLOW_LIMIT_MS);
  await own.reread();
  assert.equal((await ask(own)).status, 503);
  for (const end of held) end();
  assert.ok((await answer.text()).endsWith(DONE));
  await eventually(() => own.tunnels.links === 0, SLOW_LIMIT_MS);
});

test('over TLS a worker dials only whom its certificate authorities know', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tunnel-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const { cert, key } = certificateFor('localhost');
  const tls = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') };
  writeFileSync(tls.certFile, cert);
  writeFileSync(tls.keyFile, key);
  const worker = new NatWorker(answering(4));
  t.after(() => worker.close());
  const own = await startTestGateway(t, [worker], { tunnels: { tls } });
  const order = {
    url: `wss://localhost:${own.tunnels.port}`,
    token: worker.workerToken,
    epoch: 1,
    run: 'ab'.repeat(8),
    limitMs: SLOW_LIMIT_MS,
    signal: new AbortController().signal,
  };
  await assert.rejects(dialGateway(order, env.random), /certificate/i);
  assert.equal(own.tunnels.links, 0);
  await assert.rejects(dialGateway({ ...order, url: 'ws://gateway.example.org:8030' }, env.random), /wss/);
  setDefaultCACertificates([...getCACertificates('default'), cert]);
  worker.dialUrl(own.tunnels.id, order.url);
  await untilServed(own, [worker]);
  assert.equal((await ask(own)).status, 200);
});
