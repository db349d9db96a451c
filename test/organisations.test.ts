/** The end of an organisation on a whole stack, each process with its own database rights: machines first, then access. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { DeletionView } from '#contracts/organisations.ts';
import { ApiClient } from './api-client.ts';
import { MockCloudClient } from './mock-cloud-client.ts';
import { FAST, type Stack, startStack } from './stack.ts';

const LIMIT_MS = 120_000;
const MODEL = 'Qwen/Qwen3-8B';

test('deleting an organisation ends its machines, then its keys and sessions', {
  timeout: 400_000,
}, async () => {
  await using stack = await startStack({ env: FAST });
  try {
    const api = new ApiClient(stack.url);
    const { organisation } = await api.login('admin', stack.adminPassword());
    const project = await api.json<{ id: string }>('POST', '/api/v1/projects', { name: 'P', slug: 'p' });
    const key = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', {
      name: 'k',
      project_id: project.id,
    });
    const [instance] = (await api.deployMock('ending')).instances;
    assert.ok(instance);
    await api.waitForState(instance.id, 'ready', LIMIT_MS);
    await until(() => canAsk(stack, key.secret), 'the gateway serves the key');
    await until(async () => {
      const { data } = await api.json<{ data: { project_id: string | null; requests: number }[] }>(
        'GET',
        '/api/v1/usage/projects?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z',
      );
      return data.some((row) => row.project_id === project.id && row.requests > 0);
    }, 'the use is counted under the project');

    const path = `/api/v1/organisation?confirm=${organisation.slug}`;
    const asked = await api.json<{ deletion: DeletionView }>('DELETE', path);
    assert.equal(asked.deletion.machines_left, 1);
    const again = await api.send('POST', '/api/v1/api-keys', { name: 'late' });
    assert.equal(((await again.json()) as { code: string }).code, 'organisation.deleting');
    await until(async () => {
      const response = await api.send('GET', '/api/v1/organisation');
      return response.status === 401 || ((await response.json()) as { id: string }).id !== organisation.id;
    }, 'the session there has ended');
    await until(async () => !(await canAsk(stack, key.secret)), 'the gateway refuses the key');
    const cloud = new MockCloudClient(stack);
    assert.deepEqual([...(await cloud.liveServers()), ...(await cloud.liveVolumes())], []);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function canAsk(stack: Stack, apiKey: string): Promise<boolean> {
  const client = new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey, maxRetries: 0 });
  try {
    await client.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] });
    return true;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return false;
    throw error;
  }
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + LIMIT_MS; !(await isSo()); ) {
    assert.ok(performance.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
