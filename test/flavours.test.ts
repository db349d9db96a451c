/** A flavour on its way through a whole stack: named for its instance type, told to the agent, seen in the engine that it starts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceDetail } from '#contracts/instances.ts';
import { ApiClient } from './api-client.ts';
import { startStack } from './stack.ts';

const READY_WITHIN_MS = 120_000;

test('an engine is started with the arguments of its flavour, and the instance says where each part is from', {
  timeout: 600_000,
}, async () => {
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  try {
    await api.json('POST', '/api/v1/catalogue/flavours', {
      ...{ name: 'slow', gpu_vendor: 'nvidia', image: 'own/vllm:1' },
      // The pretended engine knows no such fault and does not start, which nothing else here would bring about.
      args: ['--fault', 'of-nobody'],
    });
    // Written for the type itself: it counts at once, where a setting may take a moment to reach a process.
    await nameForTypes(api, 'slow');
    const [failing] = (await api.deployMock('with-flavour')).instances;
    assert.ok(failing);
    await api.waitForState(failing.id, 'startup_failed', READY_WITHIN_MS);
    const told = await api.json<InstanceDetail>('GET', `/api/v1/instances/${failing.id}`);
    assert.deepEqual([told.engine?.is_told, told.engine?.flavour], [true, 'slow']);
    assert.deepEqual(told.engine?.parts?.image, {
      value: 'own/vllm:1',
      origin: 'instance_type',
      flavour: 'slow',
    });
    assert.equal(told.engine?.parts?.network.origin, 'built_in');

    await nameForTypes(api, null);
    const [plain] = (await api.deployMock('without-flavour')).instances;
    assert.ok(plain);
    await api.waitForState(plain.id, 'ready', READY_WITHIN_MS);
    const { engine } = await api.json<InstanceDetail>('GET', `/api/v1/instances/${plain.id}`);
    assert.deepEqual([engine?.flavour, engine?.parts?.image.origin], ['standard', 'built_in']);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

/** For each kind of machine of the pretended provider, whichever is the cheapest. */
async function nameForTypes(api: ApiClient, flavour: string | null): Promise<void> {
  const path = '/api/v1/catalogue/instance-types';
  const list = () => api.json<{ data: { id: string }[] }>('GET', `${path}?provider=mock`);
  let { data } = await list();
  // A stack that has just started may not have asked the mock cloud yet.
  for (const deadline = performance.now() + READY_WITHIN_MS; data.length === 0; { data } = await list()) {
    assert(performance.now() < deadline, 'the mock cloud has no types');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const { id } of data) await api.json('PATCH', `${path}/${id}`, { flavour });
}
