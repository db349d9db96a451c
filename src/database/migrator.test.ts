import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { StartError } from '#config/start-error.ts';
import { migrate, requireVersion } from './migrator.ts';
import { withSession } from './session.ts';
import { withEmptyDatabase } from './testing.ts';

function directoryOf(t: TestContext, files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-migrations-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql);
  return directory;
}

const FIRST = { '0001_first.sql': 'create table first (id text primary key);' };
const SECOND = { '0002_second.sql': "insert into first values ('one');" };

test('three starters at once apply each migration once', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const directory = directoryOf(t, { ...FIRST, ...SECOND });
  const results = await Promise.all([1, 2, 3].map(() => migrate(env, { url, directory })));
  assert.deepEqual(results.map((names) => names.length).sort(), [0, 0, 2]);
  const rows = await withSession(url, (session) => session.query('select count(*)::int as n from first'));
  assert.equal(rows.rows[0].n, 1);
});

test('an edited migration is refused', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const directory = directoryOf(t, FIRST);
  await migrate(env, { url, directory });
  writeFileSync(join(directory, '0001_first.sql'), 'create table other (id text);');
  await assert.rejects(migrate(env, { url, directory }), /0001_first\.sql was edited after it was applied/);
});

test('a missing migration is refused', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  await migrate(env, { url, directory: directoryOf(t, { ...FIRST, ...SECOND }) });
  await assert.rejects(
    migrate(env, { url, directory: directoryOf(t, FIRST) }),
    /0002_second\.sql is applied but its file is missing/,
  );
});

test('a migration before an applied one is refused', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  await migrate(env, { url, directory: directoryOf(t, { '0002_late.sql': 'select 1' }) });
  const directory = directoryOf(t, { '0002_late.sql': 'select 1', ...FIRST });
  await assert.rejects(migrate(env, { url, directory }), /0001_first\.sql comes before 0002_late\.sql/);
});

test('a failing migration leaves nothing of its file and keeps those before it', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const broken = { '0002_broken.sql': 'create table half (id text); select * from nowhere;' };
  const directory = directoryOf(t, { ...FIRST, ...broken });
  await assert.rejects(migrate(env, { url, directory }), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /^migration 0002_broken\.sql failed: .*nowhere.*$/);
    return true;
  });
  const tables = await withSession(url, (session) =>
    session.query(
      "select to_regclass('first') is not null as first, to_regclass('half') is not null as half",
    ),
  );
  assert.deepEqual(tables.rows[0], { first: true, half: false });
});

test('two files with one number, or a name without one, are refused', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const twice = directoryOf(t, { ...FIRST, '0001_again.sql': 'select 1' });
  await assert.rejects(migrate(env, { url, directory: twice }), /two migrations have the number 0001/);
  const unnumbered = directoryOf(t, { 'first.sql': 'select 1' });
  await assert.rejects(migrate(env, { url, directory: unnumbered }), /first\.sql has no name like/);
});

test('a server before version 15 is refused with one line', async () => {
  const session = { query: async () => ({ rows: [{ server_version: '14.9 (Debian 14.9-0)' }] }) };
  await assert.rejects(
    requireVersion(session as never),
    /^StartError: PostgreSQL 14\.9 .* is too old: version 15/,
  );
});

test('a server that does not answer is one line', async (t) => {
  const { env } = await withEmptyDatabase(t);
  const { Secret } = await import('#kernel/secret.ts');
  const url = new Secret('postgres://somebody:pass@127.0.0.1:1/none');
  await assert.rejects(migrate(env, { url }), /^StartError: PostgreSQL at 127\.0\.0\.1:1 does not answer/);
});
