import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { catalogueTypeSchema, catalogueZoneSchema } from '#contracts/models.ts';
import { startTestApi } from '#identity/testing.ts';
import type { ProviderOffer } from '#providers/provider.ts';
import { seedCatalogue } from './commands/seed-catalogue.ts';
import { syncOffers } from './commands/sync-offers.ts';
import { machineRoutes } from './machine-routes.ts';
import { getOffer, listOffers } from './queries.ts';

const BASE = '/api/v1/catalogue';
const LISTED: ProviderOffer = {
  zone: 'fr-par-2',
  type: 'L40S-1-48G',
  gpuCount: 1,
  gpuKind: 'L40S',
  vramBytesPerGpu: 48 * 2 ** 30,
  vcpus: 8,
  memoryBytes: 96 * 2 ** 30,
  price: { nanosPerHour: 1_600_000_000, currency: 'EUR', asOf: '2026-11-20' },
  availability: 'available',
};
const FIGURES = {
  gpu_count: 2,
  gpu_kind: 'H200',
  vram_bytes_per_gpu: 141e9,
  vcpus: 32,
  memory_bytes: 500e9,
};

async function start(t: TestContext) {
  const api = await startTestApi(t, { asRole: 'api', routes: (deps) => machineRoutes(deps) });
  await seedCatalogue(api.env, api.db);
  const as = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [as.userId]);
  const send = (method: string, path: string, body?: object) =>
    api.send(BASE + path, { method, as, ...(body ? { body } : {}) });
  const typeOf = async (code: string) => {
    const { body } = await send('GET', '/instance-types?provider=scaleway');
    return catalogueTypeSchema.parse(body.data.find((one: { code: string }) => one.code === code));
  };
  const sync = () => syncOffers(api.env, api.db, { id: 'scaleway', name: 'Scaleway' }, [LISTED]);
  return { api, send, typeOf, sync };
}

test('whose word a figure is shows, and what a person wrote stands until it is given back', async (t) => {
  const { api, send, typeOf, sync } = await start(t);
  const before = await typeOf('L40S-1-48G');
  assert.equal(before.origin, 'seed');
  assert.equal(before.prices.find(({ zone }) => zone === 'fr-par-2')?.origin, 'seed');
  await sync();
  const synced = await typeOf('L40S-1-48G');
  assert.deepEqual([synced.origin, synced.vram_bytes_per_gpu], ['provider', 48 * 2 ** 30]);
  assert.equal(synced.prices.find(({ zone }) => zone === 'fr-par-2')?.origin, 'provider');

  const path = `/instance-types/${synced.id}`;
  const edited = await send('PATCH', path, { vram_bytes_per_gpu: 45_776 * 2 ** 20 });
  assert.deepEqual([edited.status, edited.body.origin], [200, 'person'], JSON.stringify(edited.body));
  const price = { per_hour: '1.25', currency: 'EUR', as_of: '2026-11-21' };
  const priced = await send('PUT', `${path}/prices`, { zone: 'fr-par-2', price, availability: 'scarce' });
  assert.equal(priced.status, 200, JSON.stringify(priced.body));
  await sync();
  await seedCatalogue(api.env, api.db);
  const kept = await typeOf('L40S-1-48G');
  assert.deepEqual([kept.origin, kept.vram_bytes_per_gpu], ['person', 45_776 * 2 ** 20]);
  const wanted = { provider: 'scaleway', type: 'L40S-1-48G', zone: 'fr-par-2' };
  const offer = await getOffer(api.db, wanted);
  assert.deepEqual([offer.nanosPerHour, offer.availability], [1_250_000_000, 'scarce']);

  assert.equal((await send('PATCH', path, { give_back: true, vcpus: 3 })).status, 422);
  assert.equal((await send('PATCH', path, { give_back: true })).status, 200);
  assert.equal((await send('DELETE', `${path}/prices/fr-par-2`)).status, 200);
  await sync();
  const back = await typeOf('L40S-1-48G');
  assert.deepEqual([back.origin, back.vram_bytes_per_gpu], ['provider', 48 * 2 ** 30]);
  assert.equal((await getOffer(api.db, wanted)).nanosPerHour, 1_600_000_000);
});

test('what is given back unchanged is the word of others again too', async (t) => {
  const { api, send, typeOf } = await start(t);
  const { id, vcpus } = await typeOf('L4-1-24G');
  await send('PATCH', `/instance-types/${id}`, { vcpus });
  assert.equal((await typeOf('L4-1-24G')).origin, 'person');
  await send('PATCH', `/instance-types/${id}`, { give_back: true });
  await seedCatalogue(api.env, api.db);
  assert.equal((await typeOf('L4-1-24G')).origin, 'seed');
});

