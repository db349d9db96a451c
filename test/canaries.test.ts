/**
 * Secrets of every kind, made through the api of a whole stack, and then looked for in everything that it wrote: the
 * rows of the database too, where nothing may lie readable.
 */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { withSession } from '#database/session.ts';
import { findLeak, nameSecret, takeLeaks, watchText } from '#kernel/testing/canaries.ts';
import { ApiClient } from './api-client.ts';
import { type Stack, startStack } from './stack.ts';
import { nameSecretsOf, watchRunning, watchWritten } from './stack-canaries.ts';

const PASSWORD = 'canary password of one person';
const CREDENTIAL = 'canary-credential-of-a-provider-7f3a';
const PROMPT = 'canary-prompt-that-nobody-keeps';

test('secrets of every kind are nowhere in what a stack writes, sends and keeps', {
  timeout: 600_000,
}, async (t) => {
  const stack = await startStack();
  t.after(() => stack[Symbol.asyncDispose]());
  const admin = new ApiClient(stack.url);
  await admin.login('admin', stack.adminPassword());
  const heard = listenToEvents(stack, admin.cookie);
  nameSecret('the password of a person', PASSWORD);
  nameSecret('the credential of a provider', CREDENTIAL);
  nameSecret('a prompt', PROMPT);

  const deployment = await admin.deployMock('canary');
  const [instance] = deployment.instances;
  assert.ok(instance);
  await admin.waitForState(instance.id, 'ready', 240_000);
  const made = await makeSecrets(admin, stack.adminPassword());
  await useSecrets(stack, made);
  for (const path of SEEN) {
    watchText(`GET ${path}`, await (await admin.send('GET', path)).text());
  }
  await admin.send('GET', `/api/v1/instances/${instance.id}/logs?tail=1000`);
  await admin.send('POST', `/api/v1/instances/${instance.id}/reinstall`);
  await admin.send('DELETE', `/api/v1/deployments/${deployment.id}`);
  heard.stop();
  assert.ok((await heard.text).length > 100, 'events were heard');
  watchText('the stream of events', await heard.text);
  assert.deepEqual(await leaksOfRows(stack), []);
  await watchRunning({ supervisorPid: stack.supervisor.pid ?? 0, portOffset: stack.portOffset });
  await stack.stop();
  watchWritten(stack.dataDir, stack.logTail());
  assert.deepEqual(takeLeaks(), []);
});

test('a leak that is planted in a log, in either writing, is found', (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-canary-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  for (const [folder, name, text] of [
    ['secrets', 'admin_password', 'planted-password-of-the-admin\n'],
    ['logs', 'api.log', '{"level":"info","message":"all is well"}\n'],
  ] as const) {
    mkdirSync(join(dataDir, folder));
    appendFileSync(join(dataDir, folder, name), text);
  }
  nameSecretsOf(dataDir);
  watchWritten(dataDir, '');
  assert.deepEqual(takeLeaks(), []);
  for (const writing of ['utf8', 'base64', 'hex'] as const) {
    const text = Buffer.from('planted-password-of-the-admin').toString(writing);
    appendFileSync(join(dataDir, 'logs', 'api.log'), `{"message":"${text}"}\n`);
    watchWritten(dataDir, '');
    const [leak, ...more] = takeLeaks();
    assert.deepEqual(
      [leak?.place, leak?.secret, more],
      ['the log api.log', 'the secret file admin_password', []],
    );
    rmSync(join(dataDir, 'logs', 'api.log'));
  }
});

/** What people and programs read, after all of it happened. */
const SEEN = [
  '/api/v1/audit?limit=200',
  '/api/v1/platform/audit?limit=200',
  '/api/v1/audit/export.csv',
  '/api/v1/audit/export.jsonl',
  '/api/v1/api-keys?owner=all',
  '/api/v1/provider-accounts',
  '/api/v1/webhooks',
  '/api/v1/requests?limit=200',
  '/api/v1/usage/requests',
  '/api/v1/settings',
  '/api/v1/users',
  '/api/v1/sessions',
  '/api/v1/jobs',
  '/api/v1/jobs/dead',
  '/api/v1/alerts?state=all',
  '/api/v1/workers',
  '/api/v1/version',
  '/readyz',
];

interface Made {
  readonly key: string;
  readonly cookie: string;
}

