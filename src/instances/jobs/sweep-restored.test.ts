/** A database that was restored from a backup, and what a person must say before anything it forgot is deleted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '#kernel/errors.ts';
import { confirmSweep } from '../commands/confirm-sweep.ts';
import { newLifeKeeper } from '../sweep/life.ts';
import { getSweep } from '../sweep/queries.ts';
import { findings, machine, newestRound, openStage, ownerOf, type Stage } from '../sweep/testing/stage.ts';
import { sweepProviderHandler } from './sweep-provider.ts';

const TABLES = [
  'instance_state_history',
  'instances',
  'provision_attempts',
  'instance_volumes',
  'control_epochs',
];

/** The rows as a backup has them; triggers are for those who write states, not for a restore. */
async function backUp({ bench }: Stage): Promise<() => Promise<void>> {
  for (const table of TABLES) await bench.db.query(`create table backup_${table} as select * from ${table}`);
  return () =>
    bench.db.transaction(async (tx) => {
      await tx.query(`set local session_replication_role = replica`);
      for (const table of [
        'jobs',
        'sweep_findings',
        'sweep_rounds',
        'action_log',
        'instance_steps',
        ...TABLES,
      ]) {
        await tx.query(`delete from ${table}`);
      }
      for (const table of TABLES) await tx.query(`insert into ${table} select * from backup_${table}`);
    });
}

async function boughtServer(stage: Stage, name: string): Promise<void> {
  const { id, attemptId } = await machine(stage, { ref: name });
  stage.cloud.put({ kind: 'server', id: name, owner: ownerOf({ instance: id, attempt: attemptId }) });
}

async function sweepUntilGone(stage: Stage): Promise<void> {
  for (let round = 0; round < 60 && (await findings(stage)).some((one) => one.state !== 'gone'); round++) {
    await stage.sweep();
    await stage.bench.env.sleep(10);
  }
}

test('after a restore nothing is killed, all is listed, and a confirmation lets the forgotten go', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  await boughtServer(stage, 'srv-before');
  // The backup is two hours old; what comes after it is forgotten.
  await bench.db.query(`update control_epochs set alive_until = app_now() - interval '2 hours'`);
  const restore = await backUp(stage);
  for (let index = 0; index < 5; index++) await boughtServer(stage, `srv-after-${index}`);
  await stage.sweep();
  await restore();
  stage.handler = sweepProviderHandler(stage.deps, newLifeKeeper());
  const before = cloud.living;
  for (let round = 0; round < 4; round++) await stage.sweep();
  assert.deepEqual(cloud.living, before);
  const held = await newestRound(stage);
  assert.deepEqual([held.held, held.reported, held.deleted, held.epoch], ['restored', 5, 0, 2]);
  const view = await getSweep(bench.db, 50);
  assert.equal(view.held[0]?.id, held.id);
  assert.deepEqual(
    view.findings.map((one) => [one.why, one.state]),
    Array.from({ length: 5 }, () => ['created_in_gap', 'held']),
  );
  const done = await bench.db.transaction((tx) => confirmSweep(bench.env, tx, held.id, bench.by));
  assert.deepEqual(done, { findings: 5, providerId: 'mock', accountId: '' });
  await sweepUntilGone(stage);
  assert.deepEqual(cloud.living, ['server srv-before']);
  const [kept] = (await getSweep(bench.db, 50)).confirmations;
  assert.deepEqual([kept?.confirmed_by, kept?.epoch, kept?.findings], ['user:test', 2, 5]);
});

test('while forgotten orders exist, plain orphans are only listed too', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  await bench.db.query(
    `insert into control_epochs (number, gap_from, began_at, alive_until)
     values (2, app_now() - interval '2 hours', app_now() - interval '30 minutes', app_now())`,
  );
  cloud.put({ kind: 'server', id: 'srv-forgotten', owner: ownerOf() });
  const { id, attemptId } = await machine(stage, { state: 'absent', isEnded: true });
  cloud.put({ kind: 'server', id: 'srv-rest', owner: ownerOf({ instance: id, attempt: attemptId }) });
  await stage.sweep();
  assert.equal(cloud.living.length, 2);
  // Somebody removes the forgotten one by hand: nothing suspicious is left.
  const forgotten = cloud.things.get('server srv-forgotten');
  assert.ok(forgotten);
  forgotten.goneAtMs = bench.env.clock.now();
  await sweepUntilGone(stage);
  assert.deepEqual(cloud.living, []);
});

test('an unknown order from a time when the control plane was alive is a plain orphan', async (t) => {
  const stage = await openStage(t);
  const owner = ownerOf();
  stage.cloud.put({ kind: 'server', id: 'srv-1', owner });
  await stage.sweep();
  await sweepUntilGone(stage);
  assert.deepEqual(await findings(stage), [
    { kind: 'server', ref: 'srv-1', why: 'order_unknown', state: 'gone' },
  ]);
});

test('an empty database kills nothing, and says why', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  await bench.db.query('delete from control_epochs');
  for (let index = 0; index < 2; index++) cloud.put({ kind: 'server', id: `srv-${index}`, owner: ownerOf() });
  for (let round = 0; round < 3; round++) await stage.sweep();
  assert.equal(cloud.living.length, 2);
  assert.equal((await newestRound(stage)).held, 'restored');
});

test('a database that forgets what this process wrote begins an epoch, however short the time', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  await stage.sweep();
  assert.equal((await newestRound(stage)).epoch, 1);
  await bench.db.query(`update control_epochs set alive_until = alive_until - interval '3 seconds'`);
  await stage.sweep();
  assert.equal((await newestRound(stage)).epoch, 2);
  await stage.sweep();
  assert.equal((await newestRound(stage)).epoch, 2);
});

test('a confirmation needs a held round of an account that is still held', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  const confirm = (id: string) => bench.db.transaction((tx) => confirmSweep(bench.env, tx, id, bench.by));
  await stage.sweep();
  const round = await newestRound(stage);
  await assert.rejects(confirm(round.id), (error: AppError) => error.code === 'sweep.nothing_to_confirm');
  await assert.rejects(confirm('round_none'), (error: AppError) => error.code === 'sweep.round_not_found');
});

test('what is found after the confirmed round must be confirmed again', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  for (let index = 0; index < 5; index++) cloud.put({ kind: 'server', id: `srv-${index}`, owner: ownerOf() });
  await stage.sweep();
  const { id, held } = await newestRound(stage);
  assert.equal(held, 'breaker');
  for (let index = 0; index < 5; index++) cloud.put({ kind: 'server', id: `new-${index}`, owner: ownerOf() });
  await bench.db.transaction((tx) => confirmSweep(bench.env, tx, id, bench.by));
  await stage.sweep();
  await stage.sweep();
  assert.deepEqual(cloud.living, [
    'server new-0',
    'server new-1',
    'server new-2',
    'server new-3',
    'server new-4',
  ]);
  assert.equal((await newestRound(stage)).held, 'breaker');
});
