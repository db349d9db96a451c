import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { Queryable } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { measureBacklog } from './backlog-metrics.ts';

test('what waits and what failed for good is told by kind', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await db.query(
    `insert into jobs (kind, subject_id, due_at, dead_at, correlation_id, created_at) values
       ('care', 'a', app_now() - interval '90 seconds', null, 'cor_test', app_now()),
       ('care', 'b', app_now() + interval '1 hour', null, 'cor_test', app_now()),
       ('care', 'c', app_now(), app_now(), 'cor_test', app_now())`,
  );
  const registry = new Registry();
  measureBacklog(env, db, registry);
  const text = await registry.metrics();
  assert.match(text, /^inventiv_jobs\{kind="care",state="due"\} 1$/m);
  assert.match(text, /^inventiv_jobs\{kind="care",state="dead"\} 1$/m);
  assert.match(text, /^inventiv_jobs\{kind="care",state="waiting"\} 1$/m);
  assert.match(text, /^inventiv_jobs\{kind="care",state="running"\} 0$/m);
  assert.match(text, /^inventiv_job_oldest_due_seconds\{kind="care"\} 9\d/m);
  await db.query('delete from jobs');
  assert.doesNotMatch(await registry.metrics(), /kind="care"/);
});

test('a database that is away takes its own figures with it and no others', async () => {
  const away: Queryable = { query: () => Promise.reject(new Error('away')) };
  const registry = new Registry();
  measureBacklog(systemEnv(SILENT_LOG), away, registry);
  assert.match(await registry.metrics(), /# TYPE inventiv_jobs gauge/);
});
