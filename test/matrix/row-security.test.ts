/** The second wall: what a statement that forgets the organisation sees and changes, in the role of each process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import type { Database } from '#database/database.ts';
import { PROCESS_ROLES } from '#database/roles.ts';
import { withRowsOf } from '#database/row-scope.ts';
import { withSession } from '#database/session.ts';
import { openAsRole, withTestDatabase } from '#database/testing.ts';
import { route } from '#http/route.ts';
import { startTestApi } from '#identity/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { fillCatalogue, furnish, startWholeApi } from './whole-api.ts';

/** Tables with a column `org_id` whose rows are not walled in, and why. */
const OPEN: Readonly<Record<string, string>> = {
  jobs: 'every process takes work of all organisations, and a row holds ids only',
  events: 'one reader hands them out to the streams of their organisations; ids and small summaries only',
  sweep_findings: "the installation's own affair, read by its administrators only",
  sweep_missing: "the installation's own affair, read by its administrators only",
};

const A = 'org_a' as OrgId;
const B = 'org_b' as OrgId;

test('every table of organisations is walled in, or says here why not', async (t) => {
  const { db } = await withTestDatabase(t);
  const rows = await db.query<{ name: string; is_walled: boolean }>(
    `select c.relname as name, c.relrowsecurity and exists (
              select from pg_policy p where p.polrelid = c.oid and p.polname = 'rows_of_organisation') as is_walled
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by 1`,
  );
  for (const { name, is_walled: isWalled } of rows) {
    assert.equal(
      isWalled,
      !(name in OPEN),
      `${name}: add \`select protect_rows('${name}')\` to its migration, or say in this test why it stays open`,
    );
  }
});

