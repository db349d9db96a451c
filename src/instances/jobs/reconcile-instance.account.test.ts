import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { provisionInstance } from '../commands/provision-instance.ts';
import { depsOf, leaseOf, openBench, recordOf } from '../testing/bench.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';

test('every call for a machine goes through the account that it was ordered on', async (t) => {
  const bench = await openBench(t);
  const { env, db, scope, by, modelId, typeId, provider } = bench;
  const accountId = newId(env, 'providerAccount');
  await db.query(
    `insert into provider_accounts (org_id, id, provider_id, name, credential, created_by, created_at, updated_at)
     values ($1, $2, 'mock', 'main', 'sealed', 'x', app_now(), app_now())`,
    [scope.orgId, accountId],
  );
  const order = {
    deploymentId: null,
    name: 'demo-1',
    modelId,
    providerId: 'mock',
    accountId,
    zone: 'mock-a',
    instanceTypeId: typeId,
    engine: 'simulated' as const,
    price: null,
  };
  const id = await db.transaction((tx) => provisionInstance(env, tx, scope, order, by));
  const asked = new Set<string>();
  const find = async (providerId: string, account: string | null) => {
    asked.add(`${providerId} ${account}`);
    return provider;
  };
  const handler = reconcileInstanceHandler({ ...depsOf(bench), providers: { find, list: async () => [] } });
  await handler.run(leaseOf(bench, id));
  assert.equal((await recordOf(bench, id)).instance.accountId, accountId);
  assert.equal(provider.servers.size, 1);
  assert.deepEqual([...asked], [`mock ${accountId}`]);
});
