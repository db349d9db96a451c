import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { withEmptyDatabase } from '#database/testing.ts';
import { ApiClient } from './api-client.ts';
import { assertBillsEqual, MockCloudClient } from './mock-cloud-client.ts';
import { startStack } from './stack.ts';

const LIMIT_MS = 60_000;

test('a PostgreSQL that is not ours serves the whole job, and a restart finds everything again', {
  timeout: 180_000,
}, async (t) => {
  const { url } = await withEmptyDatabase(t);
  const env = { DATABASE_URL: url.reveal() };
  await using stack = await startStack({ env });
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const deployment = await api.deployMock('elsewhere');
  const id = deployment.instances[0]?.id ?? '';
  await api.waitForState(id, 'ready', LIMIT_MS);
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'elsewhere' });

  await stack.stop();
  await using again = await startStack({ env, dataDir: stack.dataDir, portOffset: stack.portOffset });
  await api.waitForState(id, 'ready', LIMIT_MS);
  const openai = new OpenAI({ baseURL: `${again.gatewayUrl}/v1`, apiKey: secret });
  const answer = await openai.chat.completions.create({
    model: deployment.model,
    messages: [{ role: 'user', content: 'Are you still there?' }],
    max_tokens: 8,
  });
  assert((answer.usage?.completion_tokens ?? 0) > 0);
  await api.json('DELETE', `/api/v1/deployments/${deployment.id}`);
  await api.waitForState(id, 'terminated', LIMIT_MS);
  const cloud = new MockCloudClient(again);
  assert.deepEqual(await cloud.liveServers(), []);
  await assertBillsEqual(api, cloud, LIMIT_MS);
});
