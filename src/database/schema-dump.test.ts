import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDatabase } from './database.ts';
import { MIGRATIONS_DIRECTORY } from './migrator.ts';
import { dumpSchema } from './schema-dump.ts';
import { withEmptyDatabase, withTestDatabase } from './testing.ts';

test('the migrations replayed are the dumped schema', async (t) => {
  const { db } = await withTestDatabase(t);
  const written = readFileSync(join(MIGRATIONS_DIRECTORY, 'schema.sql'), 'utf8');
  assert.equal(await dumpSchema(db), written, 'run `make db-dump` and review the difference');
});

test('a dump replayed on an empty database dumps alike', async (t) => {
  const { db } = await withTestDatabase(t);
  const empty = await withEmptyDatabase(t);
  const copy = openDatabase(empty.env, { url: empty.url, applicationName: 'test', poolSize: 1 });
  const dump = await dumpSchema(db);
  await copy.query(dump);
  const again = await dumpSchema(copy);
  await copy.close();
  assert.equal(again, dump);
});

test('a kind of object that the dump does not describe is refused', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query('create view overview as select 1 as one');
  await assert.rejects(dumpSchema(db), /does not describe overview \(v\) yet/);
});
