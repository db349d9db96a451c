import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '#kernel/ids.ts';
import { fixedDirectory } from '#providers/directory.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  type Bench,
  beat,
  depsOf,
  driveTo,
  driveToReady,
  leaseOf,
  liveThrough,
  openBench,
  order,
  reconcile,
  recordOf,
  registerLatest,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';

async function actionsOf(bench: Bench, id: InstanceId): Promise<string[]> {
  const rows = await bench.db.query<{ code: string }>(
    `select code || ':' || status as code from action_log where instance_id = $1 and code <> 'STATE_CHANGED' order by id`,
    [id],
  );
  return rows.map((row) => row.code);
}

test('a machine lives from its order to nothing left, and costs exactly what the provider bills', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await liveThrough(bench, id);
  const record = await recordOf(bench, id);
  assert.deepEqual(bench.provider.living, []);
  assert.deepEqual(bench.provider.livingVolumes, []);
  assert.ok(record.attempts.every((attempt) => attempt.state === 'absent'));
  assert.ok(record.volumes.every((volume) => volume.isDeleted));
  assert.ok(record.worker?.isRevoked, 'the worker token is revoked');
  await assertBooksMatch(bench, id);
  await assertHistoriesReplay(bench);
  assert.deepEqual(await reconcile(bench, id), { done: true });
  const actions = await actionsOf(bench, id);
  for (const code of [
    'REQUEST_CREATE:succeeded',
    'PROVIDER_CREATE:started',
    'PROVIDER_CREATE:succeeded',
    'PROVIDER_DISCOVER_VOLUME:succeeded',
    'PROVIDER_START:succeeded',
    'WORKER_REGISTERED:succeeded',
    'WORKER_MODEL_LOADED:succeeded',
    'HEALTH_CHECK:succeeded',
    'REQUEST_TERMINATE:succeeded',
    'WORKER_DRAIN:succeeded',
    'PROVIDER_DELETE:succeeded',
    'PROVIDER_GONE:succeeded',
    'PROVIDER_DELETE_VOLUME:succeeded',
    'PROVIDER_VOLUME_GONE:succeeded',
  ]) {
    assert.ok(actions.includes(code), `${code} in ${actions}`);
  }
  assert.deepEqual([...bench.provider.correlationIds], [bench.by.correlationId]);
});

test('a start takes one run up to the registration and one after each word of the worker', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'installing');
  const worker = await registerLatest(bench);
  await beat(bench, worker, 'ready');
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'ready');
  await terminate(bench, id);
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'terminated');
});

test('a run on a machine that needs nothing changes nothing, and a second one neither', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, watchMs: 60_000 };
  const id = await order(bench);
  await driveToReady(bench, id);
  const before = await recordOf(bench, id);
  const calls = bench.provider.calls.length;
  assert.ok('againInMs' in (await reconcile(bench, id)));
  assert.ok('againInMs' in (await reconcile(bench, id)));
  const after = await recordOf(bench, id);
  assert.deepEqual({ ...after, nowMs: 0 }, { ...before, nowMs: 0 });
  assert.equal(bench.provider.calls.length, calls);
});

test('a server that the provider took away ends by itself, its volume too, and costs until then', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.provider.preempt(bench.provider.living[0]?.id ?? '');
  await driveTo(bench, id, 'terminated');
  const path = await bench.db.query<{ to: string; reason: string }>(
    `select to_state as to, reason from instance_state_history where instance_id = $1 order by version desc limit 3`,
    [id],
  );
  assert.deepEqual(path.map((step) => `${step.to} ${step.reason}`).reverse(), [
    'failed server_gone',
    'terminating server_gone',
    'terminated nothing_left',
  ]);
  assert.deepEqual(bench.provider.livingVolumes, []);
  await assertBooksMatch(bench, id);
});

test('a delete that is accepted and does nothing is repeated, and the machine costs until it is gone', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.provider.ignoresDelete = true;
  bench.settings = { ...bench.settings, alarmAfterMs: 30 };
  await terminate(bench, id);
  const isAlarmed = async () => (await actionsOf(bench, id)).includes('TERMINATION_STALLED:failed');
  for (let round = 0; round < 400 && !(await isAlarmed()); round++) {
    await reconcile(bench, id);
    await bench.env.sleep(3);
  }
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'terminating');
  const stops = await bench.db.query(`select 1 from cost_events where instance_id = $1 and edge = 'stop'`, [
    id,
  ]);
  assert.equal(stops.length, 0);
  const alarms = (await actionsOf(bench, id)).filter((code) => code === 'TERMINATION_STALLED:failed');
  assert.equal(alarms.length, 1, 'one alarm while the state lasts');
  bench.provider.ignoresDelete = false;
  await driveTo(bench, id, 'terminated');
  await assertBooksMatch(bench, id);
});

