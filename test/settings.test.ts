/** Settings and provider accounts in a whole stack: what is changed reaches processes that go on running. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { ApiClient } from './api-client.ts';
import { startStack } from './stack.ts';

const LIMIT_MS = 60_000;
const ACCOUNTS = '/api/v1/provider-accounts';
const WRONG_TOKEN = 'a-token-that-nobody-gave-out';

test('settings change without a restart, and machines run on the account of their organisation', {
  timeout: 300_000,
}, async () => {
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  try {
    await changeBodyLimit(api, stack.gatewayUrl);
    await useAccount(api, stack.secret('mock_cloud_token'));
    for (const line of everythingWritten(stack.dataDir)) {
      assert.ok(!line.includes(WRONG_TOKEN) && !line.includes(stack.secret('mock_cloud_token')), line);
    }
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function changeBodyLimit(api: ApiClient, gatewayUrl: string): Promise<void> {
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'limits' });
  const statusOf = async () => {
    const answer = await fetch(`${gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'none', messages: [{ role: 'user', content: 'x'.repeat(2_000) }] }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await answer.text();
    return answer.status;
  };
  assert.equal(await statusOf(), 404, 'the model is looked for');
  await api.json('PUT', '/api/v1/settings/GATEWAY_BODY_BYTES_MAX', { value: 1_024 });
  await until(async () => (await statusOf()) === 413);
  await api.json('DELETE', '/api/v1/settings/GATEWAY_BODY_BYTES_MAX');
  await until(async () => (await statusOf()) === 404);
}

async function useAccount(api: ApiClient, token: string): Promise<void> {
  const body = { provider: 'mock', name: 'ours', credential: { token: WRONG_TOKEN } };
  const { id } = await api.json<ProviderAccountView>('POST', ACCOUNTS, body);
  const check = async () => {
    await api.json('POST', `${ACCOUNTS}/${id}/test`);
    let view = await api.json<ProviderAccountView>('GET', `${ACCOUNTS}/${id}`);
    await until(async () => {
      view = await api.json<ProviderAccountView>('GET', `${ACCOUNTS}/${id}`);
      return view.check.state !== 'pending';
    });
    return [view.check.state, view.check.error];
  };
  assert.deepEqual(await check(), ['failed', 'auth']);
  await api.json('PATCH', `${ACCOUNTS}/${id}`, { credential: { token } });
  assert.deepEqual(await check(), ['ok', null]);
  const [instance] = (await api.deployMock('on-account')).instances;
  assert.ok(instance);
  await api.waitForState(instance.id, 'ready', LIMIT_MS);
  const refused = await api.send('DELETE', `${ACCOUNTS}/${id}`);
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), new RegExp(`"path":"${instance.id}"`));
  await api.json('POST', `/api/v1/instances/${instance.id}/terminate`);
  await api.waitForState(instance.id, 'terminated', LIMIT_MS);
  await api.json('DELETE', `${ACCOUNTS}/${id}`);
}

function everythingWritten(dataDir: string): string[] {
  const logs = join(dataDir, 'logs');
  return readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, 'it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
