import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { answering, FakeAgent, refuse, type Script } from './testing/fake-agent.ts';
import {
  MODEL,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './testing/test-gateway.ts';

const BUSY: Script = (_request, response) => refuse(response, 503, 'engine_busy');
const BROKEN: Script = (_request, response) => {
  response.statusCode = 500;
  response.setHeader('content-type', 'application/json');
  response.end('{"error":{"message":"it broke","type":"InternalServerError","code":500}}');
};
const REFUSING: Script = (_request, response) => {
  response.statusCode = 400;
  response.setHeader('content-type', 'application/json');
  response.end('{"error":{"message":"no","type":"BadRequestError","code":400}}');
};

async function gatewayWith(
  t: TestContext,
  scripts: readonly Script[],
  options: TestGatewayOptions = {},
): Promise<{ own: TestGateway; agents: FakeAgent[] }> {
  const agents = await Promise.all(scripts.map((script) => new FakeAgent(script).listen()));
  for (const agent of agents) t.after(() => agent.close());
  return { own: await startTestGateway(t, agents, options), agents };
}

async function post(own: TestGateway, content = 'hi', headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}`, ...headers },
    body: JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content }] }),
  });
  await response.text();
  return response.status;
}

function received(agents: readonly FakeAgent[]): number {
  return agents.reduce((sum, agent) => sum + agent.received.length, 0);
}

test('a worker that is too busy is no reason to refuse, while another is there', async (t) => {
  const { own, agents } = await gatewayWith(t, [BUSY, answering(1)]);
  for (let i = 0; i < 8; i++) assert.equal(await post(own), 200);
  assert.equal(agents[1]?.received.length, 8);
});

test('when all are too busy the client is told so, by the second of them', async (t) => {
  const { own, agents } = await gatewayWith(t, [BUSY, BUSY, BUSY]);
  assert.equal(await post(own), 503);
  assert.equal(received(agents), 2);
});

test('what an engine refused, or what it broke at, is not tried elsewhere', async (t) => {
  for (const [script, status] of [
    [REFUSING, 400],
    [BROKEN, 500],
  ] as const) {
    const { own, agents } = await gatewayWith(t, [script, script]);
    assert.equal(await post(own), status);
    assert.equal(received(agents), 1);
  }
});

test('second attempts end where their budget does', async (t) => {
  const none = await gatewayWith(t, [BUSY, BUSY], { routing: { retryPercent: 0 } });
  assert.equal(await post(none.own), 503);
  assert.equal(received(none.agents), 1);
  const some = await gatewayWith(t, [BUSY, BUSY], { routing: { retryPercent: 20, breakerFailures: 1_000 } });
  await Promise.all(Array.from({ length: 200 }, () => post(some.own)));
  const second = received(some.agents) - 200;
  // A fifth, the floor of ten, and one for each second that this may take.
  assert.ok(second >= 40 && second < 200, String(second));
  assert.match(
    await some.own.registry.metrics(),
    /inventiv_gateway_retries_total\{outcome="over_budget"\} \d/,
  );
});

test('a worker that fails again and again gets nothing while others serve, then one request to try it', async (t) => {
  const { own, agents } = await gatewayWith(t, [BROKEN, answering(1)], {
    routing: { breakerFailures: 3, restFirstMs: 60_000, restMaxMs: 60_000 },
  });
  let failures = 0;
  for (let i = 0; i < 60; i++) if ((await post(own)) !== 200) failures++;
  assert.equal(failures, 3);
  assert.equal(agents[0]?.received.length, 3);
});

test('a conversation stays with the worker that has its beginning, and the prediction is told', async (t) => {
  const { own, agents } = await gatewayWith(t, [answering(1), answering(1), answering(1)]);
  const beginning = Array.from({ length: 3_000 }, (_, i) => `word${i}`).join(' ');
  for (let i = 0; i < 9; i++) assert.equal(await post(own, `${beginning} question ${i}`), 200);
  assert.deepEqual(
    agents.map((agent) => agent.received.length).sort((a, b) => a - b),
    [0, 0, 9],
  );
  const metrics = await own.registry.metrics();
  assert.match(metrics, /inventiv_gateway_decisions_total\{reason="prefix"\} 8/);
  // Five tokens by the count of this agent, so no more can have been cached.
  assert.match(metrics, /inventiv_gateway_prefix_tokens_total\{kind="predicted",model="org\/m"\} 40/);
});
