import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { LogLineView, WorkerLogsRequest } from '#contracts/logs.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import type { AppError } from '#kernel/errors.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { expireSamplesHandler } from '../jobs/expire-samples.ts';
import { findWorkerByToken } from '../queries.ts';
import { replaceBootstrap, revokeWorker, type WorkerIdentity } from '../store/workers.ts';
import { type Bench, driveToReady, leaseOf, openBench, order, SETTINGS, seed } from '../testing/bench.ts';
import { LogIntake } from './log-intake.ts';
import { logRoutes, workerLogRoutes } from './log-routes.ts';
import { recordLogs } from './record-logs.ts';

interface Stage {
  readonly bench: Bench;
  readonly worker: WorkerIdentity;
  send(
    lines: readonly string[],
    change?: Partial<WorkerLogsRequest>,
    settings?: typeof SETTINGS,
  ): Promise<number>;
  kept(): Promise<string[]>;
}

async function start(t: TestContext): Promise<Stage> {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker: WorkerIdentity = { orgId: bench.scope.orgId as OrgId, instanceId: id, epoch: 1 };
  const intake = new LogIntake(bench.env);
  return {
    bench,
    worker,
    async send(lines, change = {}, settings = SETTINGS) {
      const request = requestOf(worker, lines, bench.env.clock.now(), change);
      const identity = { ...worker, epoch: request.epoch };
      const deps = { env: bench.env, db: bench.db, settings, intake };
      return (await recordLogs(deps, identity, request)).next_seq;
    },
    async kept() {
      const rows = await bench.db.query<{ line: string }>(
        'select line from instance_logs where instance_id = $1 order by line_no',
        [id],
      );
      return rows.map((row) => row.line);
    },
  };
}

function requestOf(
  worker: WorkerIdentity,
  lines: readonly string[],
  atMs: number,
  change: Partial<WorkerLogsRequest> = {},
): WorkerLogsRequest {
  return {
    instance_id: worker.instanceId,
    epoch: worker.epoch,
    file: 'agent',
    from_seq: 0,
    lines: lines.map((line) => ({ source: 'agent', at_ms: Math.floor(atMs), level: 'info', line })),
    ...change,
  };
}

const codeIs = (code: string) => (error: AppError) => error.code === code;

test('lines that are sent again are kept once, whatever the batches', async (t) => {
  const { send, kept } = await start(t);
  assert.equal(await send(['a', 'b', 'c']), 3);
  assert.equal(await send(['a', 'b', 'c']), 3);
  assert.equal(await send(['b', 'c', 'd', 'e'], { from_seq: 1 }), 5);
  assert.equal(await send(['a'], { from_seq: 0 }), 5);
  assert.equal(await send(['g'], { from_seq: 8 }), 9, 'what was lost on the machine is not waited for');
  assert.equal(await send(['i'], { file: 'install' }), 1);
  assert.deepEqual(await kept(), ['a', 'b', 'c', 'd', 'e', 'g', 'i']);
});

test('the same batch at once through several processes is kept once and in order', async (t) => {
  const { send, kept } = await start(t);
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(lines)));
  assert.deepEqual(new Set(answers), new Set([50]));
  assert.deepEqual(await kept(), lines);
});

test('a new worker counts on, one on an empty disk begins anew, an old one is refused', async (t) => {
  const { send, kept } = await start(t);
  await send(['a', 'b']);
  await send(['b', 'c'], { epoch: 2, from_seq: 1 });
  await send(['first of a new disk'], { epoch: 3, from_seq: 0 });
  await assert.rejects(send(['late'], { epoch: 2, from_seq: 3 }), codeIs('worker.superseded'));
  assert.deepEqual(await kept(), ['a', 'b', 'c', 'first of a new disk']);
});

