import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { databaseSource } from './database-source.ts';
import { keepSnapshot } from './snapshot-keeper.ts';

test('a key is known some milliseconds after it was written, and unknown as soon after it was revoked', async (t) => {
  const { db, env } = await withTestDatabase(t, { prefix: 'routing' });
  // The poll is out of the way, so only the notifications can bring the change.
  const keeper = await keepSnapshot(env, databaseSource(db), { workerSilentMs: 9_000, pollMs: 60_000 });
  t.after(() => keeper.stop());
  assert.equal(keeper.isLoaded, true);
  const until = async (isTrue: () => boolean) => {
    for (const end = performance.now() + 2_000; !isTrue(); ) {
      assert.ok(performance.now() < end, 'the snapshot did not follow');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now())`,
    );
    await tx.query(
      `insert into users (id, username, email, password_hash, created_at) values ('user_a', 'a', 'a@b', 'x', app_now())`,
    );
    await tx.query(
      `insert into memberships (org_id, user_id, role, created_at) values ('org_a', 'user_a', 'owner', app_now())`,
    );
    await tx.query(
      `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at)
       values ('org_a', 'key_a', 'user_a', 'k', 'h', 'hash', app_now())`,
    );
    await notify(tx, 'keys');
  });
  await until(() => keeper.current.findKey('hash')?.orgId === 'org_a');
  await db.transaction(async (tx) => {
    await tx.query(`update api_keys set revoked_at = app_now() where id = 'key_a'`);
    await notify(tx, 'keys');
  });
  await until(() => keeper.current.findKey('hash') === undefined);
});

test('with every notification lost a revoked key is refused all the same, by the poll', async (t) => {
  const { db, env } = await withTestDatabase(t, { prefix: 'routing' });
  const deaf = { ...databaseSource(db), onChange: async () => ({ stop: async () => {} }) };
  const keeper = await keepSnapshot(env, deaf, { workerSilentMs: 9_000 });
  t.after(() => keeper.stop());
  const follows = async (isTrue: () => boolean) => {
    for (const end = performance.now() + 20_000; !isTrue(); ) {
      assert.ok(performance.now() < end, 'the snapshot did not follow in time');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await addOrganisation(db);
  await db.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at, models, requests_per_minute)
     values ('org_a', 'key_a', 'user_a', 'k', 'h', 'hash', app_now(), '{org/m}', 7)`,
  );
  await db.query(`update organisations set tokens_per_minute = 9 where id = 'org_a'`);
  await follows(() => keeper.current.findKey('hash') !== undefined);
  assert.deepEqual(keeper.current.findKey('hash')?.models, ['org/m']);
  assert.equal(keeper.current.findKey('hash')?.limits.requestsPerMinute, 7);
  assert.equal(keeper.current.limitsOf('org_a' as OrgId).tokensPerMinute, 9);
  await db.query(`update api_keys set revoked_at = app_now() where id = 'key_a'`);
  await follows(() => keeper.current.findKey('hash') === undefined);
});

async function addOrganisation(db: Database): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now())`,
  );
  await db.query(
    `insert into users (id, username, email, password_hash, created_at) values ('user_a', 'a', 'a@b', 'x', app_now())`,
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ('org_a', 'user_a', 'owner', app_now())`,
  );
}
