import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient } from './api-client.ts';
import { assertBillsEqual, MockCloudClient } from './mock-cloud-client.ts';
import { startStack } from './stack.ts';

const LIMIT_MS = 120_000;
const INSTANCES = 20;

interface Sample {
  readonly gpus: readonly { readonly memory_total_bytes: number }[];
}

test('twenty instances in parallel each get an address, heartbeats and GPU series, and leave nothing behind', {
  timeout: 240_000,
}, async () => {
  await using stack = await startStack({ env: { HEARTBEAT_INTERVAL_MS: '500' } });
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const cloud = new MockCloudClient(stack);
    const deployments = await Promise.all(
      Array.from({ length: INSTANCES / 4 }, (_, index) => api.deployMock(`parallel-${index}`, 4)),
    );
    const ids = deployments.flatMap((deployment) => deployment.instances.map((instance) => instance.id));
    assert.equal(ids.length, INSTANCES);
    const ready = await Promise.all(ids.map((id) => api.waitForState(id, 'ready', LIMIT_MS)));
    const addresses = new Set(ready.map((instance) => instance.address));
    assert.equal(addresses.size, INSTANCES);
    for (const address of addresses) assert.match(address ?? '', /^127\.\d+\.\d+\.\d+$/);
    for (const id of ids) await assertBeats(api, id);
    await Promise.all(deployments.map((one) => api.json('DELETE', `/api/v1/deployments/${one.id}`)));
    await Promise.all(ids.map((id) => api.waitForState(id, 'terminated', LIMIT_MS)));
    assert.deepEqual(await cloud.liveServers(), []);
    assert.deepEqual(await cloud.liveVolumes(), []);
    await assertBillsEqual(api, cloud, LIMIT_MS);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function assertBeats(api: ApiClient, id: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const from = new Date(Date.now() - 600_000).toISOString();
    const to = new Date(Date.now() + 1_000).toISOString();
    const series = await api.json<{ data: Sample[] }>(
      'GET',
      `/api/v1/instances/${id}/metrics?from=${from}&to=${to}&step=1`,
    );
    const withGpus = series.data.filter((sample) => (sample.gpus[0]?.memory_total_bytes ?? 0) > 0);
    if (withGpus.length >= 2) return;
    assert(
      performance.now() < deadline,
      `${id} has ${series.data.length} samples, ${withGpus.length} with GPUs`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
