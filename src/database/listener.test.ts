import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHANNELS, notify } from './channels.ts';
import { SharedListener } from './listener.ts';
import { withTestDatabase } from './testing.ts';

const WITHIN_MS = 10_000;

test('a listener whose connection is cut comes back alone, and tells its reader to look again', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const heard: string[] = [];
  const listener = await db.listen(CHANNELS.jobs, (payload) => heard.push(payload));
  const until = async (holds: () => Promise<boolean> | boolean) => {
    const deadline = env.clock.monotonic() + WITHIN_MS;
    while (!(await holds())) {
      assert(env.clock.monotonic() < deadline, `heard ${JSON.stringify(heard)}`);
      await env.sleep(10);
    }
  };
  const listeners = () =>
    db.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
    );
  await until(() => heard.length === 1);
  for (let cut = 1; cut <= 3; cut++) {
    for (const { pid } of await listeners()) await db.query('select pg_terminate_backend($1)', [pid]);
    await until(() => heard.filter((payload) => payload === '').length === cut + 1);
  }
  assert.equal((await listeners()).length, 1, 'one connection however often it was cut');
  await notify(db, 'jobs', 'work');
  await until(() => heard.includes('work'));
  await listener.stop();
  await until(async () => (await listeners()).length === 0);
});

test('a listener that cannot connect lets its caller go on, keeps trying, and can be stopped', async (t) => {
  const { env, url } = await withTestDatabase(t);
  const warnings: string[] = [];
  const log = { ...env.log, warn: (_fields: unknown, message: string) => warnings.push(message) };
  const nowhere = { connectionString: url.reveal().replace(/:\d+\//, ':1/') };
  const listener = await new SharedListener({ ...env, log }, nowhere).listen(CHANNELS.jobs, () =>
    assert.fail('nothing to hear'),
  );
  const deadline = env.clock.monotonic() + WITHIN_MS;
  while (warnings.length < 3) {
    assert(env.clock.monotonic() < deadline, `${warnings.length} attempts`);
    await env.sleep(10);
  }
  await listener.stop();
});

test('all readers of a database share one connection, and each hears its channel until it stops', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const heard: Record<string, string[]> = { one: [], two: [], other: [] };
  const listeners = async () =>
    (
      await db.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and query ~* '^(un)?listen '`,
      )
    ).map(({ pid }) => pid);
  const until = async (holds: () => Promise<boolean> | boolean) => {
    const deadline = env.clock.monotonic() + WITHIN_MS;
    while (!(await holds())) {
      assert(env.clock.monotonic() < deadline, JSON.stringify(heard));
      await env.sleep(10);
    }
  };
  const [one, two, other] = await Promise.all([
    db.listen(CHANNELS.jobs, (payload) => heard['one']?.push(payload)),
    db.listen(CHANNELS.jobs, (payload) => heard['two']?.push(payload)),
    db.listen(CHANNELS.keys, (payload) => heard['other']?.push(payload)),
  ]);
  assert.equal((await listeners()).length, 1);
  await notify(db, 'jobs', 'a');
  await notify(db, 'keys', 'b');
  await until(() => heard['other']?.includes('b') === true);
  assert.deepEqual(heard, { one: ['', 'a'], two: ['', 'a'], other: ['', 'b'] });
  await one.stop();
  await notify(db, 'jobs', 'c');
  await until(() => heard['two']?.includes('c') === true);
  await two.stop();
  for (const pid of await listeners()) await db.query('select pg_terminate_backend($1)', [pid]);
  await until(() => heard['other']?.filter((payload) => payload === '').length === 2);
  assert.deepEqual(heard['one'], ['', 'a'], 'who has stopped hears nothing more');
  const again = await db.listen(CHANNELS.jobs, (payload) => heard['one']?.push(payload));
  await notify(db, 'jobs', 'd');
  await until(() => heard['one']?.includes('d') === true);
  await Promise.all([other.stop(), again.stop()]);
  await until(async () => (await listeners()).length === 0);
  const last = await db.listen(CHANNELS.jobs, (payload) => heard['two']?.push(payload));
  await notify(db, 'jobs', 'e');
  await until(() => heard['two']?.includes('e') === true);
  await last.stop();
});
