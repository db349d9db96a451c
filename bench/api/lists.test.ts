/**
 * The short form of `make bench-api`: what lists answer over HTTP, with row-level security, against a naive oracle, for
 * random filters, orders and lengths of pages, while rows are added between the pages. No times.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '#database/database.ts';
import type { TestApi, TestPerson } from '#identity/testing.ts';
import { startWholeApi } from '../../test/matrix/whole-api.ts';
import {
  ACTIONS,
  AUDIT,
  INSTANCES,
  id,
  KEYS,
  type ListUnderTest,
  oneOf,
  REQUESTS,
  text,
  timeOf,
  USAGE,
} from './lists-under-test.ts';
import { expectedPage, type Row } from './oracle.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const ROWS_FIRST = 700;
const ROWS_BETWEEN = 10;
const RUNS = 30;
const PAGES = 4;

test('requests', (t) => agrees(t, REQUESTS));
test('the usage ledger', (t) => agrees(t, USAGE));
test('actions', (t) => agrees(t, ACTIONS));
test('the audit log', (t) => agrees(t, AUDIT));
test('API keys', (t) => agrees(t, KEYS));
test('instances', (t) => agrees(t, INSTANCES));

test('groups of usage are the sums of its rows', async (t) => {
  const api = await startWholeApi(t);
  const owner = await api.person('owner');
  await furnishList(api.db, owner.orgId);
  const made = fc.sample(USAGE.row(0, owner.orgId), { numRuns: 800, seed: 3 }).map((row, n) => ({
    ...row,
    request_id: id('req', n),
    org_id: n % 5 === 4 ? 'org_list_other' : owner.orgId,
  }));
  await USAGE.add(api.db, made);
  const rows: readonly Row[] = made.filter((row) => row.org_id === owner.orgId);
  const field = (name: string) => (row: Row) => row[name] as string | null;
  const by: Readonly<Record<string, (row: Row) => string | null>> = {
    day: (row) => text(row, 'started_at').slice(0, 10),
    model: field('model_id'),
    project: field('project_id'),
    outcome: field('outcome'),
    api_key: field('api_key_id'),
    user: field('user_id'),
    instance: (row) => (row['provider_org_id'] === null ? text(row, 'instance_id') : null),
    endpoint: field('endpoint'),
  };
  const times = [
    MIDNIGHT_MS - 4 * DAY_MS,
    MIDNIGHT_MS - 2 * DAY_MS,
    MIDNIGHT_MS - DAY_MS - 3_600_000,
    MIDNIGHT_MS,
  ];
  for (const [name, groupOf] of Object.entries(by)) {
    for (const [fromMs, toMs] of times.flatMap((a) =>
      times.filter((b) => a < b).map((b) => [a, b] as const),
    )) {
      for (const user of [undefined, 'user_1']) {
        const window = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
        const question = { by: name, sort: 'value', ...window, ...(user && { user_id: user }) };
        const answer = await ask(api, owner, { ...USAGE, path: '/api/v1/usage/groups' }, question);
        const counted = rows.filter(
          (row) =>
            timeOf(row, 'started_at') >= fromMs &&
            timeOf(row, 'started_at') < toMs &&
            (user === undefined || row['user_id'] === user),
        );
        const groups = [...Map.groupBy(counted, groupOf)].sort(([a], [b]) =>
          (a ?? '') < (b ?? '') ? -1 : 1,
        );
        const sum = (of: readonly Row[], column: string) =>
          of.reduce((all, row) => all + Number(row[column]), 0);
        assert.deepEqual(
          answer.data,
          groups.map(([value, of]) => ({
            value,
            requests: of.length,
            prompt_tokens: sum(of, 'prompt_tokens'),
            completion_tokens: sum(of, 'completion_tokens'),
            cached_tokens: 0,
          })),
          JSON.stringify(question),
        );
        assert.equal(answer.total, groups.length);
      }
    }
  }
  const long = await api.send('/api/v1/usage/groups?by=user', { as: owner });
  assert.equal(long.status, 422);
  assert.match(long.body.detail, /`from` and `to`/);
});

test('a cursor of another order, another list or nobody is refused with what to do', async (t) => {
  const api = await startWholeApi(t);
  const owner = await api.person('owner');
  await furnishList(api.db, owner.orgId);
  const made = fc.sample(USAGE.row(0, owner.orgId), { numRuns: 3, seed: 1 });
  await USAGE.add(
    api.db,
    made.map((row, n) => ({ ...row, request_id: id('req', n) })),
  );
  const first = await ask(api, owner, USAGE, { limit: '1' });
  assert(first.next_cursor);
  const write = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const bad = [
    ['sort=tokens', first.next_cursor, /keep `sort`/],
    ['', 'none', /leave it out/],
    ['', write('-started_at', 'yesterday', 'x'), /leave it out/],
    ['', write('-started_at', '999999999999999999', 'x'), /leave it out/],
    ['', write('-started_at', '1', 'a\0b'), /leave it out/],
    ['', write('-started_at', '1'), /leave it out/],
    ['', write('-started_at', 1, 'x'), /leave it out/],
    ['sort=tokens', write('tokens', '1; select', 'x'), /leave it out/],
    ['sort=tokens', write('tokens', '99999999999999999999', 'x'), /leave it out/],
  ] as const;
  for (const [query, after, says] of bad) {
    const answer = await api.send(`/api/v1/usage/requests?${query}&after=${after}`, { as: owner });
    assert.equal(answer.status, 422, `${query} ${after}`);
    assert.match(answer.body.detail, says);
  }
  const sorted = await api.send('/api/v1/usage/requests?sort=password', { as: owner });
  assert.equal(sorted.status, 422);
  assert.match(JSON.stringify(sorted.body), /started_at/, 'it names the orders that there are');
});

test('a member who may not see addresses does not find by them', async (t) => {
  const api = await startWholeApi(t);
  const owner = await api.person('owner');
  const user = await api.person('user', owner.orgId);
  await furnishList(api.db, owner.orgId);
  const found = async (as: TestPerson) => {
    const { body } = await api.send('/api/v1/organisation/members?q=LIST-2%40exam', { as });
    return [body.data.map((member: Row) => member['username']), body.total];
  };
  assert.deepEqual(await found(owner), [['list-2'], 1]);
  assert.deepEqual(await found(user), [[], 0]);
});

async function agrees(t: Parameters<typeof startWholeApi>[0], list: ListUnderTest): Promise<void> {
  const api = await startWholeApi(t);
  const owner = await api.person('owner');
  await furnishList(api.db, owner.orgId);
  let count = 0;
  const rows: Row[] = [];
  const add = async (most: number, seed: number) => {
    const made = Array.from({ length: most }, (_, index) => {
      const n = count++;
      const orgId = n % 5 === 4 ? 'org_list_other' : owner.orgId;
      return fc.sample(list.row(n, orgId), { numRuns: 1, seed: seed + index * 7_919 })[0] as Row;
    });
    rows.push(...(await list.add(api.db, made)).filter((row) => row['org_id'] === owner.orgId));
  };
  await add(ROWS_FIRST, 1);
  const isHidden = (row: Row, query: ReadonlyMap<string, string>) =>
    list === INSTANCES && row['state'] === 'archived' && query.get('state') !== 'archived';
  const words = fc.subarray([...list.filters], { maxLength: 3 });
  const question = words.chain((chosen) =>
    fc.tuple(...chosen.map(({ name, value }) => value.map((v) => [name, v] as const))),
  );
  const sorts = Object.keys(list.order.keys).flatMap((key) => [key, `-${key}`]);
  await fc.assert(
    fc.asyncProperty(
      question,
      oneOf(...sorts),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(1_000_000),
      async (filters, sort, limit, seed) => {
        const query = new Map(filters);
        if (isTurned(query)) return;
        let after: string | undefined;
        let last: readonly [string | number, string | number] | undefined;
        for (let page = 0; page < PAGES; page++) {
          const matching = rows.filter(
            (row) =>
              !isHidden(row, query) &&
              list.filters.every(({ name, lets }) => !query.has(name) || lets(row, query.get(name) ?? '')),
          );
          const expected = expectedPage(matching, list.order, { sort, limit, after: last });
          const answer = await ask(api, owner, list, {
            ...Object.fromEntries(query),
            sort,
            limit: String(limit),
            ...(after && { after }),
          });
          const label = `${JSON.stringify(Object.fromEntries(query))} by ${sort}, page ${page} of ${limit}`;
          const idOf = new Map(rows.map((row) => [list.order.id(row), text(row, list.idField)]));
          assert.deepEqual(
            answer.data.map((row) => row[list.idField]),
            expected.ids.map((key) => idOf.get(key)),
            label,
          );
          assert.equal(answer.total, expected.total, label);
          assert.equal(answer.has_more, expected.hasMore, label);
          assert.equal(answer.next_cursor !== null, expected.hasMore, label);
          if (!answer.next_cursor) break;
          after = answer.next_cursor;
          last = expected.last;
          await add(ROWS_BETWEEN, seed + page);
        }
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
}

/** Refused as such, which another test sees. */
function isTurned(query: ReadonlyMap<string, string>): boolean {
  const [from, to] = [query.get('from'), query.get('to')];
  return from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);
}

