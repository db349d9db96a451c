import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machine, openStage, ownerOf, type Stage, sweepLease, volumeRow } from '../sweep/testing/stage.ts';
import { Crash } from '../testing/bench.ts';
import { renewExpiryHandler } from './renew-expiry.ts';

const HOUR_MS = 3_600_000;

function renew(stage: Stage) {
  return renewExpiryHandler(stage.deps).run(sweepLease(stage.bench, 'renew-expiry'));
}

/** A wanted server whose tag has this much time left. */
async function wanted(stage: Stage, leftHours: number, id = 'srv-1') {
  const { id: instance, attemptId } = await machine(stage, { ref: id });
  const expiresAtMs = stage.bench.env.clock.now() + leftHours * HOUR_MS;
  const owner = { ...ownerOf({ instance, attempt: attemptId }), expiresAtMs };
  return stage.cloud.put({ kind: 'server', id, owner });
}

function leftHours(stage: Stage, thing: Awaited<ReturnType<typeof wanted>>): number {
  return Math.round(((thing.owner?.expiresAtMs ?? 0) - stage.bench.env.clock.now()) / HOUR_MS);
}

test('what is wanted is renewed below half of its life, and not before', async (t) => {
  const stage = await openStage(t);
  const [low, high] = [await wanted(stage, 30, 'srv-low'), await wanted(stage, 40, 'srv-high')];
  assert.deepEqual(await renew(stage), { againInMs: HOUR_MS });
  assert.deepEqual([leftHours(stage, low), leftHours(stage, high)], [72, 40]);
  const rows = await stage.bench.db.query(`select ref, failing_since from expiry_renewals`);
  assert.deepEqual(rows, [{ ref: 'srv-low', failing_since: null }]);
  stage.figures.EXPIRY_HOURS = 96;
  await renew(stage);
  assert.deepEqual(
    [leftHours(stage, low), leftHours(stage, high)],
    [72, 96],
    'a changed setting is used at once',
  );
});

test('orphans and what was asked to go are not renewed; kept volumes are', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const going = await wanted(stage, 1, 'srv-going');
  await bench.db.query(`update instances set wanted = 'terminated'`);
  const expiresAtMs = bench.env.clock.now() + HOUR_MS;
  const orphan = cloud.put({ kind: 'server', id: 'srv-orphan', owner: { ...ownerOf(), expiresAtMs } });
  const ended = await machine(stage, { state: 'absent', isEnded: true });
  await volumeRow(stage, ended.id, 'vol-kept', { isKept: true });
  const owner = { ...ownerOf({ instance: ended.id, attempt: ended.attemptId }), expiresAtMs };
  const kept = cloud.put({ kind: 'volume', id: 'vol-kept', owner });
  await renew(stage);
  assert.deepEqual(
    [going, orphan, kept].map((one) => leftHours(stage, one)),
    [1, 1, 72],
  );
});

test('a failed renewal is tried again soon, told of when little time is left, and forgotten when it works', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const thing = await wanted(stage, 10);
  cloud.failures.push({ operation: 'renewExpiry', kind: 'retryable', left: 1 });
  assert.deepEqual(await renew(stage), { againInMs: 60_000 });
  const [failing] = await bench.db.query<{ last_error: string }>(
    `select last_error from expiry_renewals where failing_since is not null`,
  );
  assert.match(failing?.last_error ?? '', /renewExpiry failed/);
  const alerts = await bench.db.query(
    `select error_code from action_log where code = 'SWEEP_ALERT' and error_code = 'EXPIRY_NOT_RENEWED'`,
  );
  assert.equal(alerts.length, 1);
  assert.deepEqual(await renew(stage), { againInMs: HOUR_MS });
  assert.equal(leftHours(stage, thing), 72);
  assert.deepEqual(await bench.db.query('select 1 from expiry_renewals where failing_since is not null'), []);
});

test('half a listing renews nothing, and is asked for again soon', async (t) => {
  const stage = await openStage(t);
  const thing = await wanted(stage, 10);
  stage.cloud.failures.push({ operation: 'listOwned', kind: 'retryable', left: 1 });
  assert.deepEqual(await renew(stage), { againInMs: 60_000 });
  assert.equal(leftHours(stage, thing), 10);
});

test('a crash at any point is made good by the next run', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  await wanted(stage, 10, 'counted');
  await renew(stage);
  assert.ok(points.length >= 8, points.join());
  for (let target = 0; target < points.length; target++) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const thing = await wanted(stage, 10, `srv-${target}`);
    await assert.rejects(renew(stage), Crash);
    await renew(stage);
    assert.equal(leftHours(stage, thing), 72, points[target]);
  }
});
