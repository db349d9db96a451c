/** What is asked of a machine that serves, seen from outside: out of service and back, and its worker installed anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertView } from '#contracts/alerts.ts';
import type { InstanceDetail } from '#contracts/instances.ts';
import { ApiClient } from './api-client.ts';
import { MockCloudClient } from './mock-cloud-client.ts';
import { startStack } from './stack.ts';

const LIMIT_MS = 60_000;

test('a machine is drained and resumed, and its worker is installed anew by an order to the agent', {
  timeout: 240_000,
}, async () => {
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const cloud = new MockCloudClient(stack);
  try {
    await api.deployMock('watched');
    const id = await firstInstance(api);
    await api.waitForState(id, 'ready', LIMIT_MS);
    const servers = (await cloud.liveServers()).map((server) => server.id);
    const ask = (verb: string) => api.json<InstanceDetail>('POST', `/api/v1/instances/${id}/${verb}`);

    assert.equal((await ask('drain')).is_drained, true);
    await api.waitForState(id, 'draining', LIMIT_MS);
    assert.equal((await ask('drain')).is_drained, true, 'asked twice it is asked once');
    const refused = await api.send('POST', `/api/v1/instances/${id}/unarchive`);
    assert.equal(refused.status, 409);
    await ask('resume');
    const resumed = await api.waitForState(id, 'ready', LIMIT_MS);
    assert.deepEqual(
      resumed.history.slice(-3).map((entry) => `${entry.to} ${entry.reason}`),
      ['draining drain_requested', 'starting resume_requested', 'ready health_confirmed'],
    );

    await ask('reinstall');
    const anew = await untilInstalled(api, id);
    assert.equal(anew.reinstall?.path, 'agent_order');
    assert.equal(anew.reinstall?.path_reason, null);
    assert.equal(anew.progress, 100);
    assert.deepEqual(
      (await cloud.liveServers()).map((server) => server.id),
      servers,
      'on the same machine',
    );
    await ask('terminate');
    await api.waitForState(id, 'terminated', LIMIT_MS);
    assert.deepEqual(await cloud.liveServers(), []);
    await ask('archive');
    await api.waitForState(id, 'archived', LIMIT_MS);
    await ask('unarchive');
    await api.waitForState(id, 'terminated', LIMIT_MS);
    const { data: alerts } = await api.json<{ data: AlertView[] }>('GET', '/api/v1/alerts?state=all');
    assert.deepEqual(
      alerts.filter((alert) => alert.subject_kind === 'instance'),
      [],
      'nothing of this was a reason for an alert',
    );
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function firstInstance(api: ApiClient): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const [instance] = await api.instances();
    if (instance) return instance.id;
    assert(performance.now() < deadline, 'the deployment made no instance');
    await pause();
  }
}

async function untilInstalled(api: ApiClient, id: string): Promise<InstanceDetail> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const instance = await api.instance(id);
    if (instance.state === 'ready' && instance.reinstall?.outcome === 'installed') return instance;
    const { state, state_reason: reason, reinstall } = instance;
    assert(performance.now() < deadline, `${state} ${reason} ${JSON.stringify(reinstall)}`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25));
}