interface Answer {
  readonly data: readonly Row[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly total: number;
}

async function ask(
  api: TestApi,
  owner: TestPerson,
  list: ListUnderTest,
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const search = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(list.fixed ?? '')) {
    if (!search.has(name)) search.set(name, value);
  }
  const { status, body } = await api.send(`${list.path}?${search}`, { as: owner });
  assert.equal(status, 200, JSON.stringify(body));
  return body as Answer;
}

/** What rows of lists refer to. */
async function furnishList(db: Database, orgId: string): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_list_other', 'list-other', 'Other', app_now())`,
  );
  await db.query(`select ensure_partitions('request_log', app_now() - interval '6 days', app_now())`);
  await db.query(
    `insert into users (id, username, email, created_at, disabled_at)
     select 'user_' || lpad(n::text, 26, '0'), 'list-' || n, 'list-' || n || '@example.test', app_now(),
       case when n = 4 then app_now() end from generate_series(1, 4) n`,
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at)
     select $1, 'user_' || lpad(n::text, 26, '0'), case n when 1 then 'owner' else 'user' end, app_now()
     from unnest(array[1, 2, 4]) n`,
    [orgId],
  );
  await db.query(`insert into providers (id, name) values ('mock', 'Mock') on conflict do nothing`);
  await db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus, memory_bytes, arch)
     select 'type_list_' || n, 'mock', 'LIST-' || n, 1, 'L4', 24e9, 8, 48e9, 'x86_64' from generate_series(1, 2) n`,
  );
  await db.query(
    `insert into models (id, hf_id, name, weights_bytes, context_length)
     select 'model_list_' || n, 'list/M' || n, 'M' || n, 1, 1000 from generate_series(0, 1) n`,
  );
  await db.query(
    `insert into projects (org_id, id, slug, name, created_by, created_at)
     values ($1, 'proj_0', 'proj-0', 'First Project', 'u', app_now())`,
    [orgId],
  );
  for (const org of [orgId, 'org_list_other']) {
    await db.query(
      `insert into deployments (org_id, id, name, model_id, provider_id, zone, instance_type_id, replicas, created_by,
         created_at, project_id)
       select $1, 'dep_' || n, 'dep-' || n, 'model_list_0', 'mock', 'mock-a', 'type_list_1', 1, 'u', app_now(),
         case when n = 0 and $1 <> 'org_list_other' then 'proj_0' end from generate_series(0, 2) n`,
      [org],
    );
  }
}
