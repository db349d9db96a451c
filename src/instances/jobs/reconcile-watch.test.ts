import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '#kernel/ids.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { archiveInstance, unarchiveInstance } from '../commands/archive-instance.ts';
import { drainInstance, resumeInstance } from '../commands/drain-instance.ts';
import { reinstallInstance } from '../commands/reinstall-instance.ts';
import { findWorkerByToken, listServingInstances } from '../queries.ts';
import { selectReinstall } from '../store/reinstalls.ts';
import { revokeWorker } from '../store/workers.ts';
import {
  assertHistoriesReplay,
  type Bench,
  beat,
  Crash,
  depsOf,
  driveTo,
  driveToReady,
  leaseOf,
  liveThrough,
  openBench,
  order,
  reconcile,
  recordOf,
  registerFrom,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';

type Command = typeof drainInstance;
const ask = ({ db, env, scope, by }: Bench, command: Command, id: InstanceId) =>
  db.transaction((tx) => command(env, tx, scope, id, by));

async function stepsOf(bench: Bench, id: InstanceId): Promise<string[]> {
  return [...(await recordOf(bench, id)).instance.steps].sort();
}

async function reinstallOf(bench: Bench, id: InstanceId) {
  const reinstall = await selectReinstall(bench.db, bench.scope, id);
  assert.ok(reinstall);
  return reinstall;
}

/** The worker is silent, and stays what it is until it speaks. */
function fallSilent(bench: Bench): void {
  bench.settings = { ...bench.settings, workerSilentMs: 1, workerDeadMs: 2, heartbeatFreshMs: 1 };
}

/** What was silent long ago is fresh again, so that slow tests stay out of the way. */
function hearAgain(bench: Bench): void {
  const calm = { workerSilentMs: 60_000, workerDeadMs: 120_000, heartbeatFreshMs: 60_000 };
  bench.settings = { ...bench.settings, ...calm };
}

/** Runs until something holds, as a runner would. */
async function driveUntil(bench: Bench, id: InstanceId, holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    if (await holds()) return;
    const outcome = await reconcile(bench, id).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
      return { againInMs: 1 };
    });
    if ('againInMs' in outcome) await bench.env.sleep(Math.min(outcome.againInMs, 5));
  }
  assert.fail(`it never held in ${await stateOf(bench, id)}`);
}

test('a drained machine takes no requests and stays, and a resumed one comes back through the health check', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  assert.equal((await listServingInstances(bench.db)).length, 1);
  await ask(bench, drainInstance, id);
  assert.equal((await listServingInstances(bench.db)).length, 0, 'before anybody has taken the work up');
  await driveTo(bench, id, 'draining');
  assert.equal((await beat(bench, worker, 'draining')).desired, 'drain');
  for (let round = 0; round < 3; round++) await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'draining');
  assert.equal(bench.provider.living.length, 1);
  await ask(bench, drainInstance, id);
  await ask(bench, resumeInstance, id);
  await ask(bench, resumeInstance, id);
  await driveTo(bench, id, 'starting');
  assert.equal((await beat(bench, worker, 'draining')).desired, 'serve');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  assert.equal((await listServingInstances(bench.db)).length, 1);
  await ask(bench, drainInstance, id);
  await driveTo(bench, id, 'draining');
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(bench.provider.living, []);
  await assertHistoriesReplay(bench);
});

test('a drained machine whose worker falls silent is told as dead, and is drained again when it returns', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  await ask(bench, drainInstance, id);
  await driveTo(bench, id, 'draining');
  fallSilent(bench);
  await driveTo(bench, id, 'worker_dead');
  hearAgain(bench);
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'draining');
});

test('commands that cannot apply say what to do, and change nothing', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await assert.rejects(ask(bench, drainInstance, id), { code: 'instance.illegal_transition' });
  await assert.rejects(ask(bench, reinstallInstance, id), /Wait until its server runs|cannot do this/);
  await assert.rejects(ask(bench, unarchiveInstance, id), { code: 'instance.illegal_transition' });
  await driveTo(bench, id, 'installing');
  await assert.rejects(ask(bench, reinstallInstance, id), { code: 'instance.illegal_transition' });
  await liveThrough(bench, id);
  for (const command of [drainInstance, resumeInstance, reinstallInstance]) {
    await assert.rejects(ask(bench, command, id), { code: 'instance.illegal_transition' });
  }
  const unknown = 'inst_01k9xq3v5w7y9z1b3d5f7h9j1m' as InstanceId;
  for (const command of [
    drainInstance,
    resumeInstance,
    reinstallInstance,
    archiveInstance,
    unarchiveInstance,
  ]) {
    await assert.rejects(ask(bench, command, unknown), { code: 'instance.not_found' });
  }
});

