import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, SLOW, startTestEngine, type TestEngine } from './engine-fixture.ts';
import { parseFault, parseFaultFlag } from './faults.ts';

const ASK = { prompt: 'Tell me', max_tokens: 50, ignore_eos: true };
const STREAM = {
  ...ASK,
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
};

async function inject(engine: TestEngine, fault: unknown): Promise<number> {
  const response = await fetch(`${engine.url}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) });
  await response.arrayBuffer();
  return response.status;
}

async function whole(engine: TestEngine): Promise<{ status: number; text: string }> {
  const response = await fetch(`${engine.url}/v1/completions`, { method: 'POST', body: JSON.stringify(ASK) });
  return { status: response.status, text: await response.text() };
}

test('an error in mid-stream comes as an error event and then [DONE], and hits one request only', async (t) => {
  const engine = await startTestEngine({}, t);
  assert.equal(await inject(engine, { kind: 'error', after_chunks: 3 }), 200);
  const client = new RawClient(engine.port);
  client.post('/v1/completions', STREAM, 'broken');
  await client.until((received) => received.includes('[DONE]'));
  const chunks = client.chunks();
  assert.equal(chunks.length, 4);
  assert.deepEqual([chunks[3]?.error?.type, chunks[3]?.error?.code], ['InternalServerError', 500]);
  assert.equal(client.lastUsage()?.completion_tokens, 3);
  client.socket.destroy();
  assert.deepEqual(
    engine
      .tallies()
      .map(({ requestId, completionTokens, outcome }) => [requestId, completionTokens, outcome]),
    [['broken', 3, 'failed']],
  );
  assert.equal((await whole(engine)).status, 200);
  await inject(engine, { kind: 'error' });
  const answer = await whole(engine);
  assert.equal(answer.status, 500);
  assert.match(answer.text, /"code":500/);
});

test('a cut connection ends without [DONE] after exactly the chunks before it', async (t) => {
  const engine = await startTestEngine({}, t);
  await inject(engine, { kind: 'cut', after_chunks: 5 });
  const client = new RawClient(engine.port);
  client.post('/v1/completions', STREAM);
  await client.untilOver();
  assert.equal(client.lastUsage()?.completion_tokens, 5);
  assert.equal(client.events().includes('[DONE]'), false);
});

test('a hanging stream stays open and silent, counts what it sent, and does not hinder others', async (t) => {
  const engine = await startTestEngine({}, t);
  await inject(engine, { kind: 'hang', after_chunks: 2 });
  const client = new RawClient(engine.port);
  client.post('/v1/completions', STREAM, 'hung');
  await client.until(() => client.chunks().length === 2);
  assert.equal((await whole(engine)).status, 200);
  assert.equal(client.isOver, false);
  client.socket.end();
  await client.untilOver();
  assert.deepEqual(
    engine.tallies().find(({ requestId }) => requestId === 'hung'),
    { requestId: 'hung', promptTokens: 2, completionTokens: 2, cachedTokens: 0, outcome: 'aborted' },
  );
});

test('a crash happens after its chunks left, with their count in the log', async (t) => {
  const engine = await startTestEngine({}, t);
  await inject(engine, { kind: 'crash', after_chunks: 4 });
  const client = new RawClient(engine.port);
  client.post('/v1/completions', STREAM, 'crashed');
  await client.until(() => client.chunks().length === 4);
  assert.equal(engine.crashes, 1);
  const [tally] = engine.tallies();
  assert.deepEqual([tally?.completionTokens, tally?.outcome], [4, 'open']);
  client.socket.destroy();
});

test('rejections, delays, a matching id and a number of times work as told', async (t) => {
  const engine = await startTestEngine({}, t);
  await inject(engine, { kind: 'reject', status: 503, times: 2 });
  await inject(engine, { kind: 'reject', status: 500, request_id: 'only-me' });
  await inject(engine, { kind: 'delay', delay_ms: 20 });
  assert.equal((await whole(engine)).status, 503);
  assert.equal((await whole(engine)).status, 503);
  const startedAt = performance.now();
  assert.equal((await whole(engine)).status, 200);
  assert.ok(performance.now() - startedAt >= 19);
  const response = await fetch(`${engine.url}/v1/completions`, {
    method: 'POST',
    headers: { 'x-request-id': 'only-me-1' },
    body: JSON.stringify(ASK),
  });
  assert.equal(response.status, 500);
  await response.arrayBuffer();
});

test('a stalled engine computes nothing until the fault is gone, and says it is healthy', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  await inject(engine, { kind: 'stall' });
  const client = new RawClient(engine.port);
  client.post('/v1/completions', STREAM);
  await client.until((received) => received.includes('event-stream'));
  assert.equal((await fetch(`${engine.url}/health`)).status, 200);
  const metrics = await (await fetch(`${engine.url}/metrics`)).text();
  assert.match(metrics, /^vllm:num_requests_waiting\{[^}]*\} 1\.0$/m);
  await inject(engine, { kind: 'unhealthy' });
  assert.equal((await fetch(`${engine.url}/health`)).status, 503);
  await (await fetch(`${engine.url}/sim/faults`, { method: 'DELETE' })).arrayBuffer();
  assert.equal((await fetch(`${engine.url}/health`)).status, 200);
  await client.until((received) => received.includes('[DONE]'));
  assert.equal(client.lastUsage()?.completion_tokens, 50);
  client.socket.destroy();
});

test('a fault that makes no sense is refused', async (t) => {
  const engine = await startTestEngine({}, t);
  assert.equal(await inject(engine, { kind: 'explode' }), 400);
  assert.equal(typeof parseFault({ kind: 'error', after_chunks: -1 }), 'string');
  assert.equal(typeof parseFault({ kind: 'reject', status: 200 }), 'string');
  assert.equal(typeof parseFault(null), 'string');
  assert.deepEqual(parseFaultFlag('crash:7:2'), {
    fault: { kind: 'crash', afterChunks: 7, delayMs: 0, status: 500, requestId: '' },
    times: 2,
  });
  assert.equal(typeof parseFaultFlag('crash:x'), 'string');
});
