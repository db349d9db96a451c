import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MIGRATIONS_DIRECTORY, migrate } from '#database/migrator.ts';
import { withSession } from '#database/session.ts';
import { withEmptyDatabase } from '#database/testing.ts';

const OWN = '0025_activation.sql';

test('what worked before there were activations works after', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const before = mkdtempSync(join(tmpdir(), 'inventiv-before-'));
  t.after(() => rmSync(before, { recursive: true, force: true }));
  for (const name of readdirSync(MIGRATIONS_DIRECTORY)) {
    if (/^\d{4}_/.test(name) && name < OWN)
      copyFileSync(join(MIGRATIONS_DIRECTORY, name), join(before, name));
  }
  await migrate(env, { url, directory: before });
  await withSession(url, async (session) => {
    for (const org of ['org_a', 'org_b']) {
      await session.query(
        `insert into organisations (id, slug, name, created_at) values ($1, $2, 'A', app_now())`,
        [org, org.replace('_', '-')],
      );
    }
    await session.query(
      `insert into users (id, username, email, password_hash, created_at) values ('user_a', 'a', 'a@b', 'x', app_now())`,
    );
    await session.query(
      `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at)
       values ('org_a', 'key_a', 'user_a', 'k', 'h', 'hash', app_now())`,
    );
    await session.query(`insert into providers (id, name) values ('mock', 'Mock')`);
    await session.query(
      `insert into models (id, hf_id, name, weights_bytes, context_length) values ('model_a', 'org/m', 'M', 1, 1)`,
    );
  });
  await migrate(env, { url });
  const { rows } = await withSession(url, (session) =>
    session.query(
      `select org_id || ' ' || resource_kind || ' ' || resource_id as what from activations
       where technical_is_given and economic_is_given order by what`,
    ),
  );
  assert.deepEqual(
    rows.map((row: { what: string }) => row.what),
    [
      'org_a api_key key_a',
      'org_a model model_a',
      'org_a provider mock',
      'org_b model model_a',
      'org_b provider mock',
    ],
  );
  const keys = await withSession(url, (session) =>
    session.query(`select owner_kind, budget_total_micros, previous_until from api_keys`),
  );
  assert.deepEqual(keys.rows, [{ owner_kind: 'user', budget_total_micros: null, previous_until: null }]);
});