test('what is archived comes back into view, and the last word holds', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await liveThrough(bench, id);
  const ended = await bench.db.query(`select terminated_at from instances where id = $1`, [id]);
  await ask(bench, archiveInstance, id);
  await driveTo(bench, id, 'archived');
  await ask(bench, unarchiveInstance, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(await bench.db.query(`select terminated_at from instances where id = $1`, [id]), ended);
  await ask(bench, archiveInstance, id);
  await ask(bench, unarchiveInstance, id);
  assert.deepEqual(await reconcile(bench, id), { done: true });
  assert.equal(await stateOf(bench, id), 'terminated');
});

test('an agent that takes the order registers with a fresh token, and its predecessor is shut out', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const old = await driveToReady(bench, id);
  const before = await stepsOf(bench, id);
  await ask(bench, reinstallInstance, id);
  await ask(bench, reinstallInstance, id);
  await driveUntil(bench, id, async () => bench.link.reinstalls.length > 0);
  assert.equal(await stateOf(bench, id), 'installing');
  assert.deepEqual(await stepsOf(bench, id), [
    'address_known',
    'request_created',
    'server_created',
    'started',
  ]);
  await beat(bench, old, 'ready');
  assert.ok(!(await stepsOf(bench, id)).includes('warmed_up'), 'the old worker moves nothing any more');
  assert.equal((await listServingInstances(bench.db)).length, 0);
  const token = bench.link.reinstalls[0]?.bootstrapToken.reveal() ?? '';
  const anew = await registerFrom(bench, `token=${token}`, '1'.repeat(32));
  assert.equal(anew.epoch, old.epoch + 1);
  const predecessor = await findWorkerByToken(bench.db, old.worker_token);
  assert.ok(predecessor === undefined || predecessor.epoch < anew.epoch, 'the old token speaks for nobody');
  await driveTo(bench, id, 'starting');
  await beat(bench, anew, 'ready');
  await driveTo(bench, id, 'ready');
  assert.deepEqual(await stepsOf(bench, id), before);
  const { outcome, path, path_reason } = await reinstallOf(bench, id);
  assert.deepEqual([outcome, path, path_reason], ['installed', 'agent_order', null]);
  assert.equal(bench.provider.servers.size, 1);
  assert.deepEqual(
    new Set(bench.link.reinstalls.map((one) => one.id)).size,
    1,
    'one order, however often told',
  );
});

test('a crash anywhere in an installation anew leads to the same order and one end', async (t) => {
  for (const point of [
    'reconcile-instance.move-installing.commit',
    'reconcile-instance.move-installing.committed',
    'reconcile-instance.renew-token.committed',
    'reconcile-instance.reinstall.after',
    'reconcile-instance.reinstall-ordered.committed',
  ]) {
    const bench = await openBench(t);
    const id = await order(bench);
    await driveToReady(bench, id);
    await ask(bench, reinstallInstance, id);
    let crashes = 1;
    bench.atCrashPoint = (name) => {
      if (name === point && crashes-- > 0) throw new Crash(point);
    };
    await driveUntil(bench, id, async () => (await recordOf(bench, id)).reinstall?.orderedAtMs != null);
    assert.ok(crashes <= 0, `${point} was visited`);
    const tokens = new Set(bench.link.reinstalls.map((one) => one.bootstrapToken.reveal()));
    assert.equal(tokens.size, 1, point);
    const anew = await registerFrom(bench, `token=${[...tokens][0]}`, '2'.repeat(32));
    await driveTo(bench, id, 'starting');
    await beat(bench, anew, 'ready');
    await driveTo(bench, id, 'ready');
    assert.equal((await reinstallOf(bench, id)).outcome, 'installed');
    await assertHistoriesReplay(bench);
  }
});

