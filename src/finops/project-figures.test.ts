import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { closeInterval, openInterval } from './interval-store.ts';
import { finopsRoutes } from './routes.ts';
import { recordUsage } from './testing.ts';

const HOUR_MS = 3_600_000;
const RUNS = 15;
const PROJECTS = [null, 'proj_a', 'proj_b'] as const;

type Spend = {
  readonly project: number;
  readonly fromMin: number;
  readonly minutes: number;
  readonly nanos: number;
};
type Use = { readonly project: number; readonly minute: number; readonly tokens: number };

const spend: fc.Arbitrary<Spend> = fc.record({
  project: fc.nat(2),
  fromMin: fc.nat(600),
  minutes: fc.integer({ min: 1, max: 600 }),
  nanos: fc.nat(9_876_543_210),
});
const use: fc.Arbitrary<Use> = fc.record({ project: fc.nat(2), minute: fc.nat(600), tokens: fc.nat(5_000) });

/** Rows of machines are guarded; what a project is of needs no more of them than their names. */
async function insertMachines(db: Database, { orgId }: TestPerson): Promise<void> {
  await db.query(`insert into providers (id, name) values ('mock', 'Mock') on conflict do nothing`);
  await db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus, memory_bytes, arch)
     values ('type_1', 'mock', 'T', 1, 'L4', 1, 1, 1, 'x86_64') on conflict do nothing`,
  );
  await db.query(
    `insert into models (id, hf_id, name, weights_bytes, context_length) values ('model_1', 'o/m', 'M', 1, 1)
     on conflict do nothing`,
  );
  for (const [index, project] of PROJECTS.entries()) {
    if (project !== null) {
      await db.query(
        `insert into projects (org_id, id, slug, name, created_by, created_at) values ($1, $2, $3, 'P', 'u', app_now())`,
        [orgId, project, project.replace('_', '-')],
      );
    }
    await db.query(
      `insert into deployments (org_id, id, name, model_id, provider_id, zone, instance_type_id, replicas, created_by,
         created_at, project_id) values ($1, $2, $2, 'model_1', 'mock', 'z', 'type_1', 1, 'u', app_now(), $3)`,
      [orgId, `dep_${index}`, project],
    );
    await db.transaction(async (tx) => {
      await tx.query(
        `insert into instance_state_history (org_id, instance_id, version, to_state, reason, actor, correlation_id, at)
         values ($1, $2, 1, 'provisioning', 'r', 'u', 'cor_1', app_now())`,
        [orgId, `inst_${orgId}_${index}`],
      );
      await tx.query(
        `insert into instances (org_id, id, deployment_id, name, provider_id, zone, instance_type_id, model_id, engine,
           state, state_version, state_at, correlation_id, created_by, created_at)
         values ($1, $2, $3, 'i', 'mock', 'z', 'type_1', 'model_1', 'simulated', 'provisioning', 1, app_now(), 'cor_1',
           'u', app_now())`,
        [orgId, `inst_${orgId}_${index}`, `dep_${index}`],
      );
    });
  }
}

async function book(
  api: TestApi,
  { orgId }: TestPerson,
  base: number,
  spends: readonly Spend[],
  uses: readonly Use[],
) {
  for (const [index, one] of spends.entries()) {
    const from = new Date(base + one.fromMin * 60_000);
    const ref = `${orgId}-${index}`;
    await api.db.transaction(async (tx) => {
      await openInterval(
        tx,
        { orgId },
        {
          id: `cost_${ref}`,
          instanceId: `inst_${orgId}_${one.project}`,
          resourceKind: 'server',
          resourceRef: ref,
          providerId: 'mock',
          zone: 'z',
          from,
          nanosPerHour: one.nanos,
          currency: 'EUR',
          eurRateMillionths: 1_000_000,
        },
      );
      const to = new Date(from.getTime() + one.minutes * 60_000);
      await closeInterval(tx, { orgId }, { kind: 'server', ref }, to);
    });
  }
  await recordUsage(
    api.db,
    uses.map(
      (one, index): UsageRecord => ({
        request_id: `req_${orgId}_${index}`,
        org_id: orgId,
        api_key_id: 'key_1',
        project_id: PROJECTS[one.project] ?? null,
        user_id: 'user_1',
        model_id: 'model_1',
        instance_id: null,
        endpoint: '/v1/chat/completions',
        outcome: 'completed',
        http_status: 200,
        error_code: null,
        prompt_tokens: one.tokens,
        completion_tokens: 1,
        cached_tokens: 0,
        started_at_ms: base + one.minute * 60_000,
        ended_at_ms: base + one.minute * 60_000,
        ttft_ms: null,
        streamed: false,
      }),
    ),
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('figures by project add up to those of the organisation, whole and one by one', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const base = Date.now() - 48 * HOUR_MS;
  const property = fc.asyncProperty(
    fc.array(spend, { maxLength: 6 }),
    fc.array(use, { maxLength: 12 }),
    async (spends, uses) => {
      const as = await api.person();
      await insertMachines(api.db, as);
      await book(api, as, base, spends, uses);
      const window = `from=${new Date(base + HOUR_MS).toISOString()}&to=${new Date(base + 9 * HOUR_MS).toISOString()}`;
      const get = async (path: string) => (await api.send(`/api/v1/${path}`, { as })).body;
      const costs = (await get(`costs/projects?${window}`)).data as {
        project_id: string | null;
        micros: number;
      }[];
      const series = async (filter = '') =>
        sum(
          (await get(`costs/series?${window}&step_seconds=3600${filter}`)).points.map(
            (point: { micros: number }) => point.micros,
          ),
        );
      assert.equal(sum(costs.map(({ micros }) => micros)), await series());
      const tokens = (await get('usage/projects?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z')).data as {
        project_id: string | null;
        prompt_tokens: number;
        requests: number;
      }[];
      const all = await get('usage/summary');
      assert.equal(sum(tokens.map((row) => row.prompt_tokens)), all.prompt_tokens);
      for (const [index, project] of PROJECTS.entries()) {
        const filter = `project_id=${project ?? 'none'}`;
        const cost = costs.find((row) => row.project_id === project)?.micros ?? 0;
        assert.equal(await series(`&${filter}`), cost);
        const own = uses.filter((one) => one.project === index);
        const row = tokens.find((one) => one.project_id === project);
        assert.equal(row?.requests ?? 0, own.length);
        assert.equal((await get(`usage/summary?${filter}`)).prompt_tokens, sum(own.map((one) => one.tokens)));
        assert.equal((await get(`usage/requests?limit=200&${filter}`)).data.length, own.length);
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
});

test('a project of another organisation has no figures here', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const [as, stranger] = [await api.person(), await api.person()];
  await insertMachines(api.db, as);
  const base = Date.now() - 24 * HOUR_MS;
  await book(
    api,
    as,
    base,
    [{ project: 1, fromMin: 0, minutes: 60, nanos: 1_000_000_000 }],
    [{ project: 1, minute: 1, tokens: 7 }],
  );
  const own = (await api.send('/api/v1/costs/summary?project_id=proj_a', { as })).body.cumulative_micros;
  assert.equal(own, 1_000_000);
  const theirs = (await api.send('/api/v1/costs/summary?project_id=proj_a', { as: stranger })).body;
  assert.equal(theirs.cumulative_micros, 0);
  assert.equal(
    (await api.send('/api/v1/usage/summary?project_id=proj_a', { as: stranger })).body.requests,
    0,
  );
});

test('without a window it is this month until now', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => finopsRoutes(parts) });
  const as = await api.person();
  const now = new Date(api.env.clock.now());
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())).toISOString();
  for (const kind of ['usage', 'costs']) {
    const of = async (query: string) => (await api.send(`/api/v1/${kind}/projects${query}`, { as })).body;
    assert.deepEqual(await of(''), await of(`?from=${month}&to=${now.toISOString()}`));
    assert.equal((await of('?from=2100-01-01T00:00:00Z')).detail, '`from` must be before `to`.');
    assert.equal((await of('?to=2020-01-01T00:00:00Z')).code, 'request.invalid');
  }
});
