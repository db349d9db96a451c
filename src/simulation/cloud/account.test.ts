import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MOCK_PARTS, MockProvider } from '#providers/mock/provider.ts';
import { ProviderError } from '#providers/provider.ts';
import { anOrder, TEST_TOKEN, TestCloud } from './test-cloud.ts';

async function start(t: TestContext) {
  const cloud = await TestCloud.start();
  const { clock } = cloud.env;
  const parts = MOCK_PARTS['network'] ?? [];
  const provider = new MockProvider({ baseUrl: cloud.url, token: TEST_TOKEN, clock, parts });
  t.after(async () => {
    await provider.close();
    await cloud.close();
  });
  const context = () => ({ signal: AbortSignal.timeout(30_000), correlationId: 'cor_test' });
  return { cloud, provider, context, inspect: () => provider.inspect(context()) };
}

test('a right that is missing is told by its operation, and its calls are refused', async (t) => {
  const { cloud, provider, context, inspect } = await start(t);
  await cloud.setFaults({ kind: 'missing_right', operation: 'server.delete' });
  const missing = (await inspect()).rights.filter(({ state }) => state !== 'granted');
  assert.deepEqual(missing, [
    { right: 'servers.write', state: 'missing', isNeeded: true, name: 'server.delete' },
  ]);
  await assert.rejects(provider.deleteServer(context(), { id: 'srv-1', zone: 'mock-a' }), {
    facts: {
      kind: 'permission',
      provider: 'mock',
      operation: 'deleteServer',
      outcomeUnknown: false,
      httpStatus: 403,
      providerCode: 'permissions_denied',
    },
  });
  await cloud.setFaults({ kind: 'missing_right', operation: 'key.*' });
  const keys = (await inspect()).rights.filter(({ state }) => state === 'missing');
  assert.deepEqual(
    keys.map(({ right, isNeeded }) => [right, isNeeded]),
    [
      ['keys.read', false],
      ['keys.write', false],
    ],
    'nothing is made with keys here, so they are not needed',
  );
});

test('a secret that has expired is refused everywhere', async (t) => {
  const { cloud, inspect } = await start(t);
  await cloud.setFaults({ kind: 'expired_credential' });
  await assert.rejects(inspect(), (error) => error instanceof ProviderError && error.facts.kind === 'auth');
});

test('a low quota is told with what is used of it, and holds', async (t) => {
  const { cloud, inspect } = await start(t);
  await cloud.create();
  await cloud.setFaults({ kind: 'low_quota', limit: 1 });
  const quota = (await inspect()).quotas.find(({ resource }) => resource === 'server');
  assert.deepEqual(quota, { resource: 'server', zone: null, limit: 1, used: 1 });
  const refused = await cloud.call('POST', '/v1/servers', anOrder());
  assert.deepEqual([refused.status, refused.body['type']], [403, 'quotas_exceeded']);
});

test('a zone that does not answer is told with the reason, and the others are not held up by it', async (t) => {
  const { cloud, inspect } = await start(t);
  await cloud.setFaults({ kind: 'error_before', zone: 'mock-b', status: 503 });
  assert.deepEqual((await inspect()).zones, [
    { zone: 'mock-a', isReachable: true, error: null },
    { zone: 'mock-b', isReachable: false, error: 'retryable' },
  ]);
});
