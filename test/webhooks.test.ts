/** A whole stack tells a receiver what happens in it, and remembers who did what. Each process has its own database role. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { AuditEntryView } from '#contracts/audit.ts';
import { BUSINESS_EVENTS, type BusinessEventType } from '#contracts/business-events.ts';
import { ApiClient } from './api-client.ts';
import { type Stack, startStack } from './stack.ts';

const LIMIT_MS = 90_000;
const MODEL = 'Qwen/Qwen3-8B';

interface Told {
  readonly id: string;
  readonly type: BusinessEventType;
  readonly data: Record<string, unknown>;
}

test('from the first order to the last token, everything is told and signed; who did it is in the log', {
  timeout: 300_000,
}, async (t) => {
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  try {
    const receiver = await startReceiver(t);
    await api.json('PUT', '/api/v1/settings/WEBHOOK_PRIVATE_TARGETS', { value: 'on' });
    receiver.secret = await createWebhook(api, receiver.url);
    const key = await api.json<{ id: string; secret: string }>('POST', '/api/v1/api-keys', { name: 'told' });
    const { instances, id: deploymentId } = await api.deployMock('told');
    const instanceId = instances[0]?.id ?? '';
    await api.waitForState(instanceId, 'ready', LIMIT_MS);
    const tokens = await useTokens(stack, key.secret);
    await api.json('DELETE', `/api/v1/deployments/${deploymentId}`);
    await api.json('DELETE', `/api/v1/api-keys/${key.id}`);
    const has = (type: string, fields: object) =>
      receiver.told.some((event) => event.type === type && includes(event.data, fields));
    const expected: [string, object][] = [
      ['API_KEY_CREATED', { api_key_id: key.id }],
      ['DEPLOYMENT_CREATED', { deployment_id: deploymentId, replicas: 1 }],
      ['INSTANCE_STATE_CHANGED', { instance_id: instanceId, from: null }],
      ['INSTANCE_STATE_CHANGED', { instance_id: instanceId, to: 'ready' }],
      ['INSTANCE_COST_START', { instance_id: instanceId, resource_kind: 'server' }],
      ['TOKENS_CONSUMED', { api_key_id: key.id }],
      ['API_KEY_REVOKED', { api_key_id: key.id }],
      ['DEPLOYMENT_DELETED', { deployment_id: deploymentId }],
      ['INSTANCE_COST_STOP', { instance_id: instanceId, resource_kind: 'server' }],
      ['INSTANCE_STATE_CHANGED', { instance_id: instanceId, to: 'terminated' }],
    ];
    for (const [type, fields] of expected) {
      await until(() => has(type, fields), `${type} ${JSON.stringify(fields)}`);
    }
    await until(
      () => sumOf(receiver.told, 'completion_tokens') === tokens,
      'the sums equal what was answered',
    );
    assert.equal(receiver.broken, 0, 'every signature is right');
    for (const { type, data } of receiver.told) BUSINESS_EVENTS[type].data.strict().parse(data);
    await readAudit(api, key.id);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function startReceiver(t: TestContext) {
  const receiver = { url: '', secret: '', told: [] as Told[], broken: 0 };
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      try {
        const event = new Webhook(receiver.secret).verify(
          body,
          request.headers as Record<string, string>,
        ) as Told;
        // Told at least once: a receiver knows a repetition by its id.
        if (!seen.has(event.id)) receiver.told.push(event);
        seen.add(event.id);
        response.writeHead(204).end();
      } catch {
        receiver.broken += 1;
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return receiver;
}

/** Refused until the api knows the new value of the setting. */
async function createWebhook(api: ApiClient, url: string): Promise<string> {
  let secret = '';
  await until(async () => {
    const response = await api.send('POST', '/api/v1/webhooks', { url });
    const body = (await response.json()) as { secret?: string };
    secret = body.secret ?? '';
    return response.status === 201;
  }, 'private targets are allowed');
  return secret;
}

/** Completion tokens of three requests. The gateway hears of the instance a moment after it is ready. */
async function useTokens(stack: Stack, secret: string): Promise<number> {
  const ask = async () => {
    const response = await fetch(`${stack.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }),
      signal: AbortSignal.timeout(30_000),
    });
    const body = (await response.json()) as { usage?: { completion_tokens: number } };
    return response.ok ? (body.usage?.completion_tokens ?? 0) : undefined;
  };
  let sum = 0;
  for (let served = 0; served < 3; served++) {
    await until(async () => {
      const tokens = await ask();
      sum += tokens ?? 0;
      return tokens !== undefined;
    }, 'the model answers');
  }
  assert.ok(sum > 0);
  return sum;
}

async function readAudit(api: ApiClient, keyId: string): Promise<void> {
  const mine = await api.json<{ data: AuditEntryView[]; total: number }>('GET', '/api/v1/audit?limit=200');
  const actions = mine.data.map(({ action }) => action);
  assert.equal(mine.total, mine.data.length);
  for (const action of ['session.create', 'webhooks.create', 'api_keys.create', 'deployments.create']) {
    assert.ok(actions.includes(action), action);
  }
  assert.ok(actions.includes('deployments.delete') && actions.includes('api_keys.revoke'));
  const revoked = mine.data.find(({ action }) => action === 'api_keys.revoke');
  assert.deepEqual([revoked?.subject.id, revoked?.actor.name], [keyId, 'admin']);
  const global = await api.json<{ data: AuditEntryView[] }>('GET', '/api/v1/platform/audit?action=settings');
  assert.deepEqual(
    global.data.map(({ subject, before, after }) => [subject.id, before, after]),
    [['WEBHOOK_PRIVATE_TARGETS', { value: null }, { value: 'on' }]],
  );
}

const includes = (data: Record<string, unknown>, fields: object) =>
  Object.entries(fields).every(([name, value]) => data[name] === value);
const sumOf = (told: readonly Told[], field: string) =>
  told.reduce((sum, { type, data }) => sum + (type === 'TOKENS_CONSUMED' ? Number(data[field]) : 0), 0);

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; !(await isSo()); ) {
    assert.ok(performance.now() < end, `not so after ${LIMIT_MS / 1_000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
