/**
 * Live events of two api processes over one database: what is revoked at one ends the streams of the other, a stream
 * goes on at the other where one ended, and when the database is gone nobody reads on unseen.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { openStream, type StreamReader } from '#http/test-stream.ts';
import { createUser } from '#identity/testing.ts';
import { openStage } from '../bench/fleet/stage.ts';
import { startAnotherApi } from '../bench/live/more-apis.ts';
import { ApiClient } from './api-client.ts';

const PASSWORD = 'three blind little mice';
const LIMIT_MS = 60_000;

test('revocation, replacement and a lost database, at two api processes', { timeout: 300_000 }, async (t) => {
  await using stage = await openStage();
  const { env, config } = stage;
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'owner'),
    applicationName: 'test',
    poolSize: 2,
  });
  t.after(() => db.close());
  const { orgId } = await createUser(env, db, { username: 'ada', password: PASSWORD });
  const first = stage.start('api');
  const firstUrl = `http://127.0.0.1:${config.ports.api}`;
  await answering(firstUrl);
  const second = await startAnotherApi(config);
  t.after(() => second.stop());
  const tell = (subjectId: string) =>
    db.transaction((tx) => emitEvent(tx, { orgId, type: 'project.changed', subjectId, summary: {} }));

  const [one, other] = [await signIn(firstUrl), await signIn(second.url)];
  const revoked = await open(t, second.url, one.cookie);
  const leaving = await open(t, second.url, other.cookie);
  await tell('to-both');
  for (const reader of [revoked, leaving]) await reader.until(() => reader.subjects().includes('to-both'));

  await one.client.json('DELETE', '/api/v1/session');
  assert.equal(await revoked.untilEnd('revoked at the first'), 'session_ended');
  assert(!leaving.isClosed, 'another session goes on');

  await second.stop();
  assert.equal(await leaving.untilEnd('the second was stopped'), 'restarting');
  assert((leaving.end()?.retry_ms ?? 0) >= 500, 'not all come back in one moment');
  await tell('meanwhile');
  const back = await openStream(t, firstUrl, {
    cookie: other.cookie,
    'last-event-id': leaving.ids().at(-1) ?? '',
  });
  await back.until(() => back.subjects().includes('meanwhile'));
  assert.deepEqual([back.resets(), back.subjects().filter((id) => id === 'to-both')], [[], []]);

  const pids = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'api' and query ilike 'listen %'`,
  );
  assert.equal(pids.length, 1, 'one connection of an api listens');
  await db.query('select pg_terminate_backend($1)', [pids[0]?.pid]);
  await tell('after-the-cut');
  await back.until(() => back.subjects().includes('after-the-cut'));

  await stage.server.stop();
  assert.equal(await back.untilEnd('nobody can tell any more who may read'), 'unverified');
  first.kill('SIGTERM');
  if (first.exitCode === null && first.signalCode === null) await once(first, 'exit');
});

async function signIn(url: string): Promise<{ client: ApiClient; cookie: string }> {
  const client = new ApiClient(url);
  await client.login('ada', PASSWORD);
  return { client, cookie: client.cookie };
}

async function open(t: TestContext, url: string, cookie: string): Promise<StreamReader> {
  const reader = await openStream(t, url, { cookie });
  await reader.until(() => reader.ids().length > 0);
  return reader;
}

async function answering(url: string): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const isThere = await fetch(`${url}/api/v1/version`).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    assert(performance.now() < end, 'the api did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
