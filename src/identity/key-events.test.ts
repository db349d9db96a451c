import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiKeySchema } from '#contracts/api-keys.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Env } from '#kernel/env.ts';
import { createApiKey } from './commands/create-api-key.ts';
import { revokeApiKey } from './commands/revoke-api-key.ts';
import { createUser } from './testing.ts';

test('a key tells once that it was made and once that it was revoked, and never its secret', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const owner = { ...(await createUser(env, db, { username: 'a', password: 'b' })), role: 'owner' as const };
  const { key, secret } = await make(env, 'mine');
  await Promise.all([1, 2, 3].map(() => revokeApiKey(db, owner, key.id)));
  const rows = await db.query<{ type: string; org_id: string; data: object }>(
    'select type, org_id, data from business_events order by seq',
  );
  const data = { api_key_id: key.id, name: 'mine', user_id: owner.userId };
  assert.deepEqual(rows, [
    { type: 'API_KEY_CREATED', org_id: owner.orgId, data },
    { type: 'API_KEY_REVOKED', org_id: owner.orgId, data },
  ]);
  assert(!JSON.stringify(rows).includes(secret.reveal()));

  async function make(from: Env, name: string) {
    const wanted = createApiKeySchema.parse({ name });
    return db.transaction((tx) => createApiKey(from, tx, owner, wanted));
  }
});
