import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notify } from '#database/channels.ts';
import { withTestDatabase } from '#database/testing.ts';
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