test('above its limit the oldest lines of a machine go, and of no other', async (t) => {
  const stage = await start(t);
  const settings = fixedSettings(readConfig({ LOG_BYTES_MAX: '65536' }));
  const line = (n: number) => `${String(n).padStart(4, '0')} ${'x'.repeat(1_000)}`;
  for (let from = 0; from < 200; from += 20) {
    const lines = Array.from({ length: 20 }, (_, index) => line(from + index));
    await stage.send(lines, { from_seq: from }, settings);
    const bytes = (await stage.kept()).join('').length;
    assert.ok(bytes <= 65_536, `${bytes} bytes after ${from}`);
  }
  const kept = await stage.kept();
  assert.equal(kept.at(-1), line(199));
  assert.ok(kept.length > 30, 'not more goes than must');
  const [head] = await stage.bench.db.query<{ bytes: number; next_line_no: number }>(
    'select bytes, next_line_no from instance_log_heads',
  );
  assert.deepEqual(head, { bytes: kept.join('').length, next_line_no: 201 });
});

test('logs are dropped after their retention, and what is counted of them harms no newer line', async (t) => {
  const stage = await start(t);
  const { bench } = stage;
  await stage.send(['new']);
  await bench.db.query(
    `select ensure_partitions('instance_logs', app_now() - interval '50 days', app_now() - interval '50 days')`,
  );
  await bench.db.query(
    `insert into instance_logs select org_id, instance_id, 0, received_at - interval '50 days', epoch, source, at,
       level, 'old' from instance_logs`,
  );
  await bench.db.query('update instance_log_heads set bytes = 100000000');
  assert.deepEqual(await stage.kept(), ['old', 'new']);
  await expireSamplesHandler(bench.db, SETTINGS).run(leaseOf(bench, stage.worker.instanceId));
  assert.deepEqual(await stage.kept(), ['new']);
  await stage.send(['newer'], { from_seq: 1 });
  assert.deepEqual(await stage.kept(), ['new', 'newer']);
});

test('one machine that writes wildly is slowed down, others are not', async (t) => {
  const stage = await start(t);
  const lines = Array.from({ length: 500 }, () => 'x'.repeat(8_000));
  await stage.send(lines);
  await assert.rejects(stage.send(lines, { from_seq: 500 }), (error: AppError) => {
    assert.equal(error.code, 'worker.logs_limited');
    assert.ok((error.retryAfterMs ?? 0) > 1_000);
    return true;
  });
  assert.equal((await stage.kept()).length, 500);
  new LogIntake(stage.bench.env).admit('inst_other', 4_000_000);
});

interface Served {
  readonly api: TestApi;
  readonly as: TestPerson;
  readonly bench: Bench;
  readonly id: string;
  readonly token: string;
  post(body: unknown, token?: string): ReturnType<TestApi['send']>;
}

