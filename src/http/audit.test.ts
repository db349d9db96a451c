import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Database } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { describedApiRoutes } from '../../bin/api-routes.ts';
import { isAudited } from './audit-trail.ts';
import { HIDDEN } from './audit-values.ts';
import type { Route } from './route.ts';
import { JSON_OWNER, startTestServer } from './testing.ts';

interface Row {
  readonly action: string;
  readonly org_id: string | null;
  readonly outcome: string;
  readonly actor_id: string | null;
  readonly subject_id: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly request_id: string;
}

let declared: Route[];
before(() => {
  declared = describedApiRoutes('0').filter(isAudited);
});

const rowsOf = (db: Database) =>
  db.query<Row>(`select action, org_id, outcome, actor_id, subject_id, before, after, request_id
    from audit_log order by seq`);
const pathOf = (route: Route) => route.path.replaceAll(/:\w+/g, 'some-id');

/** As declared, but what it does is ours, and every body will do. */
function withHandler(route: Route, handler: Route['handler'], more: Partial<Route> = {}): Route {
  const open = { params: undefined, query: undefined, body: undefined };
  return { ...route, ...open, success: { status: 204 }, handler, ...more };
}

async function start(t: Parameters<typeof startTestServer>[0], routes: (db: Database) => Route[]) {
  const server = await startTestServer(t, { routes: ({ db }) => routes(db) });
  await server.db.query('create table facts (name text)');
  const send = async (route: Route, headers: Record<string, string> = {}, body: object = {}) => {
    const answer = await server.request(pathOf(route), {
      method: route.method,
      headers: { ...JSON_OWNER, ...headers },
      ...(route.method === 'DELETE' || route.method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      text: await answer.text(),
      requestId: answer.headers.get('x-request-id'),
    };
  };
  return { ...server, send };
}

const ADMIN = { 'x-test-user': 'org_a/user_a/owner/platform' };

test('each route of the api that changes something leaves an entry, in the transaction of the change', async (t) => {
  let mayCommit = true;
  const { db, send } = await start(t, (db) =>
    declared.map((route) =>
      withHandler(route, async (request) => {
        noteChange({ actor: { id: 'user_a', name: 'a', orgId: 'org_a' } });
        const write = async (tx: { query: Database['query'] }) => {
          await tx.query('insert into facts (name) values ($1)', [route.name]);
          if (!mayCommit) throw new Error('after the write');
        };
        if (route.idempotent) await write(request.tx);
        else await db.transaction(write);
        return undefined;
      }),
    ),
  );
  assert.ok(declared.length >= 20, `${declared.length} routes`);
  mayCommit = false;
  for (const route of declared) assert.equal((await send(route, ADMIN)).status, 500, route.name);
  assert.deepEqual(await rowsOf(db), [], 'what is rolled back leaves none');
  mayCommit = true;
  for (const route of declared) {
    const { status, requestId, text } = await send(route, ADMIN);
    assert.equal(status, 204, `${route.name} ${text}`);
    const [row, ...more] = (await rowsOf(db)).filter((one) => one.request_id === requestId);
    assert.deepEqual(
      [row?.action, row?.outcome, row?.actor_id, more.length],
      [route.name, 'done', 'user_a', 0],
    );
    assert.equal(row?.org_id, route.policy.allow === 'platform_admin' ? null : 'org_a', route.name);
    if (route.path.includes(':')) assert.equal(row?.subject_id, 'some-id', route.name);
  }
  const [same] = await db.query<{ count: number }>(
    `select count(*) as count from facts f join audit_log a on a.action = f.name and a.xmin = f.xmin`,
  );
  assert.equal(same?.count, declared.length, 'entry and change are of one transaction');
});

const NOTES: Pick<Route, 'method' | 'path' | 'name' | 'summary' | 'policy' | 'success'> = {
  method: 'POST',
  path: '/api/v1/notes/:id',
  name: 'notes.write',
  summary: 'Writes',
  policy: { allow: 'member', action: 'organisation.write' },
  success: { status: 204 },
};

test('a handler without a transaction is entered too, and one that fails is not', async (t) => {
  let fails = false;
  const route: Route = {
    ...NOTES,
    handler: async () => {
      if (fails) throw new Error('no');
    },
  };
  const { db, send } = await start(t, () => [route]);
  await send(route);
  assert.deepEqual(
    (await rowsOf(db)).map(({ action }) => action),
    ['notes.write'],
  );
  fails = true;
  await send(route);
  assert.equal((await rowsOf(db)).length, 1);
});

test('a transaction that only reads does not use the entry up', async (t) => {
  const route = (db: Database): Route => ({
    ...NOTES,
    handler: async () => {
      await db.transaction((tx) => tx.query('select 1 from facts'));
      await db.transaction(async (tx) => {
        await tx.query(`insert into facts values ('x')`);
        noteChange({ before: { a: 1 }, after: { a: 2 } });
      });
    },
  });
  const { db, send } = await start(t, (db) => [route(db)]);
  await send(route(db));
  const [same] = await db.query<{ count: number }>(
    `select count(*) as count from facts f join audit_log a on a.xmin = f.xmin`,
  );
  assert.equal(same?.count, 1);
  const [row] = await rowsOf(db);
  assert.deepEqual([row?.before, row?.after], [{ a: 1 }, { a: 2 }]);
});

test('a transaction that is repeated leaves one entry', async (t) => {
  let tries = 0;
  const route = (db: Database): Route => ({
    ...NOTES,
    handler: () =>
      db.transaction(async (tx) => {
        await tx.query(`insert into facts values ('x')`);
        tries += 1;
        if (tries < 3) throw Object.assign(new Error('serialisation'), { code: '40001' });
      }),
  });
  const { db, send } = await start(t, (db) => [route(db)]);
  assert.equal((await send(route(db))).status, 204);
  assert.deepEqual([tries, (await rowsOf(db)).length], [3, 1]);
});

test('a repetition that is answered from before leaves no second entry', async (t) => {
  const route: Route = {
    ...NOTES,
    idempotent: true,
    handler: async ({ tx }) => {
      await tx.query(`insert into facts values ('x')`);
    },
  };
  const { db, send } = await start(t, () => [route]);
  for (let i = 0; i < 3; i++) assert.equal((await send(route, { 'idempotency-key': 'k' })).status, 204);
  assert.equal((await rowsOf(db)).length, 1);
});

test('secrets are hidden wherever they are, and long bodies are cut', async (t) => {
  const body = {
    name: 'visible',
    password: 'hunter2-hunter2',
    nested: { new_password: 'hunter2-hunter2', list: [{ client_secret: 'hunter2-hunter2' }] },
    credential: { id: 'hunter2-hunter2' },
    note: 'Bearer hunter2-hunter2',
    address: 'https://me:hunter2-hunter2@example.test',
    tokens_per_minute: 5,
    api_key_id: 'key_1',
    code: '123456',
    special: 'hunter2-hunter2',
  };
  const route: Route = {
    ...NOTES,
    body: (await import('zod')).looseObject({}),
    auditHides: ['special'],
    handler: async () => undefined,
  };
  const { db, send } = await start(t, () => [route]);
  await send(route, {}, body);
  await send(
    route,
    {},
    { texts: Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`f${i}`, 'x'.repeat(1_000)])) },
  );
  const [row, long] = await rowsOf(db);
  const text = JSON.stringify(row);
  assert(!text.includes('hunter2') && !text.includes('123456'), text);
  assert.deepEqual(row?.after?.['password'], HIDDEN);
  assert.deepEqual(
    [row?.after?.['name'], row?.after?.['tokens_per_minute'], row?.after?.['api_key_id']],
    ['visible', 5, 'key_1'],
  );
  assert(JSON.stringify(long).length < 10_000 && long?.after?.['too_long'], JSON.stringify(long));
});

