import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '#contracts/requests.ts';
import { keepPartitions } from '#database/partitions.ts';
import { withTestDatabase } from '#database/testing.ts';
import { startTestApi } from '#identity/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { recordRequests as recordRows } from './commands/record-requests.ts';
import { listRequestRows, type RequestFilter } from './request-log-store.ts';
import { requestRoutes } from './request-routes.ts';
import { recordRequests } from './testing.ts';

const NEWEST = { limit: 100, order: { key: 'started_at', isDescending: true } } as const;
const DAY_MS = 86_400_000;

function recordsOf(orgId: string, nowMs: number) {
  return (index: number, over: Partial<RequestRecord> = {}): RequestRecord => ({
    request_id: `req_${String(index).padStart(4, '0')}`,
    org_id: orgId,
    api_key_id: index % 2 ? 'key_1' : 'key_2',
    user_id: 'user_1',
    correlation_id: `mine-${index}`,
    endpoint: '/v1/chat/completions',
    model: 'org/m',
    model_id: 'model_1',
    instance_id: 'inst_1',
    status: 200,
    error_code: null,
    outcome: 'completed',
    streamed: true,
    prompt_tokens: 3,
    completion_tokens: index,
    cached_tokens: 0,
    started_at_ms: nowMs - index * 1_000,
    duration_ms: 12.5,
    queue_ms: 0.25,
    ttft_ms: 3,
    ...over,
  });
}

test('a batch sent again is there once, and a day without a partition gets it', async (t) => {
  const { db } = await withTestDatabase(t);
  const [{ now } = { now: new Date(0) }] = await db.query<{ now: Date }>('select app_now() as now');
  const recordOf = recordsOf('org_a', now.getTime());
  const batch = [...Array(20).keys()].map((index) => recordOf(index));
  batch.push(recordOf(20, { started_at_ms: now.getTime() - 3 * DAY_MS }));
  await Promise.all([recordRequests(db, batch), recordRequests(db, batch.toReversed())]);
  await recordRequests(db, batch);
  await recordRequests(db, []);
  const { rows } = await listRequestRows(db, { orgId: 'org_a' as OrgId }, {}, NEWEST);
  assert.deepEqual(
    rows.map(({ request_id }) => request_id),
    batch.map(({ request_id }) => request_id),
  );
});

test('a count follows what was added, once, and what was forgotten', async (t) => {
  const { db } = await withTestDatabase(t);
  const [{ now } = { now: new Date(0) }] = await db.query<{ now: Date }>('select app_now() as now');
  const recordOf = recordsOf('org_a', now.getTime());
  const old = { started_at_ms: now.getTime() - 10 * DAY_MS, status: 503, error_code: 'model.not_ready' };
  const batch = [...Array(8).keys()].map((index) => recordOf(index, index < 3 ? old : {}));
  await Promise.all([recordRequests(db, batch), recordRequests(db, batch.toReversed())]);
  await recordRequests(db, [...batch, recordOf(8)]);
  const count = async (filter: RequestFilter = {}) => {
    const { rows, total } = await listRequestRows(db, { orgId: 'org_a' as OrgId }, filter, NEWEST);
    assert.equal(rows.length, total);
    return total;
  };
  assert.equal(await count(), 9);
  assert.equal(await count({ isFailed: true }), 3);
  assert.equal(await count({ status: 503, to: now }), 3);
  assert.ok((await keepPartitions(db, 'request_log', 5 * 24, 24)).dropped > 0);
  assert.equal(await count(), 6);
  assert.equal(await count({ isFailed: true }), 0);
  assert.equal(await count({ from: new Date(now.getTime() - 20 * DAY_MS) }), 6);
  const [sums] = await db.query('select sum(requests)::integer as all from request_log_daily');
  assert.deepEqual(sums, { all: 6 });
});

