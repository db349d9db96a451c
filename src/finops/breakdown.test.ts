import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RequestRecord } from '#contracts/requests.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { closeInterval, openInterval } from './interval-store.ts';
import { finopsRoutes } from './routes.ts';
import { recordRequests, recordUsage } from './testing.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RUNS = 15;

interface Span {
  readonly machine: number;
  readonly fromMin: number;
  readonly minutes: number;
  readonly nanos: number;
}

const span: fc.Arbitrary<Span> = fc.record({
  machine: fc.nat(2),
  fromMin: fc.nat(600),
  minutes: fc.integer({ min: 1, max: 600 }),
  nanos: fc.nat(9_876_543_210),
});

async function spend(db: Database, { orgId }: TestPerson, baseMs: number, spans: readonly Span[]) {
  for (const [index, one] of spans.entries()) {
    const ref = `${orgId}-${index}`;
    const from = new Date(baseMs + one.fromMin * MINUTE_MS);
    await db.transaction(async (tx) => {
      await openInterval(
        tx,
        { orgId },
        {
          id: `cost_${ref}`,
          instanceId: `inst_${orgId}_${one.machine}`,
          resourceKind: index % 2 === 0 ? 'server' : 'volume',
          resourceRef: ref,
          providerId: `p${one.machine}`,
          zone: 'z',
          from,
          nanosPerHour: one.nanos,
          currency: 'EUR',
          eurRateMillionths: 1_000_000,
        },
      );
      const resource = { kind: index % 2 === 0 ? 'server' : 'volume', ref };
      await closeInterval(tx, { orgId }, resource, new Date(from.getTime() + one.minutes * MINUTE_MS));
    });
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const iso = (ms: number) => new Date(ms).toISOString();

async function get(api: TestApi, as: TestPerson, path: string) {
  const { status, body } = await api.send(`/api/v1/${path}`, { as });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test('whatever costs are cut by, the parts are the whole, step by step', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const baseMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;
  const property = fc.asyncProperty(fc.array(span, { maxLength: 8 }), async (spans) => {
    const as = await api.person();
    await spend(api.db, as, baseMs, spans);
    const window = `from=${iso(baseMs + HOUR_MS)}&to=${iso(baseMs + 13 * HOUR_MS)}&step_seconds=3600`;
    const { points } = await get(api, as, `costs/series?${window}`);
    for (const by of ['provider', 'kind', 'deployment', 'model', 'project']) {
      const breakdown = await get(api, as, `costs/breakdown?by=${by}&${window}`);
      const groups = breakdown.groups as { micros: number; step_micros: number[] }[];
      assert.equal(breakdown.steps.length, 12);
      for (const [index, point] of points.entries()) {
        assert.equal(sum(groups.map(({ step_micros }) => step_micros[index] ?? 0)), point.micros, by);
      }
      for (const group of groups) assert.equal(sum(group.step_micros), group.micros);
      assert.equal(sum(groups.map(({ micros }) => micros)), breakdown.total_micros);
    }
  });
  await fc.assert(property, { numRuns: RUNS });
});

test('a machine is idle while it serves nobody; requests at the same time count once', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const [as, stranger] = [await api.person(), await api.person()];
  const baseMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
  await spend(api.db, as, baseMs, [{ machine: 0, fromMin: 0, minutes: 100, nanos: 600_000_000 }]);
  const asked = (index: number, fromMin: number, minutes: number): UsageRecord => ({
    request_id: `req_idle_${index}`,
    org_id: as.orgId,
    api_key_id: null,
    user_id: as.userId,
    model_id: 'model_1',
    instance_id: `inst_${as.orgId}_0`,
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: 1,
    completion_tokens: 1,
    cached_tokens: 0,
    started_at_ms: baseMs + fromMin * MINUTE_MS,
    ended_at_ms: baseMs + (fromMin + minutes) * MINUTE_MS,
    ttft_ms: null,
    streamed: false,
  });
  await recordUsage(api.db, [asked(1, 10, 10), asked(2, 15, 10), asked(3, 60, 5)]);
  const window = `from=${iso(baseMs)}&to=${iso(baseMs + 12 * HOUR_MS)}`;
  const idle = await get(api, as, `costs/idle?${window}`);
  assert.equal(idle.micros, 1_000_000);
  // Busy from minute 10 to 25 and from 60 to 65, of a hundred.
  assert.equal(idle.idle_micros, 800_000);
  assert.deepEqual((await get(api, stranger, `costs/idle?${window}`)).data, []);
  const long = `from=${iso(baseMs - 40 * 24 * HOUR_MS)}&to=${iso(baseMs)}`;
  assert.equal((await api.send(`/api/v1/costs/idle?${long}`, { as })).status, 422);
});

test('signals count failures and weigh waits by model, and everybody reads their own requests alone', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const as = await api.person();
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const logged = (index: number, over: Partial<RequestRecord> = {}): RequestRecord => ({
    request_id: `req_signal_${index}`,
    org_id: as.orgId,
    api_key_id: null,
    user_id: as.userId,
    correlation_id: null,
    endpoint: '/v1/chat/completions',
    model: 'org/m',
    model_id: 'model_1',
    instance_id: null,
    status: 200,
    error_code: null,
    outcome: 'completed',
    streamed: true,
    prompt_tokens: 1,
    completion_tokens: 1,
    cached_tokens: 0,
    started_at_ms: nowMs - MINUTE_MS,
    duration_ms: 100,
    queue_ms: 1,
    ttft_ms: index * 10,
    ...over,
  });
  const refused = {
    status: 404,
    error_code: 'model.not_served',
    model_id: null,
    ttft_ms: null,
    queue_ms: null,
  };
  await recordRequests(api.db, [
    ...[1, 2, 3].map((index) => logged(index)),
    logged(4, { ...refused, user_id: 'somebody' }),
    logged(5, { started_at_ms: nowMs - 3 * MINUTE_MS, error_code: 'upstream.broken_stream' }),
  ]);
  const signals = await get(
    api,
    as,
    `requests/signals?from=${iso(nowMs - 5 * MINUTE_MS)}&to=${iso(nowMs)}&step_seconds=60`,
  );
  const [served, unknown] = signals.models;
  assert.deepEqual(
    [served.model_id, served.requests, served.failed, served.ttft_p50_ms],
    ['model_1', 4, 1, 25],
  );
  assert.deepEqual([unknown.model_id, unknown.failed, unknown.ttft_p95_ms], [null, 1, null]);
  assert.deepEqual(
    served.steps.map((step: { at: string; requests: number }) => [step.at, step.requests]),
    [
      [iso(nowMs - 3 * MINUTE_MS), 1],
      [iso(nowMs - MINUTE_MS), 3],
    ],
  );
  assert.equal(sum(signals.errors.map(({ requests }: { requests: number }) => requests)), 2);
  assert.equal((await get(api, as, 'requests')).total, 5);
  assert.equal((await get(api, as, 'requests/own')).total, 4);
  assert.equal(
    (await get(api, as, 'requests/own?user_id=somebody')).total,
    4,
    'nobody asks as somebody else',
  );
});

test('a refused request is told live, though the ledger never hears of it', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const as = await api.person();
  await recordRequests(api.db, [
    {
      request_id: 'req_refused',
      org_id: as.orgId,
      api_key_id: null,
      user_id: as.userId,
      correlation_id: null,
      endpoint: '/v1/chat/completions',
      model: 'nobody/serves',
      model_id: null,
      instance_id: null,
      status: 404,
      error_code: 'model.not_served',
      outcome: null,
      streamed: false,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      started_at_ms: Date.now(),
      duration_ms: 1,
      queue_ms: null,
      ttft_ms: null,
    },
  ]);
  const told = await api.db.query<{ user_id: string | null }>(
    `select user_id from events where type = 'usage.changed' and org_id = $1 order by user_id nulls first`,
    [as.orgId],
  );
  assert.deepEqual(
    told.map(({ user_id }) => user_id),
    [null, as.userId],
  );
});