test('a statement that forgets the organisation sees and changes only its own', async (t) => {
  const database = await withTestDatabase(t);
  const api = await openAsRole(t, database, 'api');
  await database.db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now()), ('org_b', 'b', 'B', app_now())`,
  );
  await database.db.query(
    `insert into projects (org_id, id, slug, name, created_by, created_at)
     values ('org_a', 'proj_a', 'a', 'A', 'u', app_now()), ('org_b', 'proj_b', 'b', 'B', 'u', app_now())`,
  );
  const all = 'select id from projects order by id';
  await withRowsOf(A, async () => {
    assert.deepEqual(await api.query(all), [{ id: 'proj_a' }]);
    assert.deepEqual(await api.transaction((tx) => tx.query(all)), [{ id: 'proj_a' }]);
    const names = await api.query('select name from organisations order by id');
    assert.deepEqual(names, [{ name: 'A' }, { name: 'B' }], 'what others are called is seen');
    const renamed = await api.query(`update organisations set name = 'mine' returning id`);
    assert.deepEqual(renamed, [{ id: A }]);
    assert.equal((await api.query(`update projects set name = 'mine' returning id`)).length, 1);
    const stolen = `update projects set org_id = 'org_b' where id = 'proj_a'`;
    await assert.rejects(api.query(stolen), /row-level security/);
    const planted = `insert into projects (org_id, id, slug, name, created_by, created_at)
      values ('org_b', 'proj_c', 'c', 'C', 'u', app_now())`;
    await assert.rejects(api.query(planted), /row-level security/);
  });
  assert.equal((await api.query(all)).length, 2, 'the work of the installation sees all again');
  const mixed = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      n % 3 === 0 ? api.query(all) : withRowsOf(n % 3 === 1 ? A : B, () => api.query(all)),
    ),
  );
  mixed.forEach((rows, n) => {
    const expected = [['proj_a', 'proj_b'], ['proj_a'], ['proj_b']][n % 3];
    assert.deepEqual(
      rows.map((row) => row['id']),
      expected,
      'connections go from one to another',
    );
  });
  // A refused statement leaves the scope of its connection as it was told.
  await withRowsOf(A, () => assert.rejects(api.transaction((tx) => tx.query('select no_such_column'))));
  assert.deepEqual(await withRowsOf(B, () => api.query(all)), [{ id: 'proj_b' }]);
});

test('in each walled table a scope sees nothing of another, and a connection that declares nothing sees nothing', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  const tables = await api.db.query<{ name: string; owner: string }>(
    `select c.relname as name, 'org_id' as owner from pg_class c join pg_policy p on p.polrelid = c.oid
     where c.relname <> 'organisations' and p.polname = 'rows_of_organisation' order by 1`,
  );
  const [{ database } = { database: '' }] = await api.db.query<{ database: string }>(
    'select current_database() as database',
  );
  let seen = 0;
  for (const process of PROCESS_ROLES) {
    await api.db.transaction(async (tx) => {
      await tx.query(`set local role ${database}_${process}`);
      for (const { name, owner } of tables) {
        const [grant] = await tx.query<{ may: boolean }>(`select has_table_privilege($1, 'select') as may`, [
          name,
        ]);
        if (!grant?.may) continue;
        const count = async (rows: string) => {
          await tx.query(`select set_config('app.rows', $1, true)`, [rows]);
          const [row] = await tx.query<{ all: number; own: number }>(
            // Models of the whole installation are seen by all.
            `select count(*) as all, count(*) filter (where ${owner} = $1) as own from ${name}
             where $2 <> 'models' or ${owner} is not null`,
            [house.owner.orgId, name],
          );
          return row ?? { all: 0, own: 0 };
        };
        assert.deepEqual(await count(''), { all: 0, own: 0 }, `${process} in ${name} without a declaration`);
        assert.equal((await count('org_nobody')).all, 0, `${process} in ${name}`);
        const own = await count(house.owner.orgId);
        assert.equal(own.all, own.own, `${process} in ${name}`);
        seen += own.own;
      }
    });
  }
  assert.ok(seen > 20, `${seen} rows of its own are seen`);
});

test('a route sees the rows of its organisation, of its person, or all when it says why', async (t) => {
  const read = (db: Database, name: string, action: 'session.own' | 'projects.read', because?: string) =>
    route({
      method: 'GET',
      path: `/api/v1/${name}`,
      name: `test.${name}`,
      summary: name,
      policy: { allow: 'member', action },
      success: { status: 200, body: z.object({ slugs: z.array(z.string()) }) },
      ...(because === undefined ? {} : { allRowsBecause: because }),
      handler: async () => {
        const rows = await db.query<{ slug: string }>('select slug from projects order by slug');
        return { slugs: rows.map(({ slug }) => slug) };
      },
    });
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ db }) => [
      read(db, 'organisation', 'projects.read'),
      read(db, 'person', 'session.own'),
      read(db, 'both', 'projects.read', 'a contract has two sides'),
    ],
  });
  const [one, other] = [await api.person(), await api.person()];
  for (const [person, slug] of [[one, 'one'] as const, [other, 'other'] as const]) {
    await api.db.query(
      `insert into projects (org_id, id, slug, name, created_by, created_at) values ($1, $2, $2, 'P', 'u', app_now())`,
      [person.orgId, slug],
    );
  }
  const seen = async (name: string, as = one) => (await api.send(`/api/v1/${name}`, { as })).body.slugs;
  assert.deepEqual([await seen('organisation'), await seen('organisation', other)], [['one'], ['other']]);
  assert.deepEqual(
    [await seen('person'), await seen('both')],
    [
      ['one', 'other'],
      ['one', 'other'],
    ],
  );
});

test('the wall is not taken down by those who are behind it', async (t) => {
  const database = await withTestDatabase(t);
  await openAsRole(t, database, 'api');
  const name = new URL(database.url.reveal()).pathname.slice(1);
  await withSession(database.url, async (session) => {
    for (const process of PROCESS_ROLES) {
      await session.query(`set role ${name}_${process}`);
      for (const sql of [
        'alter table api_keys disable row level security',
        'drop policy rows_of_organisation on api_keys',
        `select protect_rows('jobs')`,
        'set row_security = off; select 1 from projects',
      ]) {
        await assert.rejects(session.query(sql), `${process} may: ${sql}`);
      }
      await session.query('reset role; reset row_security');
    }
  });
});
