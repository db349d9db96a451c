/** Kept volumes that are given to a new machine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import type { AppError } from '#kernel/errors.ts';
import type { InstanceId, ProviderAccountId, VolumeId } from '#kernel/ids.ts';
import { attachVolumes } from '../commands/attach-volumes.ts';
import { deleteVolume } from '../commands/delete-volume.ts';
import { keepVolume } from '../commands/keep-volume.ts';
import { provisionInstance } from '../commands/provision-instance.ts';
import { replaceInstance } from '../commands/replace-instance.ts';
import { getInstanceDetail } from '../queries.ts';
import { selectOwnVolumes } from '../store/kept-volumes.ts';
import {
  assertHistoriesReplay,
  type Bench,
  driveTo,
  driveToReady,
  openBench,
  order,
  recordOf,
  terminate,
} from '../testing/bench.ts';

const RATE = parseUsdRate('0.86@2026-11-01');

interface Kept {
  readonly bench: Bench;
  readonly ownerId: InstanceId;
  readonly volumeId: VolumeId;
  readonly ref: string;
}

async function keep(t: TestContext): Promise<Kept> {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['volume', 'address'] };
  const ownerId = await order(bench, 'first');
  await driveToReady(bench, ownerId);
  const [row] = await bench.db.query<{ id: VolumeId; ref: string }>(
    `select id, provider_ref as ref from instance_volumes where instance_id = $1 and not is_boot`,
    [ownerId],
  );
  assert.ok(row);
  const wish = { instanceId: ownerId, volumeId: row.id, keep: true };
  await bench.db.transaction((tx) => keepVolume(bench.env, tx, bench.scope, wish, bench.by));
  return { bench, ownerId, volumeId: row.id, ref: row.ref };
}

async function end(bench: Bench, id: InstanceId): Promise<void> {
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
}

function orderWith(
  { bench }: Kept,
  volumeIds: readonly VolumeId[],
  change: { zone?: string; accountId?: ProviderAccountId } = {},
): Promise<InstanceId> {
  const { env, scope, by, modelId, typeId } = bench;
  const wanted = {
    deploymentId: null,
    name: 'second',
    modelId,
    providerId: 'mock',
    zone: 'mock-a',
    instanceTypeId: typeId,
    engine: 'simulated',
    price: { nanosPerHour: 750_000_000, currency: 'EUR' },
    volumeIds,
    ...change,
  } as const;
  return bench.db.transaction((tx) => provisionInstance(env, tx, scope, wanted, by));
}

function askDeletion({ bench, volumeId }: Kept): Promise<void> {
  return bench.db.transaction((tx) => deleteVolume(bench.env, tx, bench.scope, volumeId, bench.by));
}

const refusedWith = (code: string) => (error: AppError) => error.code === code && error.publicMessage !== '';

test('a kept volume is attached to a new machine, stays its owner’s cost, and outlives that machine too', async (t) => {
  const kept = await keep(t);
  const { bench, ownerId, volumeId, ref } = kept;
  await assert.rejects(orderWith(kept, [volumeId]), refusedWith('volume.in_use'), 'its machine runs');
  await end(bench, ownerId);
  bench.provider.calls.length = 0;
  const id = await orderWith(kept, [volumeId, volumeId]);
  await assert.rejects(orderWith(kept, [volumeId]), refusedWith('volume.in_use'), 'it is given away');
  await assert.rejects(askDeletion(kept), refusedWith('volume.in_use'));
  await driveToReady(bench, id);
  const [server] = bench.provider.living;
  const volumes = server?.order.parts.filter((part) => part.kind === 'volume');
  assert.deepEqual(volumes, [{ kind: 'volume', ref: { id: ref, zone: 'mock-a' } }]);
  assert.ok(!bench.provider.calls.includes('createPart volume'), 'it takes the place of a new one');
  const { volumes: own } = await recordOf(bench, id);
  assert.equal(own.length, 1, 'only its root volume is its own');
  const { account_id, volumes: shown } = await getInstanceDetail(bench.db, bench.scope, id, RATE);
  assert.equal(account_id, null);
  const given = shown.find((volume) => volume.id === volumeId);
  assert.deepEqual([given?.is_given, given?.delete_asked_at, shown.length], [true, null, 2]);
  assert.ok((given?.price_micros_per_hour ?? 0) > 0);
  const page = { limit: 10, after: undefined };
  const filter = { isKept: true, includeDeleted: false };
  const [seen] = await selectOwnVolumes(bench.db, bench.scope, filter, page);
  assert.deepEqual([seen?.id, seen?.instance_id, seen?.used_by], [volumeId, ownerId, id]);
  await end(bench, id);
  assert.deepEqual(
    bench.provider.livingParts.map((part) => part.id),
    [ref],
  );
  const costs = await bench.db.query(
    `select instance_id, edge from cost_events where resource_ref = $1 order by at`,
    [ref],
  );
  assert.deepEqual(costs, [{ instance_id: ownerId, edge: 'start' }]);
  await orderWith(kept, [volumeId]);
  await assertHistoriesReplay(bench);
});

test('a machine gets only a kept data volume of its own zone and account, that nobody deletes', async (t) => {
  const kept = await keep(t);
  const { bench, ownerId, volumeId } = kept;
  const [boot] = await bench.db.query<{ id: VolumeId }>(`select id from instance_volumes where is_boot`);
  await end(bench, ownerId);
  const cases: [() => Promise<unknown>, string][] = [
    [() => orderWith(kept, ['vol_01k9xq3v5w7y9z1b3d5f7h9j1m' as VolumeId]), 'volume.not_found'],
    [() => orderWith(kept, [volumeId], { zone: 'mock-b' }), 'volume.not_attachable'],
    [() => orderWith(kept, [boot?.id ?? volumeId]), 'volume.ending'],
  ];
  for (const [refused, code] of cases) await assert.rejects(refused(), refusedWith(code), code);
  const accountId = 'pacc_other' as ProviderAccountId;
  const use = { instanceId: ownerId, volumeIds: [volumeId], providerId: 'mock', zone: 'mock-a', accountId };
  const another = bench.db.transaction((tx) => attachVolumes(tx, bench.scope, use));
  await assert.rejects(another, refusedWith('volume.not_attachable'));
  const [count] = await bench.db.query('select count(*)::integer as n from instances');
  assert.deepEqual(count, { n: 1 }, 'a refused order leaves nothing');
  await askDeletion(kept);
  await assert.rejects(orderWith(kept, [volumeId]), refusedWith('volume.ending'));
});

test('of two orders, or of an order and a deletion, at the same time one comes first', async (t) => {
  const kept = await keep(t);
  await end(kept.bench, kept.ownerId);
  const orders = await Promise.allSettled([1, 2, 3, 4].map(() => orderWith(kept, [kept.volumeId])));
  const made = orders.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(made.length, 1, JSON.stringify(orders));
  await end(kept.bench, made[0] ?? kept.ownerId);
  const both = await Promise.allSettled([askDeletion(kept), orderWith(kept, [kept.volumeId])]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a machine that takes the place of another takes its volume over, as soon as it is free', async (t) => {
  const kept = await keep(t);
  const { bench, ownerId, volumeId, ref } = kept;
  await end(bench, ownerId);
  const id = await orderWith(kept, [volumeId]);
  await driveToReady(bench, id);
  const replacedBy = await bench.db.transaction((tx) =>
    replaceInstance(bench.env, tx, bench.scope, id, bench.by),
  );
  const { givenVolumes } = await recordOf(bench, replacedBy);
  assert.deepEqual(givenVolumes, [{ providerRef: ref, zone: 'mock-a' }]);
  await driveTo(bench, id, 'terminated');
  await driveToReady(bench, replacedBy);
  const owners = await bench.db.query(`select instance_id from instance_volumes where provider_ref = $1`, [
    ref,
  ]);
  assert.deepEqual(owners, [{ instance_id: ownerId }], 'looking at the old machine took nothing away');
  assert.deepEqual(
    bench.provider.livingParts.filter((part) => part.kind === 'volume').map((part) => part.id),
    [ref],
  );
});
