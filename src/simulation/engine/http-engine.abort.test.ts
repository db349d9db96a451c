import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { RawClient, SLOW, startTestEngine, type TestEngine } from './engine-fixture.ts';

const STREAM = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };

function longAsk(maxTokens = 10_000) {
  return { model: 'acme/tiny', prompt: [1, 2, 3, 4, 5], max_tokens: maxTokens, ignore_eos: true, ...STREAM };
}

/** The engine learns of a closed connection a moment after the client closed it. */
async function untilIdle({ engine }: TestEngine): Promise<void> {
  while (engine.runner.model.hasWork || engine.inFlight > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a half-close stops the generation, and the reader finds exactly the logged count', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  const client = new RawClient(engine.port);
  client.post('/v1/completions', longAsk(), 'half');
  await client.until(() => client.events().length >= 4);
  client.socket.end();
  await client.untilOver();
  await untilIdle(engine);
  const [tally] = engine.tallies();
  assert.equal(tally?.outcome, 'aborted');
  assert.ok((tally?.completionTokens ?? 0) >= 4);
  assert.ok((tally?.completionTokens ?? 0) < 2000, 'the generation stopped long before its end');
  assert.equal(client.lastUsage()?.completion_tokens, tally?.completionTokens);
  assert.equal(client.lastUsage()?.prompt_tokens, 5);
  assert.equal(client.events().includes('[DONE]'), false);
  assert.equal(engine.engine.runner.model.load().kvBlocksUsed, 0);
});

test('node’s own HTTP client can half-close and still read everything that was written', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  const text = await new Promise<string>((resolve) => {
    const headers = { 'x-request-id': 'node' };
    const options = {
      port: engine.port,
      host: '127.0.0.1',
      path: '/v1/completions',
      method: 'POST',
      headers,
    };
    const client = request(options, (response) => {
      let received = '';
      response.on('data', (bytes) => {
        received += String(bytes);
        if (received.length > 1000) client.socket?.end();
      });
      // The body ends without its last HTTP chunk, which this client calls an error.
      response.on('error', () => {}).on('close', () => resolve(received));
    });
    client.end(JSON.stringify(longAsk()));
  });
  await untilIdle(engine);
  const counts = [...text.matchAll(/"completion_tokens":(\d+)/g)].map((match) => Number(match[1]));
  assert.deepEqual(
    [engine.tallies()[0]?.outcome, engine.tallies()[0]?.completionTokens],
    ['aborted', counts.at(-1)],
  );
});

test('of many streams that are half-closed at full speed, each reads exactly its logged count', async (t) => {
  const engine = await startTestEngine({}, t);
  const clients = Array.from({ length: 40 }, () => new RawClient(engine.port));
  await Promise.all(
    clients.map(async (client, i) => {
      client.post(i % 2 ? '/v1/completions' : '/v1/chat/completions', askOf(i), `many-${i}`);
      await client.until(() => client.events().length > i * 5);
      client.socket.end();
      await client.untilOver();
    }),
  );
  await untilIdle(engine);
  const tallies = new Map(engine.tallies().map((tally) => [tally.requestId, tally]));
  assert.equal(tallies.size, 40);
  for (const [i, client] of clients.entries()) {
    const tally = tallies.get(`many-${i}`);
    assert.equal(client.lastUsage()?.completion_tokens ?? 0, tally?.completionTokens, `stream ${i}`);
    assert.equal(tally?.outcome, client.events().includes('[DONE]') ? 'done' : 'aborted');
  }
  assert.ok([...tallies.values()].filter(({ outcome }) => outcome === 'aborted').length > 30);

  function askOf(i: number) {
    const { prompt, ...rest } = longAsk(2500);
    return i % 2 ? { ...rest, prompt } : { ...rest, messages: [{ role: 'user', content: `Hello ${i}` }] };
  }
});

test('a reader that pauses, half-closes and reads later finds exactly the logged count', async (t) => {
  const engine = await startTestEngine({}, t);
  const client = new RawClient(engine.port);
  client.post('/v1/completions', longAsk(15_000), 'late');
  await client.until(() => client.events().length > 1);
  client.socket.pause();
  while ((engine.engine.metrics.generationTokens ?? 0) < 8000 && engine.engine.runner.model.hasWork) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.socket.end();
  while (engine.engine.runner.model.hasWork) await new Promise((resolve) => setImmediate(resolve));
  client.socket.resume();
  await client.untilOver();
  const [tally] = engine.tallies();
  assert.ok((tally?.completionTokens ?? 0) >= 8000);
  assert.equal(client.lastUsage()?.completion_tokens, tally?.completionTokens);
});

test('a client that leaves before the first token is logged with none', async (t) => {
  const engine = await startTestEngine({}, t);
  engine.engine.runner.isStalled = true;
  const client = new RawClient(engine.port);
  client.post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...STREAM }, 'early');
  await client.until((received) => received.includes('text/event-stream'));
  client.socket.end();
  await client.untilOver();
  engine.engine.runner.isStalled = false;
  await untilIdle(engine);
  assert.deepEqual(
    engine
      .tallies()
      .map(({ requestId, completionTokens, outcome }) => [requestId, completionTokens, outcome]),
    [['early', 0, 'aborted']],
  );
});

test('a reset connection and an unanswered whole request end their generation too', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  const reset = new RawClient(engine.port);
  reset.post('/v1/completions', longAsk(), 'reset');
  await reset.until(() => reset.events().length >= 2);
  reset.socket.resetAndDestroy();
  const whole = new RawClient(engine.port);
  whole.post('/v1/completions', { prompt: 'Say much', max_tokens: 9000, ignore_eos: true }, 'whole');
  while (!engine.tallies().some(({ requestId }) => requestId === 'whole')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  whole.socket.end();
  await untilIdle(engine);
  assert.deepEqual(
    engine.tallies().map(({ requestId, outcome }) => [requestId, outcome]),
    [
      ['reset', 'aborted'],
      ['whole', 'aborted'],
    ],
  );
  const metrics = await (await fetch(`${engine.url}/metrics`)).text();
  assert.match(
    metrics,
    /vllm:request_success_total\{engine="0",finished_reason="abort",model_name="acme\/tiny"\} 2\.0/,
  );
});

test('requests sent ahead on one connection are answered in order, each complete', async (t) => {
  const engine = await startTestEngine({}, t);
  const client = new RawClient(engine.port);
  for (let i = 0; i < 3; i++) client.post('/v1/completions', longAsk(3), `ahead-${i}`);
  await client.until(() => client.events().filter((text) => text === '[DONE]').length === 3);
  assert.deepEqual(
    engine.tallies().map(({ requestId, completionTokens }) => [requestId, completionTokens]),
    [
      ['ahead-0', 3],
      ['ahead-1', 3],
      ['ahead-2', 3],
    ],
  );
  client.socket.destroy();
});

test('closing the engine lets written bytes go out and logs what was open', async (t) => {
  const engine = await startTestEngine({ parameters: SLOW }, t);
  const client = new RawClient(engine.port);
  client.post('/v1/completions', longAsk(), 'closing');
  await client.until(() => client.events().length >= 3);
  const tally = new Promise<ReturnType<TestEngine['tallies']>>((resolve) => {
    client.socket.on('end', () => resolve(engine.tallies()));
  });
  await engine.close();
  await client.untilOver();
  assert.equal(client.lastUsage()?.completion_tokens, (await tally)[0]?.completionTokens);
});