test('what somebody may not do is entered once a minute, however often it is tried', async (t) => {
  let ran = 0;
  const route: Route = {
    ...NOTES,
    handler: async () => {
      ran += 1;
    },
  };
  const { db, send } = await start(t, () => [route]);
  for (let i = 0; i < 50; i++) {
    assert.equal((await send(route, { 'x-test-user': 'org_a/user_b/user' })).status, 403);
  }
  await send(route, { 'x-test-user': 'org_a/user_c/user' });
  // Somebody who is not signed in leaves nothing.
  await send(route, { 'x-test-user': '' });
  const rows = await rowsOf(db);
  assert.ok(rows.length >= 2 && rows.length <= 4, `${rows.length} entries`);
  for (const row of rows) {
    assert.deepEqual(
      [row.outcome, row.after?.['code'], row.subject_id],
      ['denied', 'auth.forbidden', 'some-id'],
    );
  }
  assert.deepEqual(new Set(rows.map(({ actor_id: id }) => id)), new Set(['user_b', 'user_c']));
  assert.equal(ran, 0);
});

test('an entry is never changed, and removed by age alone', async (t) => {
  const route: Route = { ...NOTES, handler: async () => undefined };
  const { db, send } = await start(t, () => [route]);
  await send(route);
  await assert.rejects(db.query(`update audit_log set action = 'nothing'`), /never changed/);
  await assert.rejects(db.query('delete from audit_log'), /never changed/);
  await assert.rejects(db.query('truncate audit_log'), /never changed/);
  const expire = () => db.query<{ gone: number }>(`select expire_audit_log('infinity', 100) as gone`);
  assert.deepEqual(await expire(), [{ gone: 0 }], 'nothing young goes, whatever is asked');
  await db.query('alter table audit_log disable trigger user');
  await db.query(`update audit_log set at = at - interval '31 days'`);
  await db.query('alter table audit_log enable trigger user');
  assert.deepEqual(await expire(), [{ gone: 1 }]);
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.query(`select expire_audit_log('infinity', 100)`);
      await tx.query(`insert into audit_log (id, at, outcome, actor_kind, action, subject_kind, request_id, correlation_id)
      values ('a', app_now(), 'done', 'user', 'x', 'x', 'r', 'c')`);
      await tx.query('delete from audit_log');
    }),
    /never changed/,
  );
});
