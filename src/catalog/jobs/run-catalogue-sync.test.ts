import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Settings } from '#config/settings.ts';
import { catalogueSyncSchema } from '#contracts/catalogue-sync.ts';
import { startTestApi } from '#identity/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { type Provider, ProviderError, type ProviderOffer } from '#providers/provider.ts';
import { listOffers } from '../queries.ts';
import { catalogueSyncRoutes } from '../sync-routes.ts';
import { runCatalogueSyncHandler } from './run-catalogue-sync.ts';

function offer(zone: string, isPriced = true): ProviderOffer {
  return {
    zone,
    type: 'MOCK-L4-1',
    gpuCount: 1,
    gpuKind: 'L4',
    vramBytesPerGpu: 24e9,
    vcpus: 8,
    memoryBytes: 48e9,
    price: isPriced ? { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' } : null,
    availability: 'available',
  };
}

function failing(): ProviderError {
  const facts = {
    kind: 'retryable',
    provider: 'mute',
    operation: 'listOffers',
    outcomeUnknown: false,
  } as const;
  return new ProviderError('no answer', facts);
}

async function start(t: TestContext) {
  const api = await startTestApi(t, {
    routes: (deps) => catalogueSyncRoutes({ ...deps, enabledProviders: [] }),
  });
  const admin = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [admin.userId]);
  const mock = { id: 'mock', listOffers: async () => [offer('a'), offer('b', false)] } as unknown as Provider;
  const mute = { id: 'mute', listOffers: () => Promise.reject(failing()) } as unknown as Provider;
  const handler = runCatalogueSyncHandler({
    env: api.env,
    db: api.db,
    providers: fixedDirectory([mock, mute]),
    settings: { get: () => 10_000 } as unknown as Settings,
  });
  const run = (subjectId: string) =>
    handler.run({
      kind: 'run-catalogue-sync',
      subjectId,
      orgId: undefined,
      correlationId: 'cor_test',
      attempts: 1,
      signal: new AbortController().signal,
      apply: (work) => api.db.transaction(work),
    } satisfies Lease);
  const ask = (body: object, as = admin) => api.send('/api/v1/catalogue/sync', { method: 'POST', as, body });
  const read = async (id: string) =>
    catalogueSyncSchema.parse((await api.send(`/api/v1/catalogue/sync/${id}`, { as: admin })).body);
  return { api, ask, read, run };
}

test('SYNC_CATALOG takes over what is offered and reports each provider, also the mute one', async (t) => {
  const { api, ask, read, run } = await start(t);
  const { status, body } = await ask({});
  assert.deepEqual([status, body.state], [202, 'queued'], JSON.stringify(body));
  const jobs = await api.db.query(`select subject_id from jobs where kind = 'run-catalogue-sync'`);
  assert.deepEqual(jobs, [{ subject_id: body.id }]);
  assert.deepEqual(await run(body.id), { done: true });
  const done = await read(body.id);
  assert.equal(done.state, 'failed');
  assert.deepEqual(
    done.report?.providers.map(({ duration_ms: _, ...rest }) => rest),
    [
      { provider: 'mock', offers: 2, zones: 2, types: 1, unpriced: 1, error: null },
      { provider: 'mute', offers: 0, zones: 0, types: 0, unpriced: 0, error: 'no answer' },
    ],
  );
  assert.equal((await listOffers(api.db, { provider: 'mock' })).length, 2);
  assert.deepEqual(await run(body.id), { done: true }, 'a finished one is not done again');
});

test('one provider can be named; one that is not enabled is said so', async (t) => {
  const { ask, read, run } = await start(t);
  const named = (await ask({ provider: 'mock' })).body.id;
  await run(named);
  assert.equal((await read(named)).state, 'done');
  const unknown = (await ask({ provider: 'nowhere' })).body.id;
  await run(unknown);
  assert.equal((await read(unknown)).report?.providers[0]?.error, 'this provider is not enabled');
});

test('only administrators of the installation may ask', async (t) => {
  const { api, ask } = await start(t);
  assert.equal((await ask({}, await api.person('owner'))).status, 403);
  const missing = await api.send('/api/v1/catalogue/sync/sync_none', { as: await api.person('owner') });
  assert.equal(missing.status, 403);
});
