import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { readConfig } from '#config/config.ts';
import { ensureSecrets } from '#config/secrets.ts';
import { withTestDatabase } from '#database/testing.ts';
import { ensureFirstAdmin } from '#identity/commands/ensure-first-admin.ts';
import { Secret } from '#kernel/secret.ts';
import { freePortOffset } from '../../test/stack.ts';

const API = fileURLToPath(new URL('../../bin/api.ts', import.meta.url));
const WANTED = { name: 'chat', model_id: 'Qwen/Qwen3-8B', zone: 'mock-a', instance_type: 'MOCK-L4-1' };

/** The real process on a database of the test, killed by a crash point when one is named. */
async function startApi(t: TestContext, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [API], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [message] = (await once(child, 'message')) as [{ ready?: boolean }];
  assert.deepEqual(message, { ready: true });
  return child;
}

test('an api that dies between the order and its answer has ordered nothing, and the repetition orders once', async (t) => {
  const { db, env, url } = await withTestDatabase(t);
  const offset = await freePortOffset();
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-crash-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const environment = {
    DATABASE_URL: url.reveal(),
    DATABASE_ROLES: 'off',
    INVENTIV_DATA_DIR: dataDir,
    PORT_OFFSET: String(offset),
    LOG_LEVEL: 'error',
  };
  ensureSecrets(env, readConfig(environment));
  await seedCatalogue(env, db);
  const shape = { gpuCount: 1, gpuKind: 'L4', vramBytesPerGpu: 24 * 2 ** 30, vcpus: 8, memoryBytes: 48e9 };
  const offer = {
    zone: 'mock-a',
    type: 'MOCK-L4-1',
    ...shape,
    price: null,
    availability: 'available',
  } as const;
  await syncOffers(env, db, 'mock', [offer]);
  const admin = { username: 'admin', email: 'a@example.test', organisationName: 'Main' };
  await ensureFirstAdmin(env, db, { ...admin, password: new Secret('pw') });

  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${8003 + offset}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-inventiv-csrf': '1', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  const doomed = await startApi(t, { ...environment, FAULT: 'http.idempotent.before-answer-is-kept:1' });
  const login = await post('/api/v1/session', { login: 'admin', password: 'pw' });
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const order = () => post('/api/v1/deployments', WANTED, { cookie, 'idempotency-key': 'one' });
  const died = once(doomed, 'exit');
  await assert.rejects(order());
  assert.deepEqual(await died, [null, 'SIGKILL']);
  for (const table of ['deployments', 'instances', 'jobs', 'idempotency_keys']) {
    assert.equal((await db.query(`select 1 from ${table}`)).length, 0, table);
  }

  await startApi(t, environment);
  const first = await order();
  const second = await order();
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  assert.equal((await db.query('select 1 from instances')).length, 1);
});