test('requests are found by each filter, page by page, and only by their organisation', async (t) => {
  const api = await startTestApi(t, { routes: ({ db }) => requestRoutes({ db }) });
  const owner = await api.person('owner');
  const [{ now } = { now: new Date(0) }] = await api.db.query<{ now: Date }>('select app_now() as now');
  const recordOf = recordsOf(owner.orgId, now.getTime());
  await recordRequests(api.db, [
    ...[...Array(6).keys()].map((index) => recordOf(index)),
    recordOf(6, {
      status: 404,
      error_code: 'model.not_served',
      model: 'org/none',
      model_id: null,
      outcome: null,
    }),
    recordOf(7, { error_code: 'upstream.broken_stream', outcome: 'upstream_failed', instance_id: 'inst_2' }),
    recordOf(8, { org_id: 'org_other' }),
  ]);
  const found = async (query: string) => {
    const { status, body } = await api.send(`/api/v1/requests${query}`, { as: owner });
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { data: { request_id: string }[] }).data.map(({ request_id }) =>
      Number(request_id.slice(4)),
    );
  };
  assert.deepEqual(await found(''), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(await found('?failed=true'), [6, 7]);
  assert.deepEqual(await found('?failed=false&api_key_id=key_1'), [1, 3, 5]);
  assert.deepEqual(await found('?status=404'), [6]);
  assert.deepEqual(await found('?error_code=upstream.broken_stream'), [7]);
  assert.deepEqual(await found('?model=org/none'), [6]);
  assert.deepEqual(await found('?model=model_1&instance_id=inst_2'), [7]);
  assert.deepEqual(await found('?id=mine-3'), [3]);
  assert.deepEqual(await found('?id=req_0004'), [4]);
  assert.deepEqual(await found('?endpoint=/v1/embeddings'), []);
  const at = (index: number) => new Date(now.getTime() - index * 1_000).toISOString();
  assert.deepEqual(await found(`?from=${at(3)}&to=${at(1)}`), [2, 3]);

  const seen: string[] = [];
  for (let query = '?limit=3'; query !== ''; ) {
    const { body } = await api.send(`/api/v1/requests${query}`, { as: owner });
    const page = body as { data: { request_id: string }[]; has_more: boolean; next_cursor: string | null };
    seen.push(...page.data.map(({ request_id }) => request_id));
    query = page.has_more ? `?limit=3&after=${page.next_cursor}` : '';
  }
  assert.equal(new Set(seen).size, 8);
  assert.equal(seen.length, 8);
});

test('who may not read usage does not see requests, and a wrong question says what is wrong', async (t) => {
  const api = await startTestApi(t, { routes: ({ db }) => requestRoutes({ db }) });
  const owner = await api.person('owner');
  const user = await api.person('user');
  assert.equal((await api.send('/api/v1/requests', { as: user })).status, 403);
  for (const query of ['?after=none', '?status=99', '?failed=maybe', '?from=yesterday', '?limit=0']) {
    assert.equal((await api.send(`/api/v1/requests${query}`, { as: owner })).status, 422, query);
  }
  const turned = '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
  assert.equal((await api.send(`/api/v1/requests${turned}`, { as: owner })).status, 422);
});

test('records of usage are taken as they are', async (t) => {
  const { db } = await withTestDatabase(t);
  const [{ now } = { now: new Date(0) }] = await db.query<{ now: Date }>('select app_now() as now');
  const usage = {
    ...{ request_id: 'req_1', org_id: 'org_a', api_key_id: null, user_id: null, model_id: 'model_a' },
    ...{ instance_id: null, endpoint: '/v1/embeddings', outcome: 'client_closed', http_status: null },
    ...{ error_code: null, prompt_tokens: 1, completion_tokens: 0, cached_tokens: 0, streamed: false },
    ...{ ttft_ms: null, started_at_ms: now.getTime(), ended_at_ms: now.getTime() + 1_500 },
  };
  const logged = { model: 'org/m', correlation_id: 'own-1', duration_ms: 1_500.25, queue_ms: 0.5 };
  await recordRows(db, [
    JSON.stringify(usage),
    JSON.stringify({ ...usage, ...logged, request_id: 'req_2', http_status: 200 }),
  ]);
  const { rows } = await listRequestRows(db, { orgId: 'org_a' as OrgId }, {}, NEWEST);
  assert.deepEqual(
    rows.map((row) => [
      row.request_id,
      row.status,
      row.duration_ms,
      row.queue_ms,
      row.model,
      row.correlation_id,
    ]),
    [
      ['req_2', 200, 1_500.25, 0.5, 'org/m', 'own-1'],
      ['req_1', 499, 1_500, null, null, null],
    ],
  );
});
