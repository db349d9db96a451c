import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#kernel/errors.ts';
import { sqlStateOf } from './database.ts';
import { withTestDatabase } from './testing.ts';

test('a connection cut while a transaction waits fails that transaction and nothing else', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await db.query('create table facts (n integer)');
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.query('insert into facts values (1)');
      const [own] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await db.query('select pg_terminate_backend($1)', [own?.pid]);
      await env.sleep(100);
      await tx.query('insert into facts values (2)');
    }),
    (error) => error instanceof AppError && error.code === 'database.unavailable',
  );
  assert.deepEqual(await db.query('select n from facts'), []);
});

test('transactions that deadlock are repeated until both have happened', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query('create table accounts (id integer primary key, n integer)');
  await db.query('insert into accounts values (1, 0), (2, 0)');
  let holders = 0;
  const bothHoldOne = Promise.withResolvers<void>();
  const raise = (first: number, second: number) =>
    db.transaction(async (tx) => {
      await tx.query('update accounts set n = n + 1 where id = $1', [first]);
      holders += 1;
      if (holders === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await tx.query('update accounts set n = n + 1 where id = $1', [second]);
    });
  await Promise.all([raise(1, 2), raise(2, 1)]);
  assert.deepEqual(await db.query('select n from accounts'), [{ n: 2 }, { n: 2 }]);
});

test('a bigint is a number, and one that no number can hold is an error instead of a wrong figure', async (t) => {
  const { db } = await withTestDatabase(t);
  assert.deepEqual(await db.query('select 9007199254740991::bigint as n'), [{ n: Number.MAX_SAFE_INTEGER }]);
  await assert.rejects(db.query('select 9007199254740992::bigint as n'), /safe range/);
});

test('a refused statement keeps its SQLSTATE', async (t) => {
  const { db } = await withTestDatabase(t);
  await assert.rejects(db.query('select * from nowhere'), (error) => sqlStateOf(error) === '42P01');
});
