import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LogLineView } from '#contracts/logs.ts';
import { startTestApi, type TestApi } from '#identity/testing.ts';
import { findWorkerByToken } from '../queries.ts';
import { type Bench, driveTo, openBench, order, registerLatest, SETTINGS, seed } from '../testing/bench.ts';
import { logRoutes, workerLogRoutes } from './log-routes.ts';

const TIME = '2026-11-21T10:00:00Z';
const BEGUN = [`${TIME} begin, worker abc`, `${TIME} worker.mjs installed`];
const FAILED = [`${TIME} failed: cannot download node`, `${TIME} stderr: curl: (6) no such host`];

async function start(t: TestContext) {
  const api: TestApi = await startTestApi(t, {
    routes: ({ env, db }) => [...logRoutes({ db }), ...workerLogRoutes({ env, db, settings: SETTINGS })],
    findWorker: (token) => findWorkerByToken(api.db, token),
  });
  const as = await api.person('owner');
  const base = await openBench(t);
  const bench: Bench = { ...base, db: api.db, env: api.env, scope: { orgId: as.orgId } };
  await seed(bench);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const token = bench.provider.living.at(-1)?.userData.slice('token='.length) ?? '';
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    api.send(path, { method: 'POST', body, headers });
  return {
    bench,
    id,
    tell: async (lines: readonly string[], change: object = {}) =>
      (
        await post('/internal/worker/install-log', {
          instance_id: id,
          bootstrap_token: token,
          lines,
          ...change,
        })
      ).status,
    /** What the agent sends once it is there. */
    ship: async (workerToken: string, epoch: number, lines: readonly string[]) => {
      const entries = lines.map((line) => ({
        source: 'install',
        at_ms: Date.parse(TIME),
        level: 'info',
        line: line.slice(TIME.length + 1),
      }));
      const body = { instance_id: id, epoch, file: 'install', from_seq: 0, lines: entries };
      return post('/internal/worker/logs', body, { authorization: `Bearer ${workerToken}` });
    },
    seen: async (): Promise<LogLineView[]> =>
      (await api.send(`/api/v1/instances/${id}/logs?source=install`, { as })).body.data,
  };
}

const textsOf = (lines: readonly LogLineView[]) => lines.map(({ line }) => line);

test('an installation that fails before its agent registers is read by the user, each line once', async (t) => {
  const { tell, seen } = await start(t);
  assert.equal(await tell(BEGUN), 204);
  assert.equal(await tell([...BEGUN, ...FAILED]), 204);
  assert.equal(await tell([...BEGUN, ...FAILED]), 204);
  const lines = await seen();
  assert.deepEqual(
    lines.map(({ level, line }) => [level, line]),
    [
      ['info', 'begin, worker abc'],
      ['info', 'worker.mjs installed'],
      ['error', 'failed: cannot download node'],
      ['warn', 'stderr: curl: (6) no such host'],
    ],
  );
  assert.equal(lines[0]?.at, '2026-11-21T10:00:00.000Z');
});

test('the agent that comes sends the same lines, and they are there once', async (t) => {
  const { bench, tell, ship, seen } = await start(t);
  await tell(BEGUN);
  const worker = await registerLatest(bench);
  const { status, body } = await ship(worker.worker_token, worker.epoch, [...BEGUN, `${TIME} done`]);
  assert.deepEqual([status, body.next_seq], [200, 3]);
  assert.deepEqual(textsOf(await seen()), ['begin, worker abc', 'worker.mjs installed', 'done']);
});

test('only an unused token of this machine speaks, and its secrets are taken out', async (t) => {
  const { bench, tell, seen } = await start(t);
  assert.equal(await tell(BEGUN, { bootstrap_token: 'garbage' }), 401);
  assert.equal(await tell(BEGUN, { bootstrap_token: `inv_boot_${'0'.repeat(26)}_${'A'.repeat(49)}` }), 401);
  assert.equal(await tell(BEGUN, { instance_id: 'inst_other' }), 403);
  assert.equal(await tell([]), 422);
  assert.equal(await tell(['x'.repeat(501)]), 422);
  assert.equal(await tell(Array(101).fill('x')), 422);
  assert.deepEqual(await seen(), []);
  const secret = `hf_${'A1'.repeat(10)}`;
  assert.equal(await tell([`${TIME} stderr: with \u0007${secret}`, 'no time at all']), 204);
  const lines = await seen();
  assert.deepEqual(textsOf(lines), ['stderr: with [secret]', 'no time at all']);
  assert.ok(lines.every(({ at, received_at }) => at <= received_at));
  await registerLatest(bench);
  assert.equal(await tell(FAILED), 401, 'the agent speaks now');
});

test('a script that writes wildly is slowed down', async (t) => {
  const { tell } = await start(t);
  const wild = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(490)}`);
  let status = 204;
  for (let round = 0; round < 40 && status === 204; round++) status = await tell(wild);
  assert.equal(status, 429);
});
