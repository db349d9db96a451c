import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from '#config/config.ts';
import { openDatabase, sqlStateOf } from './database.ts';
import { GRANTED_TABLES } from './grants.ts';
import { applyRoles, databaseUrlFor, PROCESS_ROLES, type ProcessRole } from './roles.ts';
import { withSession } from './session.ts';
import { ROLES_KEY as KEY, withRoles } from './test-roles.ts';
import { withTestDatabase } from './testing.ts';

const DENIED = '42501';

const ALLOWED: Record<ProcessRole, string[]> = {
  api: [
    `insert into organisations (id, slug, name, created_at) values ('org_1', 'one', 'One', app_now())`,
    `update instances set wanted = 'terminated' where false`,
    `update provision_attempts set is_stray = true where kind = 'server' and state <> 'present'`,
    `update instance_offers set refusal_kind = null, refused_at = null where false`,
    `insert into jobs (kind, subject_id, due_at, correlation_id, created_at) values ('k', 's', app_now(), 'c', app_now())
     on conflict (kind, subject_id) do update set generation = jobs.generation + 1`,
    `insert into events (org_id, type, subject_id, summary, at) values ('o', 't', 's', '{}', app_now())`,
    `select * from usage_ledger`,
    `update wallets set credit_micros = 1 where false`,
    `select pg_notify('inv_jobs', '')`,
  ],
  orchestrator: [
    `update instances set address = '127.0.0.2' where false`,
    `insert into offer_refusals select * from offer_refusals
     on conflict (provider_id, account_id, zone, instance_type_id) do update set until = excluded.until`,
    `delete from jobs where false`,
    `update organisations set deleted_at = app_now() where false`,
    `select 1 from organisations for update`,
    `update invitations set revoked_at = app_now() where accepted_at is null and org_id = 'none'`,
    `delete from memberships where false`,
    `update series_marks set marks = 0 where false`,
    `select drop_partitions('instance_logs', app_now() - interval '1 year')`,
    `select ensure_partitions('instance_samples', app_now(), app_now())`,
    `insert into cost_events select * from cost_events`,
    `select count(*) from user_totp where key_id <> 'x'`,
    `delete from sessions where id in (select id from sessions where expires_at < app_now() order by expires_at, id)
     returning id`,
    `delete from account_links where id in (select id from account_links where expires_at < app_now()) returning id`,
    `delete from login_failures where key in (select key from login_failures where last_at < app_now()) returning key`,
    `update mails set state = 'failed' where false`,
  ],
  gateway: [
    `select * from instances join workers on workers.instance_id = instances.id`,
    `update api_keys set last_used_at = app_now() where false`,
    `select disabled_at from users`,
    `insert into request_log select * from request_log on conflict (request_id, started_at) do nothing`,
    `select ensure_request_log(app_now(), app_now())`,
    `insert into usage_ledger select * from usage_ledger on conflict (request_id) do nothing returning request_id`,
    `insert into usage_hourly select * from usage_hourly on conflict (org_id, hour, model_id, api_key_id, project_id)
     do update set requests = usage_hourly.requests + excluded.requests`,
    `insert into instance_usage_5m select * from instance_usage_5m on conflict (org_id, instance_id, at)
     do update set requests = instance_usage_5m.requests + excluded.requests`,
    `listen inv_routing`,
  ],
  finops: [
    `select o.id from organisations o left join users u on u.id = o.personal_user_id where u.is_platform_admin`,
    `update cost_intervals set micros = 1 where false`,
    `select * from cost_events`,
    `delete from instance_usage_1h where false`,
    `delete from jobs where false`,
  ],
};

const REFUSED: Record<ProcessRole, string[]> = {
  api: [
    `update usage_ledger set prompt_tokens = 0`,
    `update wallet_entries set amount_micros = 1`,
    `delete from wallet_entries`,
    `update offering_terms set prompt_micros_per_1k = 0`,
    `update allowance_usage set tokens = 0`,
    `insert into cost_intervals select * from cost_intervals`,
    `delete from instance_state_history`,
    `insert into instance_edges values ('a', 'b')`,
    `drop table jobs`,
    `create table mine (id text)`,
    `select drop_partitions('instance_logs', app_now() - interval '1 year')`,
    `update account_log set actor = 'somebody else'`,
    `delete from account_log`,
    `update mails set content = null`,
  ],
  orchestrator: [
    `select * from sessions`,
    `select password_hash from users`,
    `select secret from user_totp`,
    `select token_hash from account_links`,
    `select * from api_keys`,
    `update organisations set name = 'mine'`,
    `update memberships set role = 'owner'`,
    `select token_hash from invitations`,
    `insert into usage_ledger select * from usage_ledger`,
  ],
  gateway: [
    `update instances set address = 'x'`,
    `select password_hash from users`,
    `update api_keys set revoked_at = null`,
    `delete from usage_ledger`,
    `select token_hash from sessions`,
    `select content from mails`,
    `select ensure_partitions('instance_samples', app_now(), app_now())`,
    `update request_log set status = 200`,
    `select * from invitations`,
    `delete from memberships`,
    `update wallet_entries set amount_micros = 1`,
    `insert into offering_terms select * from offering_terms`,
    `update entitlements set ends_at = null`,
  ],
  finops: [
    `update entitlements set ends_at = null`,
    `update instances set address = 'x'`,
    `delete from cost_intervals`,
    `select * from users`,
  ],
};

test('each process can do what it must and nothing beyond', async (t) => {
  await withRoles(t, async ({ config, env }) => {
    for (const process of PROCESS_ROLES) {
      const url = databaseUrlFor(config, process);
      const db = openDatabase(env, { url, applicationName: 'test', poolSize: 2 });
      for (const sql of ALLOWED[process]) await db.query(sql);
      for (const sql of REFUSED[process]) {
        await assert.rejects(
          db.query(sql),
          (error) => sqlStateOf(error) === DENIED,
          `${process} may: ${sql}`,
        );
      }
      await db.close();
    }
  });
});

test('the grants name every table of the schema and no other', async (t) => {
  const { db } = await withTestDatabase(t);
  const rows = await db.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename !~ '_p[0-9]{8}$' order by 1`,
  );
  assert.deepEqual(
    GRANTED_TABLES.toSorted(),
    rows.map((row) => row.name),
  );
});

test('without roles every process uses the given user', () => {
  const url = 'postgres://somebody:pass@127.0.0.1:5432/shared?sslmode=disable';
  const config = readConfig({ DATABASE_URL: url, DATABASE_ROLES: 'off' });
  for (const process of PROCESS_ROLES) assert.equal(databaseUrlFor(config, process).reveal(), url);
});

test('a user who may not create roles is told, not failed', async (t) => {
  const { url } = await withTestDatabase(t);
  await withSession(url, async (session) => {
    const name = `plain_${process.pid}`;
    await session.query(`create role ${name} login`);
    await session.query(`set role ${name}`);
    const outcome = await applyRoles(session, url, KEY);
    await session.query('reset role');
    await session.query(`drop role ${name}`);
    assert.deepEqual(outcome, { applied: false, reason: 'the database user may not create roles' });
  });
});

test('a URL of another form is refused by its name', () => {
  for (const url of ['mysql://a/b', 'postgres://host-without-database', 'nonsense']) {
    const config = readConfig({ DATABASE_URL: url, DATABASE_ROLES: 'off' });
    assert.throws(() => databaseUrlFor(config, 'owner'), /DATABASE_URL has not the form/);
  }
});
