import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLANNED_ANEW, StatementNames } from './statement-names.ts';
import { withTestDatabase } from './testing.ts';

test('only what is sent often gets a name, and every text its own', () => {
  const names = new StatementNames();
  for (let count = 0; count < 49; count++) assert.equal(names.prepare('select 1', []).name, undefined);
  const first = names.prepare('select 1', []).name;
  assert.ok(first);
  assert.equal(names.prepare('select 1', []).name, first);
  for (let count = 0; count < 49; count++) names.prepare('select 2', []);
  assert.notEqual(names.prepare('select 2', []).name, first);
  for (let count = 0; count < 5_000; count++)
    assert.equal(names.prepare(`select ${count} as n`, []).name, undefined);
});

test('what is to be planned anew never gets one', () => {
  const names = new StatementNames();
  for (let count = 0; count < 200; count++) {
    assert.equal(names.prepare(`${PLANNED_ANEW} select 1`, []).name, undefined);
  }
});

test('a refused statement is sent again without its old name, other errors are not', () => {
  const names = new StatementNames();
  const often = () => {
    for (let count = 0; count < 50; count++) names.prepare('select 1', []);
    return names.prepare('select 1', []).name;
  };
  const before = often();
  assert.equal(names.wasRefused('23505'), false);
  assert.equal(names.wasRefused(undefined), false);
  assert.equal(names.wasRefused('0A000'), true);
  assert.equal(names.prepare('select 1', []).name, undefined);
  assert.notEqual(often(), before);
  assert.equal(names.wasRefused('26000'), true);
  assert.equal(often(), undefined, 'a proxy shares our connections: nothing is prepared any more');
});

test('a schema that changes under prepared statements is not noticed, with and without a transaction', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query('create table things (id integer primary key)');
  await db.query('insert into things values (1)');
  const read = () => db.query('select * from things');
  const readInside = () => db.transaction((tx) => tx.query('select * from things where id = 1'));
  for (let count = 0; count < 200; count++) await read();
  for (let count = 0; count < 200; count++) await readInside();
  await db.query('alter table things add column name text');
  assert.deepEqual(
    await Promise.all(Array.from({ length: 10 }, read)),
    Array(10).fill([{ id: 1, name: null }]),
  );
  assert.deepEqual(await readInside(), [{ id: 1, name: null }]);
});