test('types and zones are switched off and on, which seeds and providers leave alone', async (t) => {
  const { api, send, typeOf, sync } = await start(t);
  const { id } = await typeOf('L40S-1-48G');
  const offered = async () => {
    const offers = await listOffers(api.db, { provider: 'scaleway' });
    return offers.flatMap(({ code, zone }) => (code === 'L40S-1-48G' ? [zone] : [])).sort();
  };
  assert.deepEqual(await offered(), ['fr-par-2', 'pl-waw-2']);
  const zone = await send('PATCH', '/zones/scaleway/pl-waw-2', { is_active: false });
  assert.deepEqual([catalogueZoneSchema.parse(zone.body).is_active, zone.body.origin], [false, 'seed']);
  assert.deepEqual(await offered(), ['fr-par-2']);
  await send('PATCH', `/instance-types/${id}`, { is_active: false });
  assert.deepEqual(await offered(), []);
  await sync();
  await seedCatalogue(api.env, api.db);
  assert.deepEqual(await offered(), []);
  const off = await typeOf('L40S-1-48G');
  assert.deepEqual([off.is_active, off.origin], [false, 'provider'], 'its figures go on to be kept');
  await send('PATCH', `/instance-types/${id}`, { is_active: true });
  assert.deepEqual(await offered(), ['fr-par-2']);
});

test('what a provider does not list can be added, and an unknown price is not free', async (t) => {
  const { api, send } = await start(t);
  const zone = await send('POST', '/zones', { provider: 'scaleway', code: 'it-mil-1', region: 'it-mil' });
  assert.equal(zone.status, 201, JSON.stringify(zone.body));
  const made = await send('POST', '/instance-types', { provider: 'scaleway', code: 'H200-2', ...FIGURES });
  assert.deepEqual([made.status, made.body.origin, made.body.prices], [201, 'person', []]);
  const path = `/instance-types/${made.body.id}/prices`;
  assert.equal((await send('PUT', path, { zone: 'it-mil-1', price: null })).status, 200);
  const offer = await getOffer(api.db, { provider: 'scaleway', type: 'H200-2', zone: 'it-mil-1' });
  assert.deepEqual([offer.nanosPerHour, offer.currency, offer.gpuCount], [null, null, 2]);
  await syncOffers(api.env, api.db, 'scaleway', [LISTED]);
  const kept = await getOffer(api.db, { provider: 'scaleway', type: 'H200-2', zone: 'it-mil-1' });
  assert.equal(kept.availability, 'unknown', 'not listed, and left alone');
  const again = { provider: 'scaleway', code: 'H200-2', ...FIGURES };
  assert.equal((await send('POST', '/instance-types', again)).body.code, 'catalogue.name_taken');
  assert.equal(
    (await send('POST', '/zones', { provider: 'scaleway', code: 'it-mil-1', region: 'x' })).status,
    409,
  );
});

test('nonsense is refused, and so is everybody but an administrator of the installation', async (t) => {
  const { api, send, typeOf } = await start(t);
  const { id } = await typeOf('L4-1-24G');
  const price = (per_hour: string, currency = 'EUR') => ({ zone: 'fr-par-1', price: { per_hour, currency } });
  const refused: [string, string, object, number][] = [
    ['PUT', `/instance-types/${id}/prices`, price('-1'), 422],
    ['PUT', `/instance-types/${id}/prices`, price('1e3'), 422],
    ['PUT', `/instance-types/${id}/prices`, price('0.75', 'BTC'), 422],
    ['PUT', `/instance-types/${id}/prices`, { ...price('1'), zone: 'nowhere' }, 404],
    ['PUT', '/instance-types/type_none/prices', price('1'), 404],
    ['DELETE', `/instance-types/${id}/prices/nowhere`, {}, 422],
    ['PATCH', `/instance-types/${id}`, { gpu_count: 0 }, 422],
    ['PATCH', `/instance-types/${id}`, { origin: 'seed' }, 422],
    ['PATCH', '/instance-types/type_none', { vcpus: 1 }, 404],
    ['PATCH', '/zones/scaleway/none', { is_active: false }, 404],
    ['POST', '/zones', { provider: 'nobody', code: 'x', region: 'x' }, 404],
    ['POST', '/instance-types', { provider: 'nobody', code: 'x', ...FIGURES }, 404],
  ];
  for (const [method, path, body, status] of refused) {
    const answer = await send(method, path, method === 'DELETE' ? undefined : body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(answer.body)}`);
  }
  const owner = await api.person('owner');
  for (const path of ['/zones', '/instance-types']) {
    assert.equal((await api.send(BASE + path, { as: owner })).status, 403);
    assert.equal((await api.send(BASE + path, { method: 'POST', as: owner, body: {} })).status, 403);
  }
});
