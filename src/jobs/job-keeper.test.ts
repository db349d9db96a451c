import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { jobRoutes } from '#http/job-routes.ts';
import { startTestApi } from '#identity/testing.ts';
import { QueueKeeper } from './job-keeper.ts';
import { startRunner } from './runner.ts';

async function start(t: TestContext) {
  const api = await startTestApi(t, { routes: ({ db }) => jobRoutes({ jobs: new QueueKeeper(db) }) });
  await api.db.query(
    `insert into jobs (kind, subject_id, org_id, due_at, dead_at, attempts, last_error, correlation_id, created_at,
       lease_token, lease_until) values
       ('care', 'a', null, app_now() - interval '90 seconds', null, 0, null, 'cor_a', app_now(), null, null),
       ('care', 'b', null, app_now() + interval '1 hour', null, 0, null, 'cor_b', app_now(), null, null),
       ('care', 'c', null, app_now(), null, 1, null, 'cor_c', app_now(), 'lease_x', app_now() + interval '1 hour'),
       ('care', 'd', 'org_1', app_now(), app_now() - interval '1 hour', 12, 'no way', 'cor_d', app_now(), null, null),
       ('mend', 'e', null, app_now(), app_now(), 12, 'no', 'cor_e', app_now(), null, null)`,
  );
  const admin = await api.person('owner');
  await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
  return { api, admin };
}

test('an administrator of the platform sees how much work there is, and what failed for good', async (t) => {
  const { api, admin } = await start(t);
  const { body } = await api.send('/api/v1/jobs', { as: admin });
  const [care, mend] = body.data;
  assert.ok(care.oldest_due_seconds >= 90);
  assert.deepEqual(
    { ...care, oldest_due_seconds: 0 },
    { kind: 'care', due: 1, running: 1, waiting: 1, dead: 1, oldest_due_seconds: 0 },
  );
  assert.deepEqual([mend.dead, mend.oldest_due_seconds], [1, null]);
  const dead = await api.send('/api/v1/jobs/dead', { as: admin });
  assert.deepEqual(
    dead.body.data.map((row: { subject_id: string }) => row.subject_id),
    ['e', 'd'],
  );
  const { dead_at: _deadAt, ...told } = dead.body.data[1];
  assert.deepEqual(told, {
    kind: 'care',
    subject_id: 'd',
    org_id: 'org_1',
    attempts: 12,
    last_error: 'no way',
    correlation_id: 'cor_d',
  });
  assert.equal((await api.send('/api/v1/jobs/dead?limit=1', { as: admin })).body.data.length, 1);
  assert.equal((await api.send('/api/v1/jobs/dead?limit=0', { as: admin })).status, 422);
});

test('a dead letter that is taken up again runs, and only a dead letter is', async (t) => {
  const { api, admin } = await start(t);
  const retry = (subject: string) =>
    api.send('/api/v1/jobs/dead/retry', {
      method: 'POST',
      as: admin,
      body: { kind: 'care', subject_id: subject },
    });
  const answer = await retry('d');
  assert.equal(answer.status, 202);
  for (const subject of ['d', 'a', 'nothing']) {
    const again = await retry(subject);
    assert.deepEqual([again.status, again.body.code], [404, 'job.not_dead'], subject);
  }
  const ran: string[] = [];
  const runner = await startRunner(api.env, api.db, {
    figures: { leaseMs: 5_000, pollMs: 50, concurrency: 4, attemptsMax: 3, retry: { firstMs: 5, maxMs: 20 } },
    handlers: [
      {
        kind: 'care',
        run: async (lease) => {
          ran.push(`${lease.subjectId} ${lease.attempts} ${lease.correlationId}`);
          return { done: true };
        },
      },
    ],
  });
  for (let tries = 0; ran.length < 2; tries++) {
    assert.ok(tries < 1_000, String(ran));
    await api.env.sleep(20);
  }
  await runner.stop();
  assert.ok(ran.includes(`d 1 ${answer.headers.get('x-correlation-id')}`), String(ran));
});

test('nobody else sees or touches the work of the installation', async (t) => {
  const { api } = await start(t);
  for (const role of ['owner', 'admin', 'manager', 'user'] as const) {
    const as = await api.person(role);
    assert.equal((await api.send('/api/v1/jobs', { as })).status, 403);
    assert.equal((await api.send('/api/v1/jobs/dead', { as })).status, 403);
    const body = { kind: 'care', subject_id: 'd' };
    assert.equal((await api.send('/api/v1/jobs/dead/retry', { method: 'POST', as, body })).status, 403);
  }
});
