/** The project that use is counted under travels with the key, from its memory in the gateway to the ledger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, FakeAgent } from './testing/fake-agent.ts';
import { MODEL, startTestGateway } from './testing/test-gateway.ts';

async function usedBy(t: Parameters<typeof startTestGateway>[0], projectId: string | null) {
  const agent = await new FakeAgent(answering(1)).listen();
  t.after(() => agent.close());
  const gateway = await startTestGateway(t, [agent], { key: { projectId } });
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content: 'hi' }] }),
  });
  await response.text();
  assert.equal(response.status, 200);
  const id = response.headers.get('x-request-id') ?? '';
  return gateway.usageOf(id);
}

test('a request is counted under the project of its key, or under none', async (t) => {
  assert.equal((await usedBy(t, 'proj_a')).project_id, 'proj_a');
  assert.equal((await usedBy(t, null)).project_id, null);
});
