/** Hosts with the database rights that the processes have in service. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { listOffers } from '#catalog/queries.ts';
import { withRowsOf } from '#database/row-scope.ts';
import { openAsRole, withTestDatabase } from '#database/testing.ts';
import { newId } from '#kernel/ids.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { BareMetalProvider } from '#providers/bare-metal/provider.ts';
import { Bench, type ProviderHarness } from '#providers/provider-bench.ts';
import { forgetHosts } from './commands/forget-hosts.ts';
import { changeHost, confirmHostKey, releaseHost, removeHost } from './commands/manage-host.ts';
import { registerHost } from './commands/register-host.ts';
import { openHostBook } from './host-book.ts';
import { recordProbe } from './host-store.ts';
import { getHost, listHosts } from './queries.ts';
import { FACTS, HOST_KEY, TYPE } from './testing/host-bench.ts';

test('the api decides about hosts and the orchestrator works on them, each with its own rights', async (t) => {
  const database = await withTestDatabase(t);
  const { env } = database;
  const [api, orchestrator] = [
    await openAsRole(t, database, 'api'),
    await openAsRole(t, database, 'orchestrator'),
  ];
  const [orgId, otherId] = [newId(env, 'organisation'), newId(env, 'organisation')];
  for (const id of [orgId, otherId]) {
    await database.db.query(
      `insert into organisations (id, slug, name, created_at) values ($1, replace($1, '_', '-'), 'Test', app_now())`,
      [id],
    );
  }
  const scope = { orgId };
  const by = { actor: 'user:test', correlationId: newId(env, 'correlation') };
  const sealer = new Sealer(env.random, new Secret('r'.repeat(43)));
  const rules = { env, sealer, enabledProviders: ['bare-metal'] };
  const asApi = <T>(work: () => Promise<T>) => withRowsOf(orgId, work);
  const wanted = { name: 'gpu', address: '10.0.0.1', port: 22, username: 'root', price: null } as const;
  const credential = { kind: 'generated' } as const;
  const id = await asApi(() =>
    api.transaction((tx) => registerHost(rules, tx, scope, { ...wanted, credential }, by)),
  );
  await asApi(() => api.transaction((tx) => confirmHostKey(tx, scope, { id, hostKey: HOST_KEY, by })));
  const found = { number: 1, error: null, message: null, seenHostKey: null, facts: FACTS, typeCode: TYPE };
  await orchestrator.transaction((tx) => recordProbe(tx, scope, id, found));

  const provider = new BareMetalProvider({
    book: openHostBook({ env, db: orchestrator, sealer }),
    clock: env.clock,
  });
  const zone = `hosts-${orgId.slice(-16)}`;
  const harness = { provider, zones: [zone], type: TYPE, rootBytes: 1 } as unknown as ProviderHarness;
  const bench = new Bench(harness);
  await syncOffers(env, orchestrator, 'bare-metal', await provider.listOffers(bench.context()));
  assert.equal((await asApi(() => listOffers(api, { orgId }))).length, 1);
  const seenByOthers = await withRowsOf(otherId, () => listOffers(api, { orgId }));
  assert.deepEqual(
    seenByOthers,
    [],
    'behind the wall also for a statement that names the wrong organisation',
  );

  const server = await bench.create();
  await provider.renewExpiry(bench.context(), 'server', server.ref, 1_950_000_000_000);
  assert.equal((await asApi(() => getHost(api, scope, id))).state, 'claimed');
  assert.deepEqual(await withRowsOf(otherId, () => listHosts(api, { orgId: otherId })), []);
  await provider.deleteServer(bench.context(), server.ref);
  const burning = await bench.create();
  await orchestrator.query('update host_claims set release_asked_at = app_now() where id = $1', [
    burning.ref.id,
  ]);
  await asApi(() => api.transaction((tx) => releaseHost(tx, scope, { id, confirm: 'gpu', by })));
  const to = { name: 'renamed', out_of_service: false, credential };
  await asApi(() => api.transaction((tx) => changeHost(rules, tx, scope, { id, to, by })));
  await asApi(() => api.transaction((tx) => removeHost(tx, scope, id, by)));
  await asApi(() => api.transaction((tx) => registerHost(rules, tx, scope, { ...wanted, credential }, by)));
  await orchestrator.transaction((tx) => forgetHosts(tx, scope));
  const left = await database.db.query('select 1 from hosts where credential is not null');
  assert.deepEqual(left, [], 'an organisation that has ended leaves no credential');
});
