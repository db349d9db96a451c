import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTestDatabase } from '#database/testing.ts';
import { enqueue } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { EXPIRE_SIGN_INS, expireSignInsHandler } from './expire-sign-ins.ts';

const WITHIN_MS = 120_000;

test('what ended long ago is forgotten, what lives or ended lately stays', async (t) => {
  const { env, db } = await withTestDatabase(t);
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_1', 'one', 'One', app_now())`,
  );
  await db.query(
    `insert into users (id, username, email, created_at) values ('user_1', 'ada', 'a@x.test', app_now())`,
  );
  for (const [id, age] of [
    ['old', '31 days'],
    ['late', '29 days'],
    ['live', '-1 days'],
  ] as const) {
    await db.query(
      `insert into sessions (id, token_hash, user_id, org_id, created_at, last_seen_at, expires_at)
       values ($1, $1, 'user_1', 'org_1', app_now(), app_now(), app_now() - $2::interval)`,
      [id, age],
    );
    await db.query(
      `insert into account_links (id, user_id, purpose, token_hash, created_at, expires_at)
       values ($1, 'user_1', 'set_password', $1, app_now(), app_now() - $2::interval)`,
      [id, age === '29 days' ? '6 days' : age],
    );
    await db.query(
      `insert into login_failures (key, count, last_at) values ($1, 1, app_now() - $2::interval)`,
      [id, age === '29 days' ? '23 hours' : age],
    );
  }
  await db.transaction((tx) =>
    enqueue(tx, { kind: EXPIRE_SIGN_INS, subjectId: 'all', correlationId: 'cor_test' }),
  );
  const runner = await startRunner(env, db, {
    figures: {
      leaseMs: 60_000,
      pollMs: 20,
      concurrency: 2,
      attemptsMax: 3,
      retry: { firstMs: 5, maxMs: 20 },
    },
    handlers: [expireSignInsHandler()],
  });
  t.after(() => runner.stop());
  const left = async () => {
    const rows = await db.query<{ id: string }>(
      `select 'session ' || id as id from sessions union all select 'link ' || id from account_links
       union all select 'try ' || key from login_failures order by 1`,
    );
    return rows.map(({ id }) => id);
  };
  const deadline = env.clock.monotonic() + WITHIN_MS;
  while ((await left()).length > 6 && env.clock.monotonic() < deadline) await env.sleep(20);
  assert.deepEqual(await left(), [
    'link late',
    'link live',
    'session late',
    'session live',
    'try late',
    'try live',
  ]);
});