test('a dead agent is installed anew by new user data and a reboot, where the provider has that', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, userDataAtEachBoot: true };
  bench.link.reinstall = { outcome: 'unreachable', error: 'nobody there' };
  const id = await order(bench);
  const old = await driveToReady(bench, id);
  fallSilent(bench);
  await driveTo(bench, id, 'worker_dead');
  await ask(bench, reinstallInstance, id);
  bench.provider.fail({ operation: 'rebootServer', kind: 'retryable', when: 'after' });
  await driveUntil(bench, id, async () => bench.provider.living[0]?.bootedUserData !== undefined);
  hearAgain(bench);
  await driveUntil(bench, id, async () => (await recordOf(bench, id)).reinstall?.orderedAtMs != null);
  const anew = await registerFrom(bench, bench.provider.living[0]?.bootedUserData ?? '', '3'.repeat(32));
  assert.equal(anew.epoch, old.epoch + 1);
  await driveTo(bench, id, 'starting');
  await beat(bench, anew, 'ready');
  await driveTo(bench, id, 'ready');
  const { outcome, path, path_reason } = await reinstallOf(bench, id);
  assert.deepEqual([outcome, path, path_reason], ['installed', 'user_data', 'agent_unreachable']);
  assert.equal(bench.provider.servers.size, 1);
});

test('a dead agent is installed anew by SSH, where its machine is reached that way, with one token', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, installsOverSsh: true };
  bench.link.reinstall = { outcome: 'unreachable', error: 'nobody there' };
  const id = await order(bench);
  const old = await driveToReady(bench, id);
  fallSilent(bench);
  await driveTo(bench, id, 'worker_dead');
  await ask(bench, reinstallInstance, id);
  bench.provider.fail({ operation: 'installAnew', kind: 'retryable', when: 'after' });
  await driveUntil(bench, id, async () => bench.provider.living[0]?.bootedUserData !== undefined);
  const first = bench.provider.living[0]?.bootedUserData;
  hearAgain(bench);
  await driveUntil(bench, id, async () => (await recordOf(bench, id)).reinstall?.orderedAtMs != null);
  assert.equal(bench.provider.living[0]?.bootedUserData, first, 'the same script again');
  const anew = await registerFrom(bench, first ?? '', '5'.repeat(32));
  assert.equal(anew.epoch, old.epoch + 1);
  await driveTo(bench, id, 'starting');
  await beat(bench, anew, 'ready');
  await driveTo(bench, id, 'ready');
  const { outcome, path, path_reason } = await reinstallOf(bench, id);
  assert.deepEqual([outcome, path, path_reason], ['installed', 'ssh', 'agent_unreachable']);
  assert.equal(bench.provider.servers.size, 1);
});

test('a worker that was shut out is told nothing; its successor comes in by new user data', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, userDataAtEachBoot: true };
  const id = await order(bench);
  const old = await driveToReady(bench, id);
  await bench.db.transaction((tx) => revokeWorker(tx, bench.scope, id));
  await ask(bench, reinstallInstance, id);
  await driveUntil(bench, id, async () => (await recordOf(bench, id)).reinstall?.orderedAtMs != null);
  assert.deepEqual(bench.link.reinstalls, []);
  assert.equal(await findWorkerByToken(bench.db, old.worker_token), undefined, 'it stays shut out');
  const anew = await registerFrom(bench, bench.provider.living[0]?.bootedUserData ?? '', '4'.repeat(32));
  await driveTo(bench, id, 'starting');
  await beat(bench, anew, 'ready');
  await driveTo(bench, id, 'ready');
});

test('when nothing reaches the machine, another one is ordered and this one goes, both or neither', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.link.reinstall = { outcome: 'failed', error: 'the disk is full' };
  await ask(bench, reinstallInstance, id);
  let crashes = 1;
  bench.atCrashPoint = (name) => {
    if (name === 'reconcile-instance.replace.committed' && crashes-- > 0) throw new Crash(name);
  };
  await driveTo(bench, id, 'terminated');
  const { outcome, path, path_reason, replaced_by } = await reinstallOf(bench, id);
  assert.deepEqual([outcome, path, path_reason], ['replaced', 'replacement', 'agent_failed']);
  const rows = await bench.db.query<{ id: string }>(`select id from instances where id <> $1`, [id]);
  assert.deepEqual(rows, [{ id: replaced_by }], 'one, although the run died after its commit');
  await driveToReady(bench, replaced_by as InstanceId);
  assert.equal(bench.provider.living.length, 1);
});

