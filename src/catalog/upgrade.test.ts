import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '#database/database.ts';
import { MIGRATIONS_DIRECTORY, migrate } from '#database/migrator.ts';
import { withSession } from '#database/session.ts';
import { withEmptyDatabase } from '#database/testing.ts';
import { seedCatalogue } from './commands/seed-catalogue.ts';
import { getModel, listModels } from './queries.ts';

const OWN = '0029_models.sql';

test('a catalogue from before stays what it was, with its edits, and learns the shapes of its models', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const before = mkdtempSync(join(tmpdir(), 'inventiv-before-'));
  t.after(() => rmSync(before, { recursive: true, force: true }));
  for (const name of readdirSync(MIGRATIONS_DIRECTORY)) {
    if (/^\d{4}_/.test(name) && name < OWN)
      copyFileSync(join(MIGRATIONS_DIRECTORY, name), join(before, name));
  }
  await migrate(env, { url, directory: before });
  await withSession(url, async (session) => {
    await session.query(
      `insert into models (id, hf_id, name, weights_bytes, context_length, engine_args, edited_at)
       values ('model_seeded', 'Qwen/Qwen3-8B', 'Qwen3-8B', 16381470720, 40960, '[]', null),
              ('model_edited', 'Qwen/Qwen3-4B', 'Ours', 8000000000, 4096, '["--seed", "1"]', app_now()),
              ('model_added', 'acme/m', 'M', 1, 1, '[]', app_now())`,
    );
    await session.query(`insert into providers (id, name) values ('mock', 'Mock')`);
    await session.query(
      `insert into zones (provider_id, code, region) values ('mock', 'a', 'a'), ('mock', 'b', 'b')`,
    );
    await session.query(
      `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus, memory_bytes, arch)
       values ('type_1', 'mock', 'T', 1, 'L4', 1, 1, 1, 'x86_64')`,
    );
    await session.query(
      `insert into offers (instance_type_id, provider_id, zone, price_source, edited_at, nanos_per_hour, currency)
       values ('type_1', 'mock', 'a', 'Mock''s own list', null, 7, 'EUR'),
              ('type_1', 'mock', 'b', 'me', app_now(), null, null)`,
    );
  });
  await migrate(env, { url });
  const db = openDatabase(env, { url, applicationName: 'upgrade-test', poolSize: 2 });
  t.after(() => db.close());
  await seedCatalogue(env, db);
  const edited = await getModel(db, 'everybody', 'Qwen/Qwen3-4B');
  assert.deepEqual(
    [edited.id, edited.name, edited.origin, edited.contextLength, edited.engineArgs, edited.shape],
    ['model_edited', 'Ours', 'person', 4_096, ['--seed', '1'], null],
  );
  const seeded = await getModel(db, 'everybody', 'Qwen/Qwen3-8B');
  assert.deepEqual([seeded.id, seeded.origin, seeded.shape?.attention_heads], ['model_seeded', 'seed', 32]);
  assert.equal((await getModel(db, 'everybody', 'acme/m')).orgId, null);
  assert.equal((await listModels(db, 'everybody')).length, 26);
  const offers = await db.query(`select zone, origin from offers where provider_id = 'mock' order by zone`);
  assert.deepEqual(offers, [
    { zone: 'a', origin: 'provider' },
    { zone: 'b', origin: 'person' },
  ]);
  // Nobody said that they end; the price of before is where its history begins.
  const kept = await db.query(
    `select o.zone, o.service, p.nanos_per_hour, p.seen_until from offers o
     left join offer_prices p using (instance_type_id, zone) where o.provider_id = 'mock' order by o.zone`,
  );
  assert.deepEqual(kept, [
    { zone: 'a', service: 'offered', nanos_per_hour: 7, seen_until: null },
    { zone: 'b', service: 'offered', nanos_per_hour: null, seen_until: null },
  ]);
  assert.deepEqual(await db.query(`select origin from instance_types where id = 'type_1'`), [
    { origin: 'provider' },
  ]);
});