/** One of each kind that a person makes or gives. */
async function makeSecrets(admin: ApiClient, password: string): Promise<Made> {
  const key = await admin.json<{ id: string; secret: string }>('POST', '/api/v1/api-keys', {
    name: 'canary',
  });
  const rotated = await admin.json<{ secret: string }>('POST', `/api/v1/api-keys/${key.id}/rotate`, {});
  const hook = await admin.json<{ id: string; secret: string }>('POST', '/api/v1/webhooks', {
    url: 'https://hooks.example.com/in',
  });
  nameSecret('the secret of a webhook', hook.secret);
  await admin.send('POST', `/api/v1/webhooks/${hook.id}/test`, {});
  await admin.json('POST', '/api/v1/provider-accounts', {
    provider: 'mock',
    name: 'canary',
    credential: { token: CREDENTIAL },
  });
  await admin.json('POST', '/api/v1/organisation/invitations', { email: 'canary@example.test' });
  await admin.json('POST', '/api/v1/users', { username: 'canary', email: 'person@example.test' });
  await admin.send('POST', '/api/v1/password-reset', { email: 'person@example.test' });
  const totp = await admin.json<{ secret: string }>('POST', '/api/v1/account/totp', { password });
  nameSecret('the secret of one-time codes', totp.secret);
  for (const secret of [key.secret, rotated.secret]) nameSecret('an API key', secret);
  return { key: rotated.secret, cookie: admin.cookie };
}

/** Rightly and wrongly, and in places where they do not belong. */
async function useSecrets(stack: Stack, { key, cookie }: Made): Promise<void> {
  const ask = async (url: string, headers: Record<string, string>, body?: object) => {
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) watchText(`the refusal of ${url}`, text);
    return answer.status;
  };
  const chat = { model: 'Qwen/Qwen3-8B', messages: [{ role: 'user', content: PROMPT }], max_tokens: 8 };
  const path = '/v1/chat/completions';
  const bearer = { authorization: `Bearer ${key}` };
  assert.equal(await ask(stack.gatewayUrl + path, bearer, chat), 200);
  assert.equal(await ask(stack.url + path, bearer, chat), 200);
  await ask(stack.gatewayUrl + path, { 'x-api-key': `${key}x` }, chat);
  await ask(`${stack.gatewayUrl + path}?api_key=${key}`, {}, chat);
  await ask(stack.gatewayUrl + path, bearer, { ...chat, model: key });
  await ask(`${stack.url}/api/v1/instances?state=${encodeURIComponent(cookie)}`, { cookie });
  await ask(`${stack.url}/api/v1/models/${encodeURIComponent(key)}`, { cookie });
  await ask(`${stack.url}/${key}`, bearer);
  for (const [method, address] of [
    ['DELETE', `/api/v1/api-keys/${key}`],
    ['POST', `/api/v1/instances/${key}/terminate`],
    ['PATCH', `/api/v1/webhooks/${key}`],
    ['DELETE', `/api/v1/users/${key}/sessions`],
  ] as const) {
    const headers = { cookie, 'content-type': 'application/json' };
    // Refused once for its header, which the audit log keeps, and once for the id.
    for (const proof of [{}, { 'x-inventiv-csrf': '1' }]) {
      const body = method === 'PATCH' ? { body: '{}' } : {};
      const answer = await fetch(stack.url + address, { method, headers: { ...headers, ...proof }, ...body });
      watchText(`the answer to ${method}`, await answer.text());
    }
  }
  const login = (login: string, password: string) =>
    ask(`${stack.url}/api/v1/session`, {}, { login, password });
  await login('admin', PASSWORD);
  await login(PASSWORD, 'nothing');
  await login(key, key);
  for (const route of ['/api/v1/account/password', '/api/v1/account/totp/stop']) {
    const body = { password: PASSWORD, current_password: PASSWORD, new_password: PASSWORD };
    await ask(stack.url + route, { cookie, 'x-inventiv-csrf': '1' }, body);
  }
}

function listenToEvents(stack: Stack, cookie: string): { text: Promise<string>; stop(): void } {
  const left = new AbortController();
  const listen = async () => {
    let text = '';
    try {
      const answer = await fetch(`${stack.url}/api/v1/events`, { headers: { cookie }, signal: left.signal });
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
    } catch (error) {
      if (!left.signal.aborted) throw error;
    }
    return text;
  };
  return { text: listen(), stop: () => left.abort() };
}

/** Every row of every table, as a dump would hold it. */
async function leaksOfRows(stack: Stack): Promise<string[]> {
  const config = readConfig({ INVENTIV_DATA_DIR: stack.dataDir, PORT_OFFSET: String(stack.portOffset) });
  return withSession(databaseUrlFor(config, 'owner'), async (session) => {
    const tables = await session.query(
      `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace
         and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const found: string[] = [];
    for (const { name } of tables.rows as { name: string }[]) {
      const { rows } = await session.query(`select t::text as row from ${name} t`);
      for (const { row } of rows as { row: string }[]) {
        // The hash of a password is where it belongs in this one table.
        const leak = findLeak(name === 'users' ? row.replaceAll(/\$argon2id\S+/g, '') : row);
        if (leak) found.push(`${name}: ${leak.secret} after ${leak.excerpt}`);
      }
    }
    return found;
  });
}