async function serve(t: TestContext): Promise<Served> {
  const api: TestApi = await startTestApi(t, {
    routes: ({ env, db }) => [...logRoutes({ db }), ...workerLogRoutes({ env, db, settings: SETTINGS })],
    findWorker: (token) => findWorkerByToken(api.db, token),
  });
  const as = await api.person('owner');
  const base = await openBench(t);
  const bench: Bench = { ...base, db: api.db, env: api.env, scope: { orgId: as.orgId } };
  await seed(bench);
  const id = await order(bench);
  const { worker_token: token } = await driveToReady(bench, id);
  return {
    api,
    as,
    bench,
    id,
    token,
    post: (body, bearer = token) =>
      api.send('/internal/worker/logs', {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${bearer}` },
      }),
  };
}

test('pages go back to the first line and forward to what comes, and stay as they are', async (t) => {
  const { api, as, id, post } = await serve(t);
  const lines = Array.from({ length: 25 }, (_, index) => ({
    source: index % 5 === 0 ? 'engine' : 'agent',
    at_ms: 1_700_000_000_000 + index * 1_000,
    level: 'info',
    line: `line ${index}`,
  }));
  const body = { instance_id: id, epoch: 1, file: 'agent', from_seq: 0, lines };
  assert.deepEqual((await post(body)).body, { next_seq: 25 });
  const get = async (query: string) => {
    const answer = await api.send(`/api/v1/instances/${id}/logs?${query}`, { as });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const texts = answer.body.data.map((row: LogLineView) => Number(row.line.slice(5)));
    return { ...answer.body, texts };
  };
  const last = await get('tail=10');
  assert.deepEqual(last.texts, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  await post({ ...body, from_seq: 25, lines: [{ ...lines[0], line: 'line 25' }] });
  const middle = await get(`tail=10&cursor=${last.older_cursor}`);
  assert.deepEqual(middle.texts, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  const first = await get(`tail=10&cursor=${middle.older_cursor}`);
  assert.deepEqual([first.texts, first.older_cursor], [[0, 1, 2, 3, 4], null]);
  const newer = await get(`tail=10&cursor=${last.newer_cursor}`);
  assert.deepEqual(newer.texts, [25]);
  const none = await get(`cursor=${newer.newer_cursor}`);
  assert.deepEqual([none.texts, none.newer_cursor], [[], newer.newer_cursor]);
  assert.deepEqual((await get('source=engine&tail=2')).texts, [20, 25]);
  const window = `since=${new Date(lines[3]?.at_ms ?? 0).toISOString()}&until=${new Date(lines[6]?.at_ms ?? 0).toISOString()}`;
  assert.deepEqual((await get(window)).texts, [3, 4, 5]);
  for (const wrong of ['cursor=zzz', 'tail=0', 'tail=5000', 'source=kernel', 'since=yesterday']) {
    assert.equal((await api.send(`/api/v1/instances/${id}/logs?${wrong}`, { as })).status, 422, wrong);
  }
});

test('owner, admin and manager read logs; others do not, nor does another organisation', async (t) => {
  const { api, as, id, bench } = await serve(t);
  const path = `/api/v1/instances/${id}/logs`;
  for (const [role, status] of [
    ['owner', 200],
    ['admin', 200],
    ['manager', 200],
    ['user', 403],
  ] as const) {
    const person = await api.person(role, as.orgId);
    assert.equal((await api.send(path, { as: person })).status, status, role);
  }
  assert.equal((await api.send(path, { as: await api.person('owner') })).status, 404);
  assert.equal((await api.send('/api/v1/instances/garbage/logs', { as })).status, 404);
  assert.equal((await api.send(path)).status, 401);
  await bench.db.transaction((tx) => revokeWorker(tx, bench.scope, id as WorkerIdentity['instanceId']));
  assert.equal((await api.send(path, { as })).status, 200, 'logs stay when the worker is gone');
});

test('a worker logs for itself only, in the form that is asked for, and leaves no secret', async (t) => {
  const { id, post, bench, token } = await serve(t);
  const line = { source: 'agent', at_ms: 1, level: 'info', line: 'x' };
  const body = { instance_id: id, epoch: 1, file: 'agent', from_seq: 0, lines: [line] };
  assert.equal((await post(body, 'inv_wkr_x')).status, 401);
  assert.equal((await post({ ...body, instance_id: newId(bench.env, 'instance') })).status, 403);
  assert.equal((await post({ ...body, epoch: 0 })).status, 409);
  for (const change of [
    { lines: [] },
    { lines: Array(501).fill(line) },
    { lines: [{ ...line, line: 'x'.repeat(8_193) }] },
    { lines: [{ ...line, level: 'loud' }] },
    { lines: [{ ...line, at_ms: 1e300 }] },
    { from_seq: -1 },
    { file: '../../etc/passwd' },
  ]) {
    assert.equal((await post({ ...body, ...change })).status, 422, JSON.stringify(change).slice(0, 80));
  }
  assert.equal((await post({ ...body, lines: [{ ...line, line: 'a\u0000b' }] })).status, 400);
  assert.equal(
    (await post({ ...body, lines: Array(500).fill({ ...line, line: 'y'.repeat(8_000) }) })).status,
    413,
  );
  const told = { ...line, at_ms: 4_000_000_000_000, line: `sent ${token} and went on` };
  assert.equal((await post({ ...body, lines: [told] })).status, 200);
  const [row] = await bench.db.query<{ line: string; is_late: boolean }>(
    'select line, at > received_at as is_late from instance_logs',
  );
  assert.deepEqual(row, { line: 'sent [secret] and went on', is_late: false });
  await bench.db.transaction((tx) =>
    replaceBootstrap(tx, bench.scope, id as WorkerIdentity['instanceId'], { hash: 'h', ttlMs: 1 }),
  );
  assert.equal((await post(body)).status, 401, 'a replaced worker is heard no more');
});
