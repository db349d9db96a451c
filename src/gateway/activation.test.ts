/** What lacks an activation, or its person, seen from a client of the gateway. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { answering, FakeAgent } from './testing/fake-agent.ts';
import { MODEL, ORG, startTestGateway, type TestGatewayOptions } from './testing/test-gateway.ts';

async function ask(t: TestContext, options: TestGatewayOptions) {
  const agent = await new FakeAgent(answering(1)).listen();
  t.after(() => agent.close());
  const own = await startTestGateway(t, [agent], options);
  const headers = { authorization: `Bearer ${own.key}` };
  const response = await fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content: 'hi' }] }),
  });
  const body = (await response.json()) as { error?: { code: string; message: string } };
  const models = await fetch(`${own.url}/v1/models`, { headers });
  return { status: response.status, ...body.error, models: models.status, list: await models.json() };
}

test('a key says which activation is missing and who can give it', async (t) => {
  const block = { kind: 'activation', missing: ['economic'] } as const;
  const answer = await ask(t, { key: { block } });
  assert.deepEqual([answer.status, answer.code, answer.models], [403, 'activation.missing', 403]);
  assert.match(answer.message ?? '', /economic activation, which an owner or a manager gives/);
});

test('a key of the organisation whose person may not vouch for it any more says so', async (t) => {
  const answer = await ask(t, { key: { block: { kind: 'suspended' } } });
  assert.deepEqual([answer.status, answer.code], [403, 'api_key.suspended']);
});

test('a model that lacks an activation is not served and not listed, though its machines are ready', async (t) => {
  const lacking = { orgId: ORG, modelId: MODEL.id, missing: ['technical', 'economic'] } as const;
  const answer = await ask(t, { unactivated: [{ ...lacking, kind: 'model' }] });
  assert.deepEqual([answer.status, answer.code], [403, 'activation.missing']);
  assert.match(
    answer.message ?? '',
    /`org\/m`.*technical activation.*owner or an admin.*economic activation/,
  );
  assert.deepEqual((answer.list as { data: unknown[] }).data, []);
  const served = await ask(t, { unactivated: [{ ...lacking, kind: 'instance' }] });
  assert.equal(served.status, 200, 'another instance of the model may serve');
});
