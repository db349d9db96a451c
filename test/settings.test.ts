/** Settings and provider accounts in a whole stack: what is changed reaches processes that go on running. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { listRunning } from '#supervisor/run-files.ts';
import { ApiClient } from './api-client.ts';
import { type Stack, startStack } from './stack.ts';

const LIMIT_MS = 60_000;
const ROOT = resolve(import.meta.dirname, '..');
const ACCOUNTS = '/api/v1/provider-accounts';
type Check = () => Promise<(string | null)[]>;
const WRONG_TOKEN = 'a-token-that-nobody-gave-out';

test('settings change without a restart, and machines run on the account of their organisation', {
  timeout: 300_000,
}, async () => {
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  try {
    await changeBodyLimit(api, stack.gatewayUrl);
    await useAccount(api, stack);
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

/** A right that the account has no longer: the check sees it, and nothing is ordered on the account. */
async function lackRight(api: ApiClient, stack: Stack, id: string, check: Check): Promise<void> {
  const faults = async (...list: object[]) => {
    const answer = await fetch(`${stack.mockCloudUrl}/v1/faults`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack.secret('mock_cloud_token')}` },
      body: JSON.stringify({ faults: list }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  await faults({ kind: 'missing_right', operation: 'server.reboot' });
  assert.deepEqual(await check(), ['failed', 'permission']);
  const refused = await api.deployMock('lacking').then(
    () => assert.fail('it was ordered'),
    (error: unknown) => String(error),
  );
  assert.match(refused, /provider_account\.unusable/);
  assert.match(refused, /servers\.write \(server\.reboot\)/);
  await faults();
  assert.deepEqual(await check(), ['ok', null]);
  const { check: seen } = await api.json<ProviderAccountView>('GET', `${ACCOUNTS}/${id}`);
  assert.equal(seen.inspection?.account, 'mock-account');
}

/** Another credential, and another master key, under processes that go on. */
async function rotateWhileItRuns(api: ApiClient, stack: Stack, id: string, check: Check): Promise<void> {
  const token = stack.secret('mock_cloud_token');
  const rotate = async (credential: { token: string }) => {
    await api.json('POST', `${ACCOUNTS}/${id}/rotate`, { credential });
    let view = await api.json<ProviderAccountView>('GET', `${ACCOUNTS}/${id}`);
    await until(async () => {
      view = await api.json<ProviderAccountView>('GET', `${ACCOUNTS}/${id}`);
      return view.rotation.state !== 'testing';
    });
    return [view.rotation.state, view.rotation.error, view.version];
  };
  assert.deepEqual(await rotate({ token: WRONG_TOKEN }), ['refused', 'auth', 2]);
  assert.deepEqual(await rotate({ token }), ['done', null, 3]);
  const before = runningPids(stack);
  assert.match(say(stack, 'secrets', 'rotate'), /is retired: nothing in the database uses it/);
  assert.match(say(stack, 'secrets', 'status'), /^[0-9a-f]{16} seals, provider_accounts\.credential: 1$/m);
  assert.match(say(stack, 'settings', 'get', 'JOB_POLL_MS'), /^JOB_POLL_MS +100 ms/);
  // The api seals with the new key from now on, and the orchestrator opens what it sealed.
  assert.deepEqual(await rotate({ token }), ['done', null, 4]);
  assert.deepEqual(await check(), ['ok', null]);
  assert.deepEqual(runningPids(stack), before, 'no process was started anew');
}

async function useAccount(api: ApiClient, stack: Stack): Promise<void> {
  const token = stack.secret('mock_cloud_token');
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
  await lackRight(api, stack, id, check);
  await rotateWhileItRuns(api, stack, id, check);
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

/** What a word of a person prints beside the running stack, which it neither ends nor waits for. */
function say(stack: Stack, ...words: string[]): string {
  const ended = spawnSync(process.execPath, [join(ROOT, 'bin/inventiv.ts'), ...words], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      JOB_POLL_MS: '100',
      PORT_OFFSET: String(stack.portOffset),
      INVENTIV_DATA_DIR: stack.dataDir,
    },
  });
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  return ended.stdout;
}

function runningPids({ dataDir }: Stack): Record<string, number> {
  return Object.fromEntries(listRunning(dataDir).map(({ name, pid }) => [name, pid]));
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
