/**
 * Turns at the simulation's database. Here and not beside the code, because it stops processes of its server: what other
 * tests do on the same one at that moment (a database dropped, a snapshot taken) would wait for them.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { withTestDatabase } from '#database/testing.ts';
import { type Backend, DatabaseServer, type Outcome } from '#simulation/world/database-server.ts';

const APPEND = 'update turns set told = told || $2 where id = $1';
const ROUNDS = 12;

interface Client {
  readonly backend: Backend;
  /** Starts a statement; resolves when it has ended or waits for a lock. */
  run(text: string, ...values: unknown[]): Promise<void>;
  outcome: Outcome | undefined;
}

async function openServer(t: TestContext): Promise<DatabaseServer> {
  let server: DatabaseServer | undefined;
  // Before the database is dropped, also when the test fails: dropping it would wait for a process that is stopped.
  t.after(() => server?.close());
  const { db, env, url } = await withTestDatabase(t);
  await db.query('create table turns (id int primary key, told text not null)');
  await db.query(`insert into turns select n, '' from generate_series(1, 3) as n`);
  server = await DatabaseServer.open(url, env);
  return server;
}

async function openClient(server: DatabaseServer, ended: (client: Client) => void = () => undefined) {
  const client: Client = {
    backend: await server.take(),
    outcome: undefined,
    async run(text, ...values) {
      client.outcome = undefined;
      await server.run(client.backend, [{ text, values }], async (outcome) => {
        client.outcome = outcome;
        ended(client);
      });
    },
  };
  return client;
}

test('many that wait for one row go on one by one, in the order in which they came', async (t) => {
  const server = await openServer(t);
  const ended: string[] = [];
  const holder = await openClient(server);
  const names = ['b', 'c', 'd', 'e', 'f'];
  const waiting = await Promise.all(
    names.map(async (name) => ({ name, client: await openClient(server, () => ended.push(name)) })),
  );
  for (let round = 0; round < ROUNDS; round++) {
    ended.length = 0;
    await server.ask(`update turns set told = '' where id = 1`);
    await holder.run('begin');
    await holder.run(APPEND, 1, 'a');
    for (const { name, client } of waiting) await client.run(APPEND, 1, name);
    assert.deepEqual(ended, [], 'all of them wait');
    await holder.run('commit');
    await server.wakeWaiting();
    assert.deepEqual(ended, names);
    const [row] = await server.ask<{ told: string }>('select told from turns where id = 1');
    assert.equal(row?.told, 'abcdef');
  }
});

test('a failed statement gives its locks back, and who waited goes on before its client is heard again', async (t) => {
  const server = await openServer(t);
  const failing = await openClient(server);
  const waiting = await openClient(server);
  await failing.run('begin');
  await failing.run(APPEND, 1, 'lost');
  await waiting.run(APPEND, 1, 'kept');
  assert.equal(waiting.outcome, undefined);
  await failing.run('select 1 / 0');
  assert.equal(failing.outcome?.ok, false);
  await server.wakeWaiting();
  assert.deepEqual(waiting.outcome, { ok: true, rows: [] });
  const [row] = await server.ask<{ told: string }>('select told from turns where id = 1');
  assert.equal(row?.told, 'kept');
});

test('a circle of waiting that closes only when somebody goes on is broken', async (t) => {
  const server = await openServer(t);
  const [first, second, third] = [
    await openClient(server),
    await openClient(server),
    await openClient(server),
  ];
  for (const client of [first, second, third]) await client.run('begin');
  await first.run(APPEND, 1, 'a');
  await second.run(APPEND, 2, 'b');
  await third.run(APPEND, 3, 'c');
  // Waits for the first one now, and for the second one afterwards, which waits for this one.
  await third.run(`select 1 from turns where id in (1, 2) order by id for update`);
  await second.run(APPEND, 3, 'b');
  assert.equal(third.outcome, undefined);
  assert.equal(second.outcome, undefined);
  await first.run('commit');
  await server.wakeWaiting();
  const broken = third.outcome as Outcome | undefined;
  assert.equal(broken?.ok === false && (broken.error as Error & { code: string }).code, '40P01');
  await server.wakeWaiting();
  assert.equal((second.outcome as Outcome | undefined)?.ok, true);
});
