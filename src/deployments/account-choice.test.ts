import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { newId } from '#kernel/ids.ts';
import { deploymentRoutes } from './routes.ts';

const WANTED = { model_id: 'Qwen/Qwen3-8B', provider: 'mock', zone: 'mock-a', instance_type: 'MOCK-L4-1' };

async function start(t: TestContext): Promise<TestApi> {
  return startTestApi(t, {
    routes: async ({ env, db }) => {
      await seedCatalogue(env, db);
      await syncOffers(env, db, 'mock', [
        {
          zone: 'mock-a',
          type: 'MOCK-L4-1',
          gpuCount: 1,
          gpuKind: 'L4',
          vramBytesPerGpu: 24 * 2 ** 30,
          vcpus: 8,
          memoryBytes: 48 * 2 ** 30,
          price: { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' },
          availability: 'available',
        },
      ]);
      return deploymentRoutes({
        env,
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['mock'],
        offersMax: () => 25,
        engineOf: () => 'simulated',
        requireReachable: () => undefined,
        attachesVolumes: () => true,
        costsOf: async () => new Map(),
      });
    },
  });
}

async function addAccount({ env, db }: TestApi, { orgId }: TestPerson, name: string): Promise<string> {
  const id = newId(env, 'providerAccount');
  await db.query(
    `insert into provider_accounts (org_id, id, provider_id, name, credential, created_by, created_at, updated_at)
     values ($1, $2, 'mock', $3, 'sealed', 'x', app_now(), app_now())`,
    [orgId, id, name],
  );
  return id;
}

test('machines are ordered on the account of their organisation, and on no other', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  const stranger = await api.person();
  const theirs = await addAccount(api, stranger, 'theirs');
  const order = (name: string, more: object = {}) =>
    api.send('/api/v1/deployments', { method: 'POST', as: owner, body: { ...WANTED, name, ...more } });
  const accountsOf = async (name: string) =>
    (
      await api.db.query<{ account_id: string | null }>(
        `select i.account_id from instances i join deployments d on d.id = i.deployment_id where d.name = $1`,
        [name],
      )
    ).map((row) => row.account_id);
  assert.equal((await order('none')).status, 201);
  assert.deepEqual(await accountsOf('none'), [null]);
  const first = await addAccount(api, owner, 'first');
  assert.equal((await order('one', { replicas: 2 })).status, 201);
  assert.deepEqual(await accountsOf('one'), [first, first]);
  const second = await addAccount(api, owner, 'second');
  const unclear = await order('unclear');
  assert.deepEqual([unclear.status, unclear.body.code], [422, 'provider_account.choice_required']);
  assert.equal(unclear.body.errors[0].path, 'account_id');
  assert.match(unclear.body.errors[0].message, new RegExp(`${first} \\(first\\), ${second} \\(second\\)`));
  assert.equal((await order('two', { account_id: second })).status, 201);
  assert.deepEqual(await accountsOf('two'), [second]);
  const foreign = await order('foreign', { account_id: theirs });
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'provider_account.not_found']);
  assert.deepEqual(await accountsOf('foreign'), []);
});
