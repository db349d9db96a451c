import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTestApi } from '#identity/testing.ts';
import { seedCatalogue } from './commands/seed-catalogue.ts';
import { modelRoutes } from './model-routes.ts';
import { parseUsdRate } from './price.ts';

const SHA256 = 'a'.repeat(64);
const URL_OF = 'https://store.example/m.gguf';
const FACTS = { weights_bytes: 6e8, kv_bytes_per_token: 114_688, context_length: 8_192 };

async function start(t: TestContext) {
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ env, db }) =>
      modelRoutes({
        env,
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['scaleway'],
        countReadyByModel: async () => new Map(),
        usualStarts: async () => new Map(),
        peakSpeeds: async () => new Map(),
        usesOfModel: async () => [],
      }),
  });
  await seedCatalogue(api.env, api.db);
  const owner = await api.person('owner');
  const admin = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [admin.userId]);
  const own = (method: string, path: string, body: object) =>
    api.send(`/api/v1/models${path}`, { method, as: owner, body });
  const common = (method: string, path: string, body: object) =>
    api.send(`/api/v1/catalogue/models${path}`, { method, as: admin, body });
  return { own, common };
}

test('an organisation names an address with its checksum, the installation a path too', async (t) => {
  const { own, common } = await start(t);
  const make = async (gguf: object) => (await own('POST', '', { hf_id: 'acme/file', ...FACTS, gguf })).status;
  for (const source of [
    '/etc/passwd',
    'http://store.example/m.gguf',
    'https://me:secret@store.example/m',
    'file:///m',
    'm.gguf',
    '',
  ]) {
    assert.equal(await make({ source, sha256: SHA256 }), 422, source);
  }
  assert.equal(await make({ source: URL_OF }), 422, 'an address needs a checksum');
  assert.equal(await make({ source: URL_OF, sha256: 'A'.repeat(64) }), 422);
  assert.equal(await make({ source: URL_OF, sha256: SHA256 }), 201);
  const made = await common('POST', '', {
    hf_id: 'local/file',
    ...FACTS,
    gguf: { source: '/models/m.gguf' },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.gguf, { source: '/models/m.gguf', sha256: null });
});

test('a file may be corrected, and a model does not become another kind', async (t) => {
  const { own, common } = await start(t);
  const { body: file } = await own('POST', '', {
    hf_id: 'a/f',
    ...FACTS,
    gguf: { source: URL_OF, sha256: SHA256 },
  });
  const other = { source: `${URL_OF}2`, sha256: 'b'.repeat(64) };
  const corrected = await own('PATCH', `/${file.id}`, { gguf: other });
  assert.deepEqual([corrected.status, corrected.body.gguf], [200, other]);
  const renamed = await own('PATCH', `/${file.id}`, { name: 'Renamed' });
  assert.deepEqual([renamed.status, renamed.body.gguf], [200, other]);
  assert.equal((await own('PATCH', `/${file.id}`, { gguf: { source: '/etc/passwd' } })).status, 422);
  const { body: usual } = await common('POST', '', { hf_id: 'a/usual', ...FACTS });
  assert.equal(usual.gguf, null);
  assert.equal((await common('PATCH', `/${usual.id}`, { gguf: other })).status, 422);
});

test('its engine takes two arguments of its own, and none of the other', async (t) => {
  const { own } = await start(t);
  const gguf = { source: URL_OF, sha256: SHA256 };
  const make = async (hfId: string, args: readonly string[]) =>
    (await own('POST', '', { hf_id: hfId, ...FACTS, gguf, engine_args: args })).status;
  assert.equal(await make('a/right', ['--threads', '2', '--max-num-seqs=8']), 201);
  for (const args of [
    ['--tensor-parallel-size', '2'],
    ['--threads'],
    ['--threads', 'x'],
    ['2'],
    ['--model-file', '/x'],
  ]) {
    assert.equal(await make('a/wrong', args), 422, args.join(' '));
  }
});
