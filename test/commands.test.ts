/** The words of a person that do not start a stack. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { withSession } from '#database/session.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { freePortOffset } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '..');
const env = systemEnv(SILENT_LOG);

test('migrate, ps, logs and nuke do what they say, and nuke never leaves a real machine alone', {
  timeout: 180_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-commands-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const variables = { INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: String(await freePortOffset()) };
  const word = (...words: string[]) => {
    const ended = spawnSync(process.execPath, [join(ROOT, 'bin/inventiv.ts'), ...words], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], LOG_FORMAT: 'json', ...variables },
    });
    return { status: ended.status, out: ended.stdout, err: ended.stderr };
  };
  assert.match(word('help').out, /nuke/);
  assert.match(word('frobnicate').err, /^inventiv: there is no word frobnicate/);
  assert.equal(word('ps').out, `nothing runs with ${dataDir}\n`);
  assert.match(word('logs').err, /^inventiv: there are no logs in /);
  assert.match(word('nuke', '--yes').out, /there is nothing of ours/);

  assert.match(word('migrate').out, /^applied 0001_platform\.sql/);
  assert.equal(word('migrate').out, 'the schema is up to date\n');
  assert.equal(
    existsSync(join(dataDir, 'postgres', 'postmaster.pid')),
    false,
    'the server was stopped again',
  );

  const config = readConfig(variables);
  assert.match(word('settings', 'get', 'NO_SUCH_MS').err, /^inventiv: there is no setting NO_SUCH_MS/);
  assert.match(word('settings', 'set', 'WORKER_SILENT_MS', '5000').err, /HEARTBEAT_INTERVAL_MS is 4000/);
  assert.match(word('settings', 'set', 'JOB_LEASE_MS', '9000').out, /^JOB_LEASE_MS +9000 ms \(global\)\n$/);
  assert.match(word('settings', 'list', '--provider', 'mock').out, /^JOB_LEASE_MS +9000 ms \(global\)$/m);

  const slugs = await withConfiguredServer(env, config, () =>
    withSession(databaseUrlFor(config, 'owner'), (session) =>
      session.query<{ slug: string }>(`select slug from organisations where kind = 'team'`),
    ),
  );
  const own = ['--organisation', slugs.rows[0]?.slug ?? ''];
  assert.match(
    word('settings', 'set', 'DRAIN_DEADLINE_MS', '45000', ...own).out,
    / 45000 ms \(organisation\)\n$/,
  );
  assert.match(word('settings', 'get', 'DRAIN_DEADLINE_MS').out, / 30000 ms \(default\)\n$/);
  const described = word('settings', 'describe', 'DRAIN_DEADLINE_MS', ...own).out;
  assert.match(described, / 45000 ms .*\n {2}Requests in flight .*\n {2}0 to 7200000 ms, 30000 by default\n/);
  assert.match(word('settings', 'changes', 'DRAIN_DEADLINE_MS', ...own).out, / operator: unset -> 45000\n$/);
  assert.match(word('settings', 'set', 'JOB_POLL_MS', '900', ...own).err, /one value for all organisations/);
  assert.match(word('settings', 'list', '--organisation', 'none').err, /there is no organisation none/);

  assert.match(word('secrets', 'status').out, /^[0-9a-f]{16} seals, nothing is sealed with it\n$/);
  assert.match(word('secrets', 'rotate', '--now').err, /^inventiv: this is not understood: secrets status/);
  assert.match(word('secrets', 'rotate').out, /^0 secrets were sealed anew$/m);

  const administer = (sql: string) =>
    withConfiguredServer(env, config, () =>
      withSession(databaseUrlFor(config, 'owner'), (session) => session.query(sql)),
    );
  const seal = (keyId: string) => `insert into provider_accounts (org_id, id, provider_id, name, credential,
    created_by, created_at, updated_at) select id, 'acc_1', 'mock', 'main', 'v1.${keyId}.sealed', 'x', app_now(), app_now()
    from organisations order by id limit 1`;
  await administer(seal('of-another'));
  assert.match(
    word('migrate').err,
    /^inventiv: the secret file \S+master_key is not the key that sealed 1 secrets in the database: put the former/,
    'also when the lost file was made anew',
  );
  await administer('delete from provider_accounts');
  await administer(rentSql('running'));
  const refused = word('nuke', '--yes');
  assert.equal(refused.status, 1);
  assert.match(
    refused.err,
    /^inventiv: nothing was removed: 1 things at real providers .* server of rented at scaleway/,
  );
  assert.match(word('nuke').err, /real providers/, 'asked or not');
  await administer(`set session_replication_role = replica; update instances set state = 'terminated'`);
  assert.match(word('nuke').err, /run it in a terminal, or say yes at once/);

  mkdirSync(join(dataDir, 'holiday-pictures'));
  writeFileSync(join(dataDir, 'postgres.conf'), 'mine');
  assert.match(word('nuke', '--yes').out, /holiday-pictures, postgres\.conf in it is not ours/);
  assert.deepEqual(readdirSync(dataDir).sort(), ['holiday-pictures', 'postgres.conf']);
});

/** A machine at a real provider, as the orchestrator would have recorded it; the guards are passed by. */
function rentSql(state: string): string {
  return `
    set session_replication_role = replica;
    insert into instances (org_id, id, name, provider_id, zone, instance_type_id, model_id, engine, state, state_version,
                           state_at, correlation_id, created_by, created_at)
    select o.id, 'inst_test', 'rented', 'scaleway', 'fr-par-2', t.id, m.id, 'vllm', '${state}', 1, app_now(), 'cor_test',
           'user:test', app_now()
    from organisations o, instance_types t, models m limit 1`;
}
