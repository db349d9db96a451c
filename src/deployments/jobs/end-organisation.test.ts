import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  askForDeletion,
  cancelDeletion,
  END_ORGANISATION,
} from '#identity/organisations/commands/delete-organisation.ts';
import { findLife } from '#identity/organisations/queries.ts';
import { keepVolume } from '#instances/commands/keep-volume.ts';
import { releaseVolumeHandler } from '#instances/jobs/release-volume.ts';
import {
  endInstance,
  machine,
  openStage,
  ownerOf,
  sweepLease,
  volumeRow,
} from '#instances/sweep/testing/stage.ts';
import {
  assertBooksMatch,
  type Bench,
  driveTo,
  driveToReady,
  openBench,
  order,
  stateOf,
} from '#instances/testing/bench.ts';
import { type JobOutcome, LeaseLostError } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { endOrganisationHandler } from './end-organisation.ts';

const ROUNDS_MAX = 50;

async function run(bench: Bench, options: { failsAt?: number } = {}): Promise<JobOutcome> {
  let applied = 0;
  return endOrganisationHandler(bench).run({
    ...sweepLease(bench, END_ORGANISATION, bench.scope.orgId),
    apply: async (work) => {
      if (applied++ === options.failsAt) throw new LeaseLostError(bench.scope.orgId);
      return bench.db.transaction(work);
    },
  });
}

const ask = (bench: Bench, confirm = 'main') =>
  bench.db.transaction((tx) => askForDeletion(tx, bench.scope, confirm, bench.by));

/** An owner with a key, an account at a provider, and a deployment on record. */
async function inhabit(bench: Bench): Promise<void> {
  const { db, env, scope } = bench;
  const userId = newId(env, 'user');
  await db.query(
    `insert into users (id, username, email, password_hash, created_at) values ($1, 'ada', 'a@b.c', 'x', app_now())`,
    [userId],
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'owner', app_now())`,
    [scope.orgId, userId],
  );
  await db.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at)
     values ($1, 'key_1', $2, 'k', 'h', 'hash', app_now())`,
    [scope.orgId, userId],
  );
  await db.query(
    `insert into provider_accounts (org_id, id, provider_id, name, credential, created_by, created_at, updated_at)
     values ($1, 'acc_1', 'mock', 'a', 'sealed', 'u', app_now(), app_now())`,
    [scope.orgId],
  );
}

async function ways(bench: Bench): Promise<unknown> {
  const [row] = await bench.db.query(
    `select (select count(*) from memberships) as members,
            (select count(*) from api_keys where revoked_at is null) as keys,
            (select count(*) from provider_accounts where credential is not null) as credentials`,
  );
  return row;
}

async function startInhabited(t: TestContext): Promise<Bench> {
  const bench = await openBench(t);
  await inhabit(bench);
  return bench;
}

test('an organisation ends when its machines are proven gone, not before, and its books stay', async (t) => {
  const bench = await startInhabited(t);
  const [ready, ordered] = [await order(bench, 'ready-1'), await order(bench, 'ordered-1')];
  await driveToReady(bench, ready);
  assert.deepEqual(await run(bench), { done: true }, 'nobody asked');
  await ask(bench);
  assert.ok('againInMs' in (await run(bench)));
  assert.deepEqual(await ways(bench), { members: 2, keys: 1, credentials: 1 }, 'still there to look');
  await driveTo(bench, ready, 'terminated');
  assert.ok('againInMs' in (await run(bench)), 'one machine is left');
  await driveTo(bench, ordered, 'terminated');
  assert.deepEqual(bench.provider.living, []);
  assert.deepEqual(await run(bench), { done: true });
  assert.deepEqual(await ways(bench), { members: 0, keys: 0, credentials: 0 });
  assert.ok((await findLife(bench.db, bench.scope))?.deletedAt);
  assert.deepEqual(await run(bench), { done: true }, 'twice is once');
  await assertBooksMatch(bench, ready);
});

test('a machine that begins in the moment before is ended too', async (t) => {
  const bench = await startInhabited(t);
  await ask(bench);
  const late = await order(bench, 'late-1');
  assert.ok('againInMs' in (await run(bench)));
  await driveTo(bench, late, 'terminated');
  assert.deepEqual(await run(bench), { done: true });
});

test('a run that loses its lease at any point is made up for by the next', async (t) => {
  const bench = await startInhabited(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  await ask(bench);
  await assert.rejects(run(bench, { failsAt: 0 }), LeaseLostError);
  assert.equal(await stateOf(bench, id), 'ready');
  await assert.rejects(run(bench, { failsAt: 1 }), LeaseLostError);
  await driveTo(bench, id, 'terminated');
  await assert.rejects(run(bench, { failsAt: 1 }), LeaseLostError);
  assert.deepEqual(await ways(bench), { members: 2, keys: 1, credentials: 1 });
  assert.deepEqual(await run(bench), { done: true });
  assert.deepEqual(await ways(bench), { members: 0, keys: 0, credentials: 0 });
});

test('a cancelled deletion ends nothing more, and what was told to end still ends', async (t) => {
  const bench = await startInhabited(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  await ask(bench);
  await run(bench);
  await bench.db.transaction((tx) => cancelDeletion(tx, bench.scope));
  const other = await order(bench, 'other-1');
  await driveToReady(bench, other);
  assert.deepEqual(await run(bench), { done: true });
  await driveTo(bench, id, 'terminated');
  assert.equal(await stateOf(bench, other), 'ready');
  assert.deepEqual(await ways(bench), { members: 2, keys: 1, credentials: 1 });
});

test('a kept volume is deleted with its organisation', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  await inhabit(bench);
  const { id, attemptId } = await machine(stage, { state: 'absent' });
  const volumeId = await volumeRow(stage, id, 'vol-1');
  cloud.put({ kind: 'volume', id: 'vol-1', owner: ownerOf({ instance: id, attempt: attemptId }) });
  const wish = { instanceId: id, volumeId, keep: true };
  await bench.db.transaction((tx) => keepVolume(bench.env, tx, bench.scope, wish, bench.by));
  await endInstance(stage, id);
  await ask(bench);
  assert.ok('againInMs' in (await run(bench)), 'the volume is left');
  const lease = { ...sweepLease(bench, 'release-volume', volumeId), orgId: bench.scope.orgId };
  for (let round = 0; round < ROUNDS_MAX && cloud.living.length > 0; round++) {
    await releaseVolumeHandler(stage.deps).run(lease);
  }
  for (let round = 0; round < ROUNDS_MAX; round++) {
    await releaseVolumeHandler(stage.deps).run(lease);
    if ('done' in (await run(bench))) break;
    await bench.env.sleep(5);
  }
  assert.deepEqual(cloud.living, []);
  assert.ok((await findLife(bench.db, bench.scope))?.deletedAt);
});