test('a failing call for one thing does not hold up the deletion of another', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  const record = await recordOf(bench, id);
  const extra = await bench.provider.createServer(
    { signal: new AbortController().signal, correlationId: 'cor_x' },
    {
      ...(bench.provider.living[0]?.order ?? assert.fail()),
      owner: { installation: 'i', instance: id, attempt: 'x', expiresAtMs: 0 },
    },
  );
  await bench.db.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
       provider_ref, created_at)
     values ($1, 'att_extra', $2, 9, 'server', 'mock', 'mock-a', 'extra', 'present', $3, app_now())`,
    [bench.scope.orgId, id, extra.ref.id],
  );
  await terminate(bench, id);
  bench.provider.fail({ operation: 'deleteServer', kind: 'retryable', when: 'before', count: 1 });
  await reconcile(bench, id);
  assert.equal(bench.provider.servers.get(extra.ref.id)?.state, 'gone');
  assert.notEqual(bench.provider.servers.get(record.instance.serverRef ?? '')?.state, 'gone');
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(bench.provider.living, []);
});

test('open requests hold the machine until they end or their time is over', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  bench.link.drain = { inFlight: 2 };
  await terminate(bench, id);
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'draining');
  const answer = await beat(bench, worker, 'draining', { in_flight: 1 });
  assert.equal(answer.desired, 'drain');
  bench.link.drain = { inFlight: 0 };
  await driveTo(bench, id, 'terminated');
});

test('requests that never end are cut off at the deadline', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.settings = { ...bench.settings, drainDeadlineMs: 60 };
  bench.link.drain = { inFlight: 1 };
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  const [step] = await bench.db.query<{ reason: string }>(
    `select reason from instance_state_history where instance_id = $1 and to_state = 'terminating'`,
    [id],
  );
  assert.equal(step?.reason, 'drain_deadline');
});

test('an agent that cannot be reached delays the end only shortly', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.link.drain = { error: 'connect refused' };
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  const [step] = await bench.db.query<{ reason: string }>(
    `select reason from instance_state_history where instance_id = $1 and to_state = 'terminating'`,
    [id],
  );
  assert.equal(step?.reason, 'drain_unreachable');
});

test('an engine that dies takes the machine out of service and brings it back', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  await beat(bench, worker, 'installed', {
    error: { code: 'engine_crashed', message: 'x' },
    engine_restarts: 1,
  });
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'unavailable');
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'engine_failed');
  await beat(bench, worker, 'ready', { engine_restarts: 1 });
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'ready');
});

test('an agent that contradicts its heartbeat is not made ready; one that cannot be reached is', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const worker = await registerLatest(bench);
  await beat(bench, worker, 'ready');
  bench.link.health = { verdict: 'contradicted', status: 'loading' };
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'starting');
  bench.link.health = { verdict: 'unreachable', error: 'connect refused' };
  await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'ready');
});

test('another agent than the installed one is reported', async (t) => {
  const bench = await openBench(t);
  bench.link.health = { verdict: 'confirmed', info: { version: '9.9.9', sha256: 'b'.repeat(64) } };
  const id = await order(bench);
  await driveToReady(bench, id);
  assert.ok((await actionsOf(bench, id)).includes('WORKER_VERSION_MISMATCH:failed'));
});

test('each phase of the start has a deadline with its own reason', async (t) => {
  const bench = await openBench(t);
  bench.provider.fallsBack = true;
  bench.settings = { ...bench.settings, bootDeadlineMs: 30 };
  const boot = await order(bench, 'boot');
  await driveTo(bench, boot, 'startup_failed');
  assert.match((await recordOf(bench, boot)).instance.stateReason ?? '', /server_never_ran|server_stopped/);
  bench.provider.fallsBack = false;
  bench.settings = { ...bench.settings, bootDeadlineMs: 60_000, installDeadlineMs: 30 };
  const install = await order(bench, 'install');
  await driveTo(bench, install, 'startup_failed');
  assert.equal((await recordOf(bench, install)).instance.stateReason, 'worker_never_registered');
  const worker = await registerLatest(bench);
  bench.settings = { ...bench.settings, installDeadlineMs: 60_000 };
  await driveTo(bench, install, 'starting');
  bench.settings = { ...bench.settings, startDeadlineMs: 40 };
  await beat(bench, worker, 'loading');
  bench.settings = { ...bench.settings, startDeadlineMs: 40 };
  await driveTo(bench, install, 'startup_failed');
  assert.equal((await recordOf(bench, install)).instance.stateReason, 'model_never_ready');
  bench.settings = { ...bench.settings, startDeadlineMs: 60_000 };
  await beat(bench, worker, 'ready');
  await driveTo(bench, install, 'ready');
  for (const id of [boot, install]) {
    await terminate(bench, id);
    await driveTo(bench, id, 'terminated');
  }
  assert.deepEqual(bench.provider.living, []);
});

test('a silent worker is dead after its time, and comes back with its heartbeat', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const { settings } = bench;
  bench.settings = { ...settings, workerSilentMs: 20, workerDeadMs: 60, heartbeatFreshMs: 1_000 };
  await driveTo(bench, id, 'worker_dead');
  assert.equal(bench.provider.living.length, 1, 'silence alone destroys nothing');
  assert.deepEqual((await recordOf(bench, id)).alarms, ['WORKER_DEAD']);
  bench.settings = settings;
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  assert.deepEqual((await recordOf(bench, id)).alarms, [], 'the alert ends with its cause');
});

test('a provider that is not enabled any more is not forgotten', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  await terminate(bench, id);
  const handler = reconcileInstanceHandler({ ...depsOf(bench), providers: fixedDirectory([]) });
  await assert.rejects(handler.run(leaseOf(bench, id)), /not enabled/);
  await driveTo(bench, id, 'terminated');
});
