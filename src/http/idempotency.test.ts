import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import type { Env } from '#kernel/env.ts';
import { removeOldIdempotencyKeys } from './idempotency.ts';
import { Reply, type Route, route } from './route.ts';
import { JSON_OWNER, startTestServer, type TestServer } from './testing.ts';

interface Made {
  readonly name: string;
  readonly secret: string | null;
}

function createRoutes(env: Env, hold: () => Promise<void>): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/notes',
      name: 'notes.create',
      summary: 'Writes one row',
      policy: { allow: 'member', action: 'api_keys.own' },
      body: z.object({ name: z.string(), fail: z.boolean().default(false) }),
      success: { status: 201, body: z.object({ name: z.string(), secret: z.string().nullable() }) },
      idempotent: true,
      replayHides: ['secret'],
      handler: async ({ body, tx }) => {
        await tx.query('insert into notes (name) values ($1)', [body.name]);
        await hold();
        if (body.fail) throw new Error('after the write');
        const made = { name: body.name, secret: Buffer.from(env.random.bytes(8)).toString('hex') };
        return new Reply(201, made, { location: `/api/v1/notes/${body.name}` });
      },
    }),
  ];
}

async function start(t: Parameters<typeof startTestServer>[0], hold = async () => {}) {
  const server = await startTestServer(t, { routes: ({ env }) => createRoutes(env, hold) });
  await server.db.query('create table notes (name text)');
  const create = async (key: string | undefined, body: object, headers: Record<string, string> = {}) => {
    const answer = await server.request('/api/v1/notes', {
      method: 'POST',
      headers: { ...JSON_OWNER, ...(key === undefined ? {} : { 'idempotency-key': key }), ...headers },
      body: JSON.stringify(body),
    });
    return {
      status: answer.status,
      isReplayed: answer.headers.get('idempotent-replayed') === 'true',
      location: answer.headers.get('location'),
      body: (await answer.json()) as Made & { code?: string },
    };
  };
  return { server, create };
}

const rowCount = async (server: TestServer) => (await server.db.query('select name from notes')).length;

test('the same key and body answer the same and create once; the secret is shown once', async (t) => {
  const { server, create } = await start(t);
  const first = await create('k1', { name: 'a' });
  const second = await create('k1', { name: 'a' });
  assert.deepEqual(
    [first.status, first.isReplayed, second.status, second.isReplayed],
    [201, false, 201, true],
  );
  assert.deepEqual([first.location, second.location], ['/api/v1/notes/a', '/api/v1/notes/a']);
  assert.equal(second.body.name, 'a');
  assert.match(first.body.secret ?? '', /^[0-9a-f]{16}$/);
  assert.equal(second.body.secret, null);
  assert.equal(await rowCount(server), 1);
  const kept = await server.db.query('select body::text as body from idempotency_keys');
  assert(!JSON.stringify(kept).includes(first.body.secret ?? ''), 'the secret is not kept either');
});

test('the same key with another body is refused and creates nothing', async (t) => {
  const { server, create } = await start(t);
  await create('k1', { name: 'a' });
  const other = await create('k1', { name: 'b' });
  assert.deepEqual([other.status, other.body.code], [409, 'request.idempotency_mismatch']);
  assert.equal(await rowCount(server), 1);
});

test('twenty at the same moment create once and all get the answer', async (t) => {
  const { server, create } = await start(t);
  const answers = await Promise.all(Array.from({ length: 20 }, () => create('k1', { name: 'a' })));
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([201]));
  assert.equal(answers.filter((answer) => !answer.isReplayed).length, 1);
  assert.equal(await rowCount(server), 1);
});

test('a duplicate waits while the first is still running', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { server, create } = await start(t, () => gate.promise);
  const first = create('k1', { name: 'a' });
  const second = create('k1', { name: 'a' });
  await server.env.sleep(150);
  assert.equal(await rowCount(server), 0);
  gate.resolve();
  const answers = await Promise.all([first, second]);
  assert.deepEqual(answers.map((answer) => answer.isReplayed).sort(), [false, true]);
  assert.equal(await rowCount(server), 1);
});

test('a create that fails after its write leaves neither the row nor the key', async (t) => {
  const { server, create } = await start(t);
  assert.equal((await create('k1', { name: 'a', fail: true })).status, 500);
  assert.equal(await rowCount(server), 0);
  const again = await create('k1', { name: 'a' });
  assert.deepEqual([again.status, again.isReplayed], [201, false]);
});

test('keys of two users and of two organisations do not meet', async (t) => {
  const { server, create } = await start(t);
  for (const who of ['org_a/user_a/owner', 'org_a/user_b/owner', 'org_b/user_a/owner']) {
    const answer = await create('k1', { name: 'a' }, { 'x-test-user': who });
    assert.equal(answer.isReplayed, false, who);
  }
  assert.equal(await rowCount(server), 3);
});

test('after a day a key is new again', async (t) => {
  const { server, create } = await start(t);
  await create('k1', { name: 'a' });
  await create('k2', { name: 'b' });
  await server.db.query(`update idempotency_keys set created_at = app_now() - interval '25 hours'`);
  assert.equal((await create('k1', { name: 'a' })).isReplayed, false);
  await removeOldIdempotencyKeys(server.db);
  assert.deepEqual(await server.db.query('select key from idempotency_keys'), [{ key: 'k1' }]);
});

test('a key that no header can carry safely is refused', async (t) => {
  const { create } = await start(t);
  for (const key of ['with space', 'x'.repeat(201), 'é']) {
    assert.equal((await create(key, { name: 'a' })).status, 422, key.slice(0, 20));
  }
  assert.equal((await create(undefined, { name: 'a' })).status, 201);
});
