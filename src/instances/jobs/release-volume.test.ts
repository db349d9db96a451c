import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '#kernel/errors.ts';
import type { VolumeId } from '#kernel/ids.ts';
import { deleteVolume } from '../commands/delete-volume.ts';
import { keepVolume } from '../commands/keep-volume.ts';
import {
  attempt,
  endInstance,
  machine,
  openStage,
  ownerOf,
  type Stage,
  sweepLease,
  volumeRow,
} from '../sweep/testing/stage.ts';
import { Crash } from '../testing/bench.ts';
import { releaseVolumeHandler } from './release-volume.ts';

async function keptVolume(stage: Stage, ref = 'vol-1') {
  const { id, attemptId } = await machine(stage, { state: 'absent' });
  const volumeId = await volumeRow(stage, id, ref);
  const owner = ownerOf({ instance: id, attempt: attemptId });
  const thing = stage.cloud.put({ kind: 'volume', id: ref, owner });
  const { bench } = stage;
  const wish = { instanceId: id, volumeId, keep: true };
  await bench.db.transaction((tx) => keepVolume(bench.env, tx, bench.scope, wish, bench.by));
  await endInstance(stage, id);
  return { id, volumeId, thing };
}

function askDeletion({ bench }: Stage, id: VolumeId): Promise<void> {
  return bench.db.transaction((tx) => deleteVolume(bench.env, tx, bench.scope, id, bench.by));
}

async function release(stage: Stage, id: VolumeId) {
  const lease = { ...sweepLease(stage.bench, 'release-volume', id), orgId: stage.bench.scope.orgId };
  return releaseVolumeHandler(stage.deps).run(lease);
}

async function releaseUntilDone(stage: Stage, id: VolumeId): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if ('done' in (await release(stage, id))) return;
    await stage.bench.env.sleep(5);
  }
  assert.fail('the volume is not released');
}

async function rowOf({ bench }: Stage, id: VolumeId) {
  const [row] = await bench.db.query<{ gone: boolean; stop: number | null }>(
    `select v.deleted_at is not null as gone,
            (select (extract(epoch from at) * 1000)::double precision from cost_events c
             where c.resource_ref = v.provider_ref and c.edge = 'stop') as stop
     from instance_volumes v where v.id = $1`,
    [id],
  );
  return row;
}

test('a kept volume survives its instance and the sweep, costs on, and is deleted when asked', async (t) => {
  const stage = await openStage(t);
  const { volumeId, thing } = await keptVolume(stage);
  await stage.sweep();
  await stage.sweep();
  assert.deepEqual(await rowOf(stage, volumeId), { gone: false, stop: null });
  assert.deepEqual(await release(stage, volumeId), { done: true }, 'nobody asked');
  assert.deepEqual(stage.cloud.living, ['volume vol-1']);
  await askDeletion(stage, volumeId);
  await askDeletion(stage, volumeId);
  await releaseUntilDone(stage, volumeId);
  assert.deepEqual(stage.cloud.living, []);
  assert.deepEqual(await rowOf(stage, volumeId), { gone: true, stop: thing.goneAtMs });
});

test('the order of a kept volume ends with it', async (t) => {
  const stage = await openStage(t);
  const { id, volumeId } = await keptVolume(stage);
  const order = await attempt(stage, id, { kind: 'volume', state: 'present', ref: 'vol-1' });
  const stateOf = () => stage.bench.db.query(`select state from provision_attempts where id = $1`, [order]);
  assert.deepEqual(await stateOf(), [{ state: 'present' }]);
  await askDeletion(stage, volumeId);
  await releaseUntilDone(stage, volumeId);
  assert.deepEqual(await stateOf(), [{ state: 'absent' }]);
});

test('a delete that is refused or does nothing is repeated until the volume is gone', async (t) => {
  const stage = await openStage(t);
  const { volumeId } = await keptVolume(stage);
  await askDeletion(stage, volumeId);
  stage.cloud.failures.push({ operation: 'delete volume', kind: 'locked', left: 2 });
  stage.cloud.ignoresDelete = true;
  for (let round = 0; round < 12; round++) {
    assert.ok('againInMs' in (await release(stage, volumeId)));
    await stage.bench.env.sleep(3);
  }
  assert.deepEqual(await rowOf(stage, volumeId), { gone: false, stop: null });
  stage.cloud.ignoresDelete = false;
  await releaseUntilDone(stage, volumeId);
  assert.equal((await rowOf(stage, volumeId))?.gone, true);
});

test('a volume that two listings miss is proven absent before its cost ends', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { volumeId } = await keptVolume(stage);
  cloud.things.clear();
  await stage.sweep();
  await stage.sweep();
  const jobs = await bench.db.query(`select subject_id from jobs where kind = 'release-volume'`);
  assert.deepEqual(jobs, [{ subject_id: volumeId }]);
  cloud.capabilities = { ...cloud.capabilities, visibilityWindowMs: 3_600_000 };
  assert.ok('againInMs' in (await release(stage, volumeId)));
  assert.ok('againInMs' in (await release(stage, volumeId)));
  assert.equal((await rowOf(stage, volumeId))?.gone, false, 'not seeing it once is no proof');
  cloud.capabilities = { ...cloud.capabilities, visibilityWindowMs: 20 };
  await releaseUntilDone(stage, volumeId);
  assert.equal((await rowOf(stage, volumeId))?.gone, true);
});

test('a volume that is seen again is left alone', async (t) => {
  const stage = await openStage(t);
  const { volumeId, thing } = await keptVolume(stage);
  thing.visibleFromMs = Number.POSITIVE_INFINITY;
  await release(stage, volumeId);
  thing.visibleFromMs = 0;
  assert.deepEqual(await release(stage, volumeId), { done: true });
  const [row] = await stage.bench.db.query(`select missing_since, deleted_at from instance_volumes`);
  assert.deepEqual(row, { missing_since: null, deleted_at: null });
});

test('a crash at any point of a release heals', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  const counted = await keptVolume(stage, 'vol-counted');
  await askDeletion(stage, counted.volumeId);
  await releaseUntilDone(stage, counted.volumeId);
  for (let target = 0; target < points.length; target++) {
    const { volumeId, thing } = await keptVolume(stage, `vol-${target}`);
    await askDeletion(stage, volumeId);
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    await assert.rejects(releaseUntilDone(stage, volumeId), Crash);
    await releaseUntilDone(stage, volumeId);
    assert.deepEqual(await rowOf(stage, volumeId), { gone: true, stop: thing.goneAtMs }, points[target]);
  }
});

test('boot volumes, ending ones and those in use are refused with a reason', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  const { id } = await machine(stage, { state: 'absent' });
  const [boot, data] = [
    await volumeRow(stage, id, 'vol-boot', { isBoot: true }),
    await volumeRow(stage, id, 'vol-data'),
  ];
  const keep = (volumeId: VolumeId, isKept = true) =>
    bench.db.transaction((tx) =>
      keepVolume(bench.env, tx, bench.scope, { instanceId: id, volumeId, keep: isKept }, bench.by),
    );
  const code = (expected: string) => (error: AppError) => error.code === expected;
  await assert.rejects(keep(boot), code('volume.boot'));
  await assert.rejects(askDeletion(stage, data), code('volume.in_use'));
  const jobs = await bench.db.query(`select 1 from jobs where kind = 'release-volume'`);
  assert.deepEqual(jobs, [], 'a refused request leaves no work');
  await keep(data);
  await keep(data);
  await keep(data, false);
  await endInstance(stage, id);
  await assert.rejects(keep(data), code('volume.ending'));
});
