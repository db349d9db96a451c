import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '#kernel/errors.ts';
import { hashToken } from '#kernel/token.ts';
import { findWorkerByToken } from '../queries.ts';
import {
  type Bench,
  beat,
  driveTo,
  KEYS,
  openBench,
  order,
  QUICK,
  reconcile,
  recordOf,
  registerFrom,
  terminate,
} from '../testing/bench.ts';
import { controlTokenOf, dataTokenOf } from '../worker-tokens.ts';

const nonceOf = (number: number) => number.toString(16).padStart(32, '0');
const badToken = (error: AppError) => error.code === 'worker.bad_token';

async function installed(bench: Bench) {
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const userData = bench.provider.living.find((server) => server.order.owner.instance === id)?.order.userData;
  assert.ok(userData);
  return { id, userData };
}

test('of fifty registrations with one bootstrap token exactly one wins', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, number) => registerFrom(bench, userData, nonceOf(number))),
  );
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal((outcome.reason as AppError).code, 'worker.bad_token');
  }
  assert.equal((await recordOf(bench, id)).worker?.epoch, 1);
  const alarms = await bench.db.query<{ status: string }>(
    `select status from action_log where instance_id = $1 and code = 'WORKER_BOOTSTRAP_REUSED'`,
    [id],
  );
  assert.ok(alarms.length >= 1 && alarms.length < 50, `${alarms.length} alarms`);
});

test('an expired token and a repeated registration raise no alarm', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  await registerFrom(bench, userData);
  await registerFrom(bench, userData);
  const other = await installed(bench);
  await bench.db.query(`update workers set bootstrap_expires_at = app_now() where instance_id = $1`, [
    other.id,
  ]);
  await assert.rejects(registerFrom(bench, other.userData), badToken);
  const alarms = await bench.db.query(
    `select 1 from action_log where instance_id = any($1) and code = 'WORKER_BOOTSTRAP_REUSED'`,
    [[id, other.id]],
  );
  assert.equal(alarms.length, 0);
});

test('a registration whose answer was lost gets the same answer again, once registered, also at once', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      registerFrom(bench, userData, nonceOf(7)).catch((error: AppError) => error.code),
    ),
  );
  const later = await registerFrom(bench, userData, nonceOf(7));
  for (const answer of answers) assert.deepEqual(answer, later);
  const logged = await bench.db.query(
    `select 1 from action_log where instance_id = $1 and code = 'WORKER_REGISTERED'`,
    [id],
  );
  assert.equal(logged.length, 1);
});

test('garbage, foreign, expired and revoked bootstrap tokens are refused', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  await assert.rejects(registerFrom(bench, 'token=garbage'), badToken);
  await assert.rejects(
    registerFrom(bench, `token=${controlTokenOf(KEYS.control, id, 1).reveal()}`),
    badToken,
  );
  await bench.db.query(`update workers set bootstrap_expires_at = app_now() where instance_id = $1`, [id]);
  await assert.rejects(registerFrom(bench, userData), badToken);
  const other = await installed(bench);
  await terminate(bench, other.id);
  await driveTo(bench, other.id, 'terminated');
  await assert.rejects(registerFrom(bench, other.userData), badToken);
});

test('the tokens of a worker are stored as hashes only, and each port gets its own', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  const answer = await registerFrom(bench, userData);
  const [row] = await bench.db.query<{ text: string }>(
    `select (to_jsonb(w) || to_jsonb(a) || to_jsonb(i))::text as text
     from workers w join provision_attempts a using (instance_id) join instances i on i.id = w.instance_id
     where w.instance_id = $1`,
    [id],
  );
  for (const secret of [answer.worker_token, userData.slice('token='.length)]) {
    assert.ok(!row?.text.includes(secret));
    assert.ok(row?.text.includes(hashToken(secret)));
  }
  assert.equal(answer.control_token_sha256, hashToken(controlTokenOf(KEYS.control, id, 1).reveal()));
  assert.equal(answer.data_token_sha256, hashToken(dataTokenOf(KEYS.dataPlane, id, 1).reveal()));
  assert.notEqual(answer.control_token_sha256, answer.data_token_sha256);
  assert.equal(answer.model.served_name, 'org/model');
});

test('a worker token ends with its machine', async (t) => {
  const bench = await openBench(t);
  const { id, userData } = await installed(bench);
  const answer = await registerFrom(bench, userData);
  assert.equal((await findWorkerByToken(bench.db, answer.worker_token))?.instanceId, id);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.equal(await findWorkerByToken(bench.db, answer.worker_token), undefined);
  assert.equal(await findWorkerByToken(bench.db, 'garbage'), undefined);
});

test('a second machine of one order shuts the first one out', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, idempotentCreate: 'tag' };
  bench.settings = { ...QUICK, absenceWindowMs: 60_000 };
  bench.provider.lagMs = 100_000;
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'after' });
  const id = await order(bench);
  await reconcile(bench, id);
  bench.provider.lagMs = 0;
  // As if the window had passed without a sight of the first machine.
  await bench.db.query(`update provision_attempts set absent_after = app_now() where instance_id = $1`, [id]);
  await driveTo(bench, id, 'installing');
  const [lost, kept] = [...bench.provider.servers.values()];
  assert.ok(lost && kept && lost.order.owner.attempt !== kept.order.owner.attempt);
  await assert.rejects(registerFrom(bench, lost.order.userData), badToken);
  const answer = await registerFrom(bench, kept.order.userData);
  assert.equal((await beat(bench, answer, 'installed')).desired, 'serve');
});

test('a worker on a machine that nobody can dial is reached through its tunnel, whatever the setting says', async (t) => {
  const bench = await openBench(t);
  const reaches: string[] = [];
  for (const reachedBy of ['agent', 'ssh']) {
    const { id, userData } = await installed(bench);
    await bench.db.query(`update instances set provider_id = 'bare-metal' where id = $1`, [id]);
    await bench.db.query(
      `insert into hosts (org_id, id, name, zone, reached_by, agent_token_hash, address, port, username,
         credential_kind, created_by, created_at, updated_at)
       select org_id, $2, $2, 'hosts-x', $2, case $2 when 'agent' then 'hash' end, case $2 when 'ssh' then 'box' end,
              case $2 when 'ssh' then 22 end, case $2 when 'ssh' then 'root' end,
              case $2 when 'ssh' then 'generated' end, 'test', app_now(), app_now()
       from instances where id = $1`,
      [id, reachedBy],
    );
    await bench.db.query(
      `insert into host_claims (org_id, id, host_id, attempt, installation, instance, name, zone, type_code,
         expires_at, claimed_at)
       select org_id, 'claim_' || $2, $2, $2, 'ins', id, 'claim', 'hosts-x', 'BM', app_now(), app_now()
       from instances where id = $1`,
      [id, reachedBy],
    );
    await registerFrom(bench, userData);
    const [row] = await bench.db.query<{ reach: string }>(
      `select reach from workers where instance_id = $1`,
      [id],
    );
    reaches.push(row?.reach ?? '');
  }
  assert.deepEqual(reaches, ['tunnel', 'auto']);
});
