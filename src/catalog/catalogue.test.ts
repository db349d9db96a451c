import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { startTestApi } from '#identity/testing.ts';
import type { ProviderOffer } from '#providers/provider.ts';
import { seedCatalogue } from './commands/seed-catalogue.ts';
import { syncOffers } from './commands/sync-offers.ts';
import { parseUsdRate } from './price.ts';
import { getModel, getOffer, listModels, listOffers } from './queries.ts';
import { catalogRoutes } from './routes.ts';

const TABLES = ['providers', 'zones', 'instance_types', 'offers', 'models'];
const snapshot = async (db: Database) =>
  Promise.all(
    TABLES.map((table) => db.query(`select *, xmin::text as written from ${table} order by 1, 2, 3`)),
  );
const offer = (changes: Partial<ProviderOffer> = {}): ProviderOffer => ({
  zone: 'mock-a',
  type: 'MOCK-L4-1',
  gpuCount: 1,
  gpuKind: 'L4',
  vramBytesPerGpu: 24 * 2 ** 30,
  vcpus: 8,
  memoryBytes: 48 * 2 ** 30,
  price: { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' },
  availability: 'available',
  ...changes,
});

test('seeding twice, and by two at once, writes once', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await Promise.all([seedCatalogue(env, db), seedCatalogue(env, db)]);
  const before = await snapshot(db);
  await seedCatalogue(env, db);
  assert.deepEqual(await snapshot(db), before, 'not even a row is written again');
  assert.equal((await listModels(db, 'everybody')).length, 25);
  assert.equal((await db.query(`select 1 from instance_types where provider_id = 'aws'`)).length, 70);
  assert.equal((await listOffers(db, { provider: 'scaleway' })).length, 32);
});

test('an unknown price stays unknown, a known one has its currency and its day', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await seedCatalogue(env, db);
  const unknown = await getOffer(db, { provider: 'aws', type: 'p5.48xlarge', zone: 'us-east-1' });
  assert.deepEqual([unknown.nanosPerHour, unknown.currency, unknown.availability], [null, null, 'unknown']);
  const known = await getOffer(db, { provider: 'scaleway', type: 'L40S-1-48G', zone: 'fr-par-2' });
  assert.deepEqual(
    [known.nanosPerHour, known.currency, known.priceAsOf],
    [1_469_916_000, 'EUR', '2026-07-30'],
  );
  const undated = await getOffer(db, { provider: 'aws', type: 'g6.xlarge', zone: 'eu-west-3' });
  assert.deepEqual([undated.nanosPerHour, undated.currency, undated.priceAsOf], [1_021_600_000, 'USD', null]);
});

test('what a person edited is never overwritten, by seeds or by a provider', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await seedCatalogue(env, db);
  await syncOffers(env, db, 'mock', [offer()]);
  await db.query(`update models set name = 'Ours', edited_at = app_now() where hf_id = 'Qwen/Qwen3-8B'`);
  await db.query(
    `update offers set nanos_per_hour = 1, edited_at = app_now()
     where instance_type_id in (select id from instance_types where code in ('L4-1-24G', 'MOCK-L4-1'))`,
  );
  await seedCatalogue(env, db);
  await syncOffers(env, db, 'mock', [offer({ availability: 'shortage' })]);
  assert.equal((await getModel(db, 'everybody', 'Qwen/Qwen3-8B')).name, 'Ours');
  for (const [provider, type, zone] of [
    ['scaleway', 'L4-1-24G', 'fr-par-1'],
    ['mock', 'MOCK-L4-1', 'mock-a'],
  ] as const) {
    assert.equal((await getOffer(db, { provider, type, zone })).nanosPerHour, 1);
  }
});

test("a provider's own newer price is not replaced by an older one of ours", async (t) => {
  const { db, env } = await withTestDatabase(t);
  await seedCatalogue(env, db);
  const wanted = { provider: 'scaleway', type: 'L4-1-24G', zone: 'fr-par-1' };
  const price = { nanosPerHour: 800_000_000, currency: 'EUR', asOf: '2026-11-20' };
  await syncOffers(env, db, 'scaleway', [offer({ zone: wanted.zone, type: wanted.type, price })]);
  await seedCatalogue(env, db);
  assert.equal((await getOffer(db, wanted)).nanosPerHour, 800_000_000);
});

test('a type that a provider lists no more is not to be had, but what runs there is still known', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await syncOffers(env, db, 'mock', [offer(), offer({ zone: 'mock-b' })]);
  await syncOffers(env, db, 'mock', [offer({ zone: 'mock-b' })]);
  const gone = await getOffer(db, { provider: 'mock', type: 'MOCK-L4-1', zone: 'mock-a' });
  assert.equal(gone.availability, 'shortage');
  await assert.rejects(getOffer(db, { provider: 'mock', type: 'MOCK-L4-1', zone: 'mock-z' }), {
    code: 'catalogue.type_unavailable',
  });
  await assert.rejects(getOffer(db, { provider: 'mock', type: 'X', zone: 'mock-a' }), {
    code: 'catalogue.type_not_found',
  });
});

test('the routes show models and offers with price and fit, and hide inactive models', async (t) => {
  const api = await startTestApi(t, {
    routes: async ({ env, db }) => {
      await seedCatalogue(env, db);
      await syncOffers(env, db, 'mock', [offer(), offer({ type: 'FREE?', price: null })]);
      return catalogRoutes({
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['mock'],
        countReadyByModel: async () => new Map([[(await getModel(db, 'everybody', 'Qwen/Qwen3-8B')).id, 3]]),
        usualStarts: async () => new Map(),
        peakSpeeds: async () => new Map(),
      });
    },
  });
  const as = await api.person('user');
  await api.db.query(`update models set is_active = false where hf_id = 'microsoft/phi-4'`);
  const first = await api.send('/api/v1/models?limit=20', { as });
  const second = await api.send(`/api/v1/models?limit=20&after=${first.body.next_cursor}`, { as });
  const models = [...first.body.data, ...second.body.data] as {
    hf_id: string;
    ready_instances: number;
    id: string;
  }[];
  assert.equal(new Set(models.map((model) => model.id)).size, 24);
  assert(!models.some((model) => model.hf_id === 'microsoft/phi-4'));
  const qwen = models.find((model) => model.hf_id === 'Qwen/Qwen3-8B');
  assert.equal(qwen?.ready_instances, 3);
  const one = await api.send(`/api/v1/models/${encodeURIComponent('Qwen/Qwen3-8B')}`, { as });
  assert.equal(one.body.id, qwen?.id);
  assert.equal((await api.send('/api/v1/models/model_x', { as })).body.code, 'model.not_found');

  const offers = await api.send(`/api/v1/catalogue/offers?model_id=${qwen?.id}`, { as });
  const byType = new Map(offers.body.data.map((row: { instance_type: string }) => [row.instance_type, row]));
  const mock = byType.get('MOCK-L4-1') as Record<string, unknown>;
  assert.deepEqual(
    [mock['is_enabled'], mock['price_micros_per_hour'], (mock['fit'] as { fits: boolean }).fits],
    [true, 750_000, true],
  );
  const unknown = byType.get('FREE?') as Record<string, unknown>;
  assert.deepEqual([unknown['price'], unknown['price_micros_per_hour']], [null, null]);
  assert.equal((byType.get('p4d.24xlarge') as Record<string, unknown>)['is_enabled'], false);
  assert.equal(offers.body.data.at(-1).price, null, 'unknown prices are last');
  assert.equal((await api.send('/api/v1/catalogue/offers')).status, 401);
  assert.equal((await api.send('/api/v1/models?limit=0', { as })).status, 422);
});
