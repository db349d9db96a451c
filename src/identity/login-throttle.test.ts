import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { AppError } from '#kernel/errors.ts';
import { beginTry, endTryWell, forgiveLogins, type Try, takeTryBack } from './login-throttle.ts';
import { countTry, selectWaitMs } from './throttle-store.ts';

const RULE = { key: 'k', free: 5, firstMs: 1_000, maxMs: 300_000 };
const FROM_HOME: Try = { kind: 'login', login: 'ada', address: '10.0.0.1' };

/** Every count looks as if it were of this moment, however slow the machine is. */
const holdTime = (db: Database) =>
  db.query(`update login_failures set last_at = app_now() + interval '10 minutes' where count >= 5`);
const isLimited = (error: unknown) => error instanceof AppError && error.code === 'auth.too_many_attempts';

async function fail(db: Database, what: Try, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await beginTry(db, what);
}

test('each failure after the free ones doubles the wait, to a limit', async (t) => {
  const { db } = await withTestDatabase(t);
  const start = Date.parse('2026-11-21T12:00:00Z');
  const waits: number[] = [];
  await db.transaction(async (tx) => {
    let nowMs = start;
    const at = (ms: number) =>
      tx.query(`select set_config('app.now', $1, true)`, [new Date(ms).toISOString()]);
    for (let i = 0; i < 16; i++) {
      await at(nowMs);
      const waitMs = await selectWaitMs(tx, RULE);
      waits.push(waitMs);
      if (waitMs > 0) {
        assert.equal(await countTry(tx, RULE), false, 'not a moment earlier');
        await at(nowMs + waitMs - 1);
        assert.equal(await countTry(tx, RULE), false);
      }
      nowMs += waitMs;
      await at(nowMs);
      assert.equal(await countTry(tx, RULE), true);
    }
    await at(nowMs + 3_700_000);
    assert.equal(await countTry(tx, RULE), true, 'after an hour all is forgotten');
    assert.equal(await selectWaitMs(tx, RULE), 0);
  });
  const doubling = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
  assert.deepEqual(waits, [0, 0, 0, 0, 0, ...doubling.map((seconds) => seconds * 1_000)]);
});

test('guesses from one place do not slow the owner in another, and names are one whatever their case', async (t) => {
  const { db } = await withTestDatabase(t);
  await fail(db, { ...FROM_HOME, address: '10.9.9.9' }, 5);
  await holdTime(db);
  await assert.rejects(beginTry(db, { ...FROM_HOME, login: 'ADA', address: '10.9.9.9' }), isLimited);
  await beginTry(db, FROM_HOME);
});

test('one customer is one place, whatever addresses of the network they use', async (t) => {
  const { db } = await withTestDatabase(t);
  await fail(db, { ...FROM_HOME, address: '2001:db8:0:1::1' }, 5);
  await holdTime(db);
  await assert.rejects(beginTry(db, { ...FROM_HOME, address: '2001:db8::1:ffff:1:2:3' }), isLimited);
  await beginTry(db, { ...FROM_HOME, address: '2001:db8:0:2::1' });
  await fail(db, { ...FROM_HOME, address: '::ffff:10.7.7.7' }, 5);
  await holdTime(db);
  await assert.rejects(beginTry(db, { ...FROM_HOME, address: '10.7.7.7' }), isLimited);
});

test('one address that tries many logins waits, and so does one login that many addresses try', async (t) => {
  const { db } = await withTestDatabase(t);
  for (let i = 0; i < 30; i++) await beginTry(db, { ...FROM_HOME, login: `user-${i}` });
  await holdTime(db);
  await assert.rejects(beginTry(db, { ...FROM_HOME, login: 'another' }), isLimited);
  for (let i = 0; i < 50; i++) await beginTry(db, { ...FROM_HOME, login: 'eve', address: `10.1.0.${i}` });
  await holdTime(db);
  await assert.rejects(beginTry(db, { ...FROM_HOME, login: 'eve', address: '10.2.0.1' }), isLimited);
});

test('what many addresses try does not lock out where the account was used before, nor who has the mailbox', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_1', 'one', 'One', app_now())`,
  );
  await db.query(
    `insert into users (id, username, email, created_at) values ('user_1', 'ada', 'a@x.test', app_now())`,
  );
  await db.query(
    `insert into sessions (id, token_hash, user_id, org_id, address, created_at, last_seen_at, expires_at)
     values ('sess_1', 'h', 'user_1', 'org_1', '10.0.0.1', app_now(), app_now(), app_now())`,
  );
  for (let i = 0; i < 50; i++) await beginTry(db, { ...FROM_HOME, address: `10.1.0.${i}` });
  await holdTime(db);
  await beginTry(db, FROM_HOME);
  const elsewhere = { ...FROM_HOME, address: '10.3.0.1' };
  await assert.rejects(beginTry(db, elsewhere), isLimited);
  await forgiveLogins(db, ['ada', 'a@x.test'], '10.3.0.1');
  await beginTry(db, elsewhere);
});

test('many tries at once are counted like one after the other, by two processes as well', async (t) => {
  const { db } = await withTestDatabase(t);
  await fail(db, FROM_HOME, 4);
  await db.query(`update login_failures set count = 5, last_at = app_now() + interval '10 minutes'`);
  const answers = await Promise.allSettled(Array.from({ length: 12 }, () => beginTry(db, FROM_HOME)));
  assert(answers.every(({ status }) => status === 'rejected'));
  await db.query('delete from login_failures');
  await Promise.all(Array.from({ length: 5 }, () => beginTry(db, FROM_HOME)));
  const [row] = await db.query<{ count: number }>('select max(count) as count from login_failures');
  assert.equal(row?.count, 5);
});

test('a success forgets the failures of this login from here; what failed for another reason was no failure', async (t) => {
  const { db } = await withTestDatabase(t);
  await fail(db, FROM_HOME, 4);
  await beginTry(db, FROM_HOME);
  await endTryWell(db, FROM_HOME);
  await fail(db, FROM_HOME, 4);
  for (let i = 0; i < 10; i++) {
    await beginTry(db, FROM_HOME);
    await takeTryBack(db, FROM_HOME);
  }
  await beginTry(db, FROM_HOME);
  await holdTime(db);
  await assert.rejects(beginTry(db, FROM_HOME), isLimited);
});

test('nothing that somebody typed is kept', async (t) => {
  const { db } = await withTestDatabase(t);
  await beginTry(db, { ...FROM_HOME, login: 'my-secret-password' });
  const text = JSON.stringify(await db.query('select * from login_failures'));
  assert(!text.includes('secret') && !text.includes('10.0.0.1'));
});