test('one way after the other has a deadline', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.settings = { ...bench.settings, reinstallDeadlineMs: 30 };
  await ask(bench, reinstallInstance, id);
  await driveTo(bench, id, 'terminated');
  const { outcome, path_reason } = await reinstallOf(bench, id);
  assert.deepEqual([outcome, path_reason], ['replaced', 'not_registered_in_time']);
});

test('a dead worker is installed anew by itself so many times, and its machine is never given up for that', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, autoReinstall: true, reinstallsMax: 2, reinstallDeadlineMs: 20 };
  const id = await order(bench);
  await driveToReady(bench, id);
  bench.link.reinstall = { outcome: 'unreachable', error: 'nobody there' };
  bench.freeze = 'control_plane_back';
  fallSilent(bench);
  for (let round = 0; round < 5; round++) await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'ready', 'nobody is given up while the control plane may not hear');
  bench.freeze = undefined;
  const count = async () => (await recordOf(bench, id)).automaticReinstalls;
  await driveUntil(bench, id, async () => (await count()) === 2);
  await driveTo(bench, id, 'startup_failed');
  for (let round = 0; round < 5; round++) {
    await bench.env.sleep(3);
    await reconcile(bench, id);
  }
  assert.equal(await count(), 2);
  assert.equal(await stateOf(bench, id), 'startup_failed');
  const record = await recordOf(bench, id);
  assert.equal(record.instance.stateReason, 'reinstall_failed');
  assert.deepEqual(record.alarms, ['STARTUP_FAILED']);
  assert.equal(bench.provider.living.length, 1, 'the machine is still there');
});

test('a server that stopped by itself is started again a few times, and then somebody must look', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, pollMs: 1, watchMs: 10, serverRestartsMax: 2 };
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const server = bench.provider.living[0];
  assert.ok(server);
  server.state = 'stopped';
  await driveUntil(bench, id, async () => server.state === 'running');
  const path = await bench.db.query<{ step: string }>(
    `select to_state || ' ' || reason as step from instance_state_history
     where instance_id = $1 order by version desc limit 2`,
    [id],
  );
  assert.ok(
    path.some(({ step }) => step === 'unavailable server_stopped'),
    JSON.stringify(path),
  );
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  assert.equal((await recordOf(bench, id)).instance.serverRestarts, 0, 'ready once more, it begins anew');
  bench.provider.fallsBack = true;
  server.state = 'stopped';
  await driveTo(bench, id, 'worker_dead');
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'server_stopped');
  assert.equal((await recordOf(bench, id)).instance.serverRestarts, 2);
});

test('a health check that is denied is repeated less and less often, and the row remembers how often', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, healthRetryMaxMs: 2 };
  bench.link.health = { verdict: 'contradicted', status: 'ready', check: 'engine' };
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const server = bench.provider.living[0];
  const worker = await registerFrom(bench, server?.userData ?? '');
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  let checks = 0;
  const { checkHealth } = bench.link;
  bench.link.checkHealth = () => {
    checks += 1;
    return checkHealth.call(bench.link);
  };
  await driveUntil(bench, id, async () => (await recordOf(bench, id)).instance.healthFailures === 10);
  bench.settings = { ...bench.settings, healthRetryMaxMs: 60_000 };
  for (let round = 0; round < 5; round++) await reconcile(bench, id);
  assert.equal(checks, 10, 'after so many failures it is asked again in a minute, in whatever run');
  assert.equal(await stateOf(bench, id), 'starting');
  bench.link.health = { verdict: 'confirmed', info: undefined };
  bench.settings = { ...bench.settings, healthRetryMaxMs: 1 };
  await driveTo(bench, id, 'ready');
  assert.equal((await recordOf(bench, id)).instance.healthFailures, 0);
});

test('a start whose health is denied for ever still has its deadline', async (t) => {
  const bench = await openBench(t);
  bench.link.health = { verdict: 'contradicted', status: 'loading' };
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const worker = await registerFrom(bench, bench.provider.living[0]?.userData ?? '');
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  bench.settings = { ...bench.settings, startDeadlineMs: 30 };
  await driveTo(bench, id, 'startup_failed');
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'model_never_ready');
});

test('a silent worker is told as dead even where the provider is not enabled any more', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  fallSilent(bench);
  const handler = reconcileInstanceHandler({ ...depsOf(bench), providers: fixedDirectory([]) });
  await handler.run(leaseOf(bench, id));
  assert.equal(await stateOf(bench, id), 'worker_dead');
});
