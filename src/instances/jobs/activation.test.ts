/** A machine is not ordered, and costs nothing, before it may be; it is as soon as it may. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideActivation } from '#identity/activation/commands/decide-activation.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { replaceInstance } from '../commands/replace-instance.ts';
import { wakeActivatedInstance, wakeActivatedUses } from '../commands/wake-activated.ts';
import { listAwaitedModels, listServingInstances, listUnactivatedModels } from '../queries.ts';
import { type Bench, driveTo, driveToReady, openBench, order, reconcile, stateOf } from '../testing/bench.ts';

/** The person who orders has this role from now on. */
async function orderAs(bench: Bench, role: string): Promise<InstanceId> {
  const { orgId } = bench.scope;
  // One owner always stays.
  await bench.db.query(
    `insert into users (id, username, email, created_at) values ('user_stays', 'stays', 'stays@example.test', app_now())
     on conflict do nothing`,
  );
  await bench.db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, 'user_stays', 'owner', app_now())
     on conflict do nothing`,
    [orgId],
  );
  await bench.db.query(`update memberships set role = $2 where org_id = $1 and user_id <> 'user_stays'`, [
    orgId,
    role,
  ]);
  return order(bench, `by-${role}`);
}

async function decideOn(bench: Bench, id: InstanceId, isGiven: boolean): Promise<void> {
  const resource = { kind: 'instance', id } as const;
  await bench.db.transaction((tx) =>
    decideActivation(
      { wake: (_, scope, { id: one }, by) => wakeActivatedInstance(tx, scope, one, by) },
      tx,
      { scope: bench.scope, role: 'owner', by: bench.by },
      { resource, sides: ['technical', 'economic'], isGiven },
    ),
  );
}

const jobsOf = (bench: Bench, id: InstanceId) =>
  bench.db.query(`select 1 from jobs where subject_id = $1 and due_at <= app_now()`, [id]);

test('what an administrator orders waits without asking the provider, until the economic activation is given', async (t) => {
  const bench = await openBench(t);
  const id = await orderAs(bench, 'admin');
  for (let round = 0; round < 3; round++) {
    const outcome = await reconcile(bench, id);
    assert('againInMs' in outcome && outcome.againInMs > 0, 'it is looked at now and then');
  }
  assert.equal(await stateOf(bench, id), 'provisioning');
  assert.deepEqual(bench.provider.calls, []);
  assert.deepEqual(await bench.db.query('select 1 from provision_attempts'), []);
  assert.deepEqual(await bench.db.query('select 1 from cost_events'), []);
  assert.deepEqual(await listAwaitedModels(bench.db), [], 'nobody is told to wait for it');
  assert.deepEqual(await listUnactivatedModels(bench.db), [
    {
      orgId: bench.scope.orgId,
      modelId: bench.modelId,
      isTechnicalMissing: false,
      isEconomicMissing: true,
    },
  ]);
  await decideOn(bench, id, true);
  await driveToReady(bench, id);
  assert.equal((await listServingInstances(bench.db)).length, 1);
});

test('an order that waited past its deadline has all of its time from the activation on', async (t) => {
  const bench = await openBench(t);
  const id = await orderAs(bench, 'user');
  const { provisionDeadlineMs, alarmAfterMs } = bench.settings;
  await bench.db.query(`alter table instances disable trigger user`);
  await bench.db.query(
    `update instances set state_at = app_now() - make_interval(secs => $2::double precision / 1000) where id = $1`,
    [id, 2 * (provisionDeadlineMs + alarmAfterMs)],
  );
  await bench.db.query(`alter table instances enable trigger user`);
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'provisioning', 'waiting is no failure');
  assert.deepEqual(await bench.db.query('select 1 from alerts'), [], 'and nothing to raise an alarm about');
  await decideOn(bench, id, true);
  await driveToReady(bench, id);
});

test('giving it wakes the machine at once; taking it back takes a ready one out of routing and keeps it', async (t) => {
  const bench = await openBench(t);
  const waiting = await orderAs(bench, 'admin');
  await reconcile(bench, waiting);
  await bench.db.query(`update jobs set due_at = app_now() + interval '1 hour'`);
  assert.deepEqual(await jobsOf(bench, waiting), []);
  await decideOn(bench, waiting, true);
  assert.equal((await jobsOf(bench, waiting)).length, 1);

  await driveToReady(bench, waiting);
  await decideOn(bench, waiting, false);
  assert.deepEqual(await listServingInstances(bench.db), []);
  assert.equal(await stateOf(bench, waiting), 'ready');
  assert.equal(bench.provider.living.length, 1);
  await decideOn(bench, waiting, true);
  assert.equal((await listServingInstances(bench.db)).length, 1);
});

test('a start that is under way goes on when its activation is taken back, and serves nobody', async (t) => {
  const bench = await openBench(t);
  const id = await orderAs(bench, 'owner');
  await driveTo(bench, id, 'installing');
  await decideOn(bench, id, false);
  await driveToReady(bench, id);
  assert.equal(bench.provider.living.length, 1);
  assert.deepEqual(await listServingInstances(bench.db), [], 'it is there, and serves nobody');
});

test('a model or provider that is taken back holds up what is not ordered yet, and wakes it when it is given', async (t) => {
  const bench = await openBench(t);
  const id = await orderAs(bench, 'owner');
  const { orgId } = bench.scope;
  for (const [kind, resourceId] of [
    ['model', bench.modelId],
    ['provider', 'mock'],
  ] as const) {
    await bench.db.query(
      `insert into activations (org_id, resource_kind, resource_id, technical_is_given, technical_by, technical_at, created_at)
       values ($1, $2, $3, true, 'user:test', app_now(), app_now())`,
      [orgId, kind, resourceId],
    );
    await reconcile(bench, id);
    assert.deepEqual(bench.provider.calls, [], kind);
    await bench.db.query(`update jobs set due_at = app_now() + interval '1 hour'`);
    await bench.db.transaction((tx) =>
      wakeActivatedUses(tx, bench.scope, { kind, id: resourceId }, bench.by),
    );
    assert.equal((await jobsOf(bench, id)).length, 1, kind);
    await bench.db.query(`delete from activations where resource_kind = $1`, [kind]);
  }
  await driveToReady(bench, id);
});

test('what replaces a machine is activated as that was, whoever asks for it', async (t) => {
  const bench = await openBench(t);
  const id = await orderAs(bench, 'owner');
  await driveToReady(bench, id);
  await bench.db.query(`update memberships set role = 'admin' where user_id <> 'user_stays'`);
  const replaced = await bench.db.transaction((tx) =>
    replaceInstance(bench.env, tx, bench.scope, id, bench.by),
  );
  const rows = await bench.db.query(
    `select 1 from activations where resource_id = $1 and technical_is_given and economic_is_given`,
    [replaced],
  );
  assert.equal(rows.length, 1);
});
