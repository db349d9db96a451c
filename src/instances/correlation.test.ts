/** One id from the request of a person to the machine, through everything that is done for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { startTestApi, type TestApi } from '#identity/testing.ts';
import { startRunner } from '#jobs/runner.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { newId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/log.ts';
import { reconcileInstanceHandler } from './jobs/reconcile-instance.ts';
import { RECONCILE_INSTANCE } from './jobs/wake-reconciler.ts';
import { findWorkerByToken } from './queries.ts';
import { instanceRoutes } from './routes.ts';
import {
  type Bench,
  beat,
  depsOf,
  driveTo,
  FakeLink,
  order,
  QUICK,
  registerLatest,
  SETTINGS,
  seed,
  stateOf,
  testSink,
} from './testing/bench.ts';
import { FakeProvider } from './testing/fake-provider.ts';
import type { AgentCall } from './worker-link.ts';

class ListeningLink extends FakeLink {
  readonly calls: string[] = [];

  override async checkHealth(call?: AgentCall) {
    this.calls.push(`health ${call?.correlationId}`);
    return super.checkHealth();
  }

  override async orderDrain(call?: AgentCall) {
    this.calls.push(`drain ${call?.correlationId}`);
    return super.orderDrain();
  }
}

/** Keeps the fields of every line. */
function listeningLog(lines: Record<string, unknown>[], fixed: Record<string, unknown> = {}): Logger {
  const keep = (fields: Record<string, unknown>) => void lines.push({ ...fixed, ...fields });
  return {
    debug: keep,
    info: keep,
    warn: keep,
    error: keep,
    with: (fields) => listeningLog(lines, { ...fixed, ...fields }),
  };
}

test('one correlation id is followed from the request to the machine, for its start and for its end', async (t) => {
  const costsOf = async () => new Map();
  const usageOf = async () => new Map();
  const api: TestApi = await startTestApi(t, {
    routes: ({ env, db }) =>
      instanceRoutes({
        env,
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        costsOf,
        usageOf,
        settings: SETTINGS,
        samples: { unwritten: () => [] },
      }),
    findWorker: (token) => findWorkerByToken(api.db, token),
  });
  const as = await api.person('owner');
  const link = new ListeningLink();
  const create = newId(api.env, 'correlation');
  const bench: Bench = {
    db: api.db,
    env: api.env,
    scope: { orgId: as.orgId },
    by: { actor: 'user:test', correlationId: create },
    provider: new FakeProvider(() => api.env.clock.now()),
    link,
    typeId: newId(api.env, 'instanceType'),
    modelId: newId(api.env, 'model'),
    atCrashPoint: () => undefined,
    settings: QUICK,
    samples: testSink(t, api.env, api.db),
  };
  await seed(bench);
  const id = await order(bench);
  const job = () => api.db.query(`select correlation_id from jobs where kind = $1`, [RECONCILE_INSTANCE]);
  assert.deepEqual(await job(), [{ correlation_id: create }]);
  await driveTo(bench, id, 'installing');
  const worker = await registerLatest(bench);
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  assert.deepEqual([...bench.provider.correlationIds], [create]);
  assert.deepEqual(new Set(link.calls), new Set([`health ${create}`]));
  assert.deepEqual(await idsIn(api, 'action_log'), [create]);
  assert.deepEqual(await idsIn(api, 'instance_state_history'), [create]);

  const end = newId(api.env, 'correlation') as CorrelationId;
  bench.provider.correlationIds.clear();
  link.calls.length = 0;
  await api.db.query('delete from action_log');
  const answer = await api.send(`/api/v1/instances/${id}/terminate`, {
    method: 'POST',
    as,
    headers: { 'x-correlation-id': end },
  });
  assert.deepEqual([answer.status, answer.headers.get('x-correlation-id')], [202, end]);
  assert.deepEqual(await job(), [{ correlation_id: end }]);
  const lines: Record<string, unknown>[] = [];
  const env = {
    ...bench.env,
    with: (fields: Record<string, unknown>) => ({ ...bench.env, log: listeningLog(lines, fields) }),
  };
  const runner = await startRunner({ ...env, log: listeningLog(lines) }, bench.db, {
    handlers: [
      {
        ...reconcileInstanceHandler(depsOf(bench)),
        run: (lease) => {
          lines.push({ lease: lease.correlationId });
          return reconcileInstanceHandler(depsOf(bench)).run(lease);
        },
      },
    ],
    figures: {
      leaseMs: 8_000,
      pollMs: 20,
      concurrency: 2,
      attemptsMax: 50,
      retry: { firstMs: 5, maxMs: 20 },
    },
  });
  for (let tries = 0; (await stateOf(bench, id)) !== 'terminated'; tries++) {
    assert.ok(tries < 1_000, 'not terminated in twenty seconds');
    await bench.env.sleep(20);
  }
  await runner.stop();
  assert.deepEqual([...bench.provider.correlationIds], [end]);
  assert.ok(link.calls.includes(`drain ${end}`), String(link.calls));
  assert.deepEqual(await idsIn(api, 'action_log'), [end]);
  assert.deepEqual(new Set(await idsIn(api, 'instance_state_history')), new Set([create, end]));
  assert.deepEqual(new Set(lines.flatMap((line) => line['lease'] ?? [])), new Set([end]));
  const others = lines.flatMap((line) => line['correlation_id'] ?? []).filter((told) => told !== end);
  assert.deepEqual(others, []);
});

async function idsIn({ db }: TestApi, table: 'action_log' | 'instance_state_history'): Promise<string[]> {
  const rows = await db.query<{ correlation_id: string }>(
    `select distinct correlation_id from ${table} order by 1`,
  );
  return rows.map((row) => row.correlation_id);
}
