/** The master key is replaced under running processes, killed at every point on the way, and no secret is lost. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { MasterKeyFiles } from '#config/master-key-files.ts';
import { ensureSecrets } from '#config/secrets.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { MIGRATIONS_DIRECTORY, migrate } from '#database/migrator.ts';
import { countByKey } from '#database/sealed-rows.ts';
import { withEmptyDatabase, withTestDatabase } from '#database/testing.ts';
import { type SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { rotateMasterKey } from '#settings/commands/rotate-master-key.ts';
import { openSealer, registerMasterKeys } from '#settings/master-key.ts';
import { SEALED_COLUMNS } from '../bin/sealed-columns.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TEXT = 'canary-8d31f7';
/** In the order in which a rotation comes to them; each run is killed a little further on. */
const POINTS = [
  'rotate-master-key.made:1',
  'rotate-master-key.registered:1',
  'rotate-master-key.former-kept:1',
  'rotate-master-key.promoted:1',
  'reseal.commit:1',
  'reseal.committed:1',
  'reseal.commit:3',
  'rotate-master-key.retire:1',
  'rotate-master-key.retired:1',
];

async function start(t: TestContext) {
  const { db, url, env } = await withTestDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-rotate-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const variables = { SECRETS_DIR: folder, INVENTIV_DATA_DIR: folder, DATABASE_URL: url.reveal() };
  const config = readConfig(variables);
  ensureSecrets(env, config);
  // As every process has one: open for as long as it runs, never told of anything.
  const sealer = openSealer(env, config);
  await registerMasterKeys(db, sealer);
  const files = new MasterKeyFiles(config);
  const rows = new SealedRows(db, sealer);
  await rows.prepare();
  const rotate = (changed = env, on: Database = db) =>
    rotateMasterKey({
      env: changed,
      db: on,
      sealer: openSealer(env, config),
      files,
      columns: SEALED_COLUMNS,
      audited: (_action, _keyId, work) => on.transaction(work),
    });
  const word = (fault?: string): ChildProcess =>
    spawn(process.execPath, [join(ROOT, 'bin/inventiv.ts'), 'secrets', 'rotate'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        LOG_FORMAT: 'json',
        ...variables,
        ...(fault ? { FAULT: fault } : {}),
      },
    });
  return { db, url, env, folder, config, sealer, files, rows, rotate, word };
}

/** One row in each table that holds sealed texts, as often as it is asked for. */
class SealedRows {
  readonly #db: Database;
  readonly #sealer: Sealer;
  #count = 0;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  async prepare(): Promise<void> {
    await this.#db.query(
      `insert into organisations (id, slug, name, created_at) values ('org_1', 'one', 'One', app_now())`,
    );
  }

  async add(): Promise<void> {
    const number = ++this.#count;
    const seal = (table: string, orgId: string, rowId: string, column: string) =>
      this.#sealer.seal(new Secret(TEXT), { table, orgId, rowId, column });
    const words = ['pacc', 'usr', 'mail', 'wh', 'host', 'claim'];
    const [account, user, mail, hook, host, claim] = words.map((word) => `${word}_${number}`);
    assert.ok(account && user && mail && hook && host && claim);
    await this.#db.query(
      `insert into provider_accounts (org_id, id, provider_id, name, credential, next_credential, rotation_state,
         created_by, created_at, updated_at)
       values ('org_1', $1, 'mock', $1, $2, $3, 'testing', 'x', app_now(), app_now())`,
      [
        account,
        seal('provider_accounts', 'org_1', account, 'credential'),
        seal('provider_accounts', 'org_1', account, 'next_credential'),
      ],
    );
    await this.#db.query(
      `insert into users (id, username, email, created_at) values ($1, $1, $1 || '@example.test', app_now())`,
      [user],
    );
    await this.#db.query(`insert into user_totp (user_id, secret, created_at) values ($1, $2, app_now())`, [
      user,
      seal('user_totp', '', user, 'secret'),
    ]);
    await this.#db.query(
      `insert into mails (id, recipient, template, language, content, created_at)
       values ($1, 'a@example.test', 'invitation', 'en', $2, app_now())`,
      [mail, seal('mails', '', mail, 'content')],
    );
    await this.#db.query(
      `insert into webhook_endpoints (org_id, id, url, description, event_types, is_enabled, secret, former_secret,
         former_until, created_by, created_at)
       values ('org_1', $1, 'https://example.test/', '', '{}', true, $2, $3, app_now(), 'x', app_now())`,
      [
        hook,
        seal('webhook_endpoints', 'org_1', hook, 'secret'),
        seal('webhook_endpoints', 'org_1', hook, 'former_secret'),
      ],
    );
    await this.#db.query(
      `insert into hosts (org_id, id, name, address, port, username, zone, credential_kind, credential, created_by,
         created_at, updated_at)
       values ('org_1', $1, $1, $1, 22, 'root', 'z', 'password', $2, 'x', app_now(), app_now())`,
      [host, seal('hosts', 'org_1', host, 'credential')],
    );
    await this.#db.query(
      `insert into host_claims (org_id, id, host_id, attempt, installation, instance, name, zone, type_code,
         expires_at, script, claimed_at)
       values ('org_1', $1, $2, $1, 'i', 'i', 'n', 'z', 't', app_now(), $3, app_now())`,
      [claim, host, seal('host_claims', 'org_1', claim, 'script')],
    );
  }

  /** Every text of every row opens with what these know, and says what it said. */
  async requireAllOpen(...sealers: Sealer[]): Promise<void> {
    for (const { table, id, org, column } of SEALED_COLUMNS) {
      const rows = await this.#db.query<{ id: string; orgId: string; text: string }>(
        `select ${id} as id, ${org ?? `''`} as "orgId", ${column} as text from ${table} order by 1`,
      );
      assert.equal(rows.length, this.#count, table);
      for (const row of rows) {
        const place: SealedPlace = { table, orgId: row.orgId, rowId: row.id, column };
        for (const sealer of sealers) assert.equal(sealer.open(row.text, place).reveal(), TEXT);
      }
    }
  }
}

async function ended(
  process: ChildProcess,
): Promise<{ signal: string | null; code: number | null; out: string }> {
  const parts: string[] = [];
  process.stdout?.on('data', (part) => parts.push(String(part)));
  process.stderr?.on('data', (part) => parts.push(String(part)));
  const [code, signal] = await once(process, 'close');
  return { code, signal, out: parts.join('') };
}

test('a rotation is killed at every point, each secret opens all the while, and the next run goes on', {
  timeout: 600_000,
}, async (t) => {
  const { db, env, folder, config, sealer, rows, word } = await start(t);
  const first = sealer.keyId;
  for (let i = 0; i < 3; i++) await rows.add();
  for (const point of POINTS) {
    const run = await ended(word(point));
    assert.equal(run.signal, 'SIGKILL', `${point}: ${run.out}`);
    // One that runs since before, and one that is started now.
    await rows.requireAllOpen(sealer, openSealer(env, config));
    // What is sealed meanwhile is found too, but for the last point, after which only the file is put away.
    if (point !== POINTS.at(-1)) await rows.add();
  }
  await rows.add();
  const last = await ended(word());
  assert.deepEqual([last.code, last.signal], [0, null], last.out);
  assert.match(last.out, new RegExp(`^what an earlier run began goes on: the master key is ${sealer.keyId}`));
  assert.match(last.out, new RegExp(`${first} is retired`));
  const fresh = openSealer(env, config);
  assert.deepEqual(fresh.keyIds, [sealer.keyId]);
  assert.notEqual(fresh.keyId, first);
  await rows.requireAllOpen(fresh, sealer);
  const uses = await countByKey(db, SEALED_COLUMNS);
  assert.deepEqual([...new Set(uses.map(({ keyId }) => keyId))], [fresh.keyId]);
  const keys = await db.query<{ id: string; retired: boolean }>(
    `select id, retired_at is not null as retired from master_keys order by number`,
  );
  assert.deepEqual(keys, [
    { id: first, retired: true },
    { id: fresh.keyId, retired: false },
  ]);
  const names = readdirSync(folder).filter((name) => name.startsWith('master_key'));
  assert.deepEqual(names.sort(), ['master_key', `master_key_retired_${first}`]);
  assert.ok(!last.out.includes(readFileSync(join(folder, 'master_key'), 'utf8').trim()));
  const audited = await db.query<{ action: string; subject_id: string }>(
    `select action, subject_id from audit_log where action = 'master_key.retire' order by seq`,
  );
  // Once before the kill after it, and once more by the run that put the file away.
  assert.ok(audited.length >= 1 && audited.every(({ subject_id }) => subject_id === first));
});

const MAIL_PLACE = { table: 'mails', orgId: '', rowId: 'mail_slow', column: 'content' };
const INSERT_MAIL = `insert into mails (id, recipient, template, language, content, created_at)
  values ('mail_slow', 'a@example.test', 'invitation', 'en', $1, app_now())`;

test('whoever sealed just before a key is retired is waited for, and its text is sealed anew', async (t) => {
  const { db, url, env, sealer, rows, rotate, files } = await start(t);
  await rows.add();
  const old = new Sealer(env.random, files.current);
  const slow = openDatabase(env, { url, applicationName: 'slow', poolSize: 1 });
  t.after(() => slow.close());
  const sealed = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const writer = slow.transaction(async (tx) => {
    await tx.query(INSERT_MAIL, [old.seal(new Secret(TEXT), MAIL_PLACE)]);
    sealed.resolve();
    await goOn.promise;
  });
  await sealed.promise;
  const rotation = rotate();
  const deadline = performance.now() + 60_000;
  for (let isWaiting = false; !isWaiting; await env.sleep(20)) {
    assert.ok(performance.now() < deadline, 'the rotation never waited');
    const waiting = await db.query(`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%master_keys%'`);
    isWaiting = waiting.length > 0;
  }
  goOn.resolve();
  await writer;
  const done = await rotation;
  assert.ok(done.keptIn !== undefined && existsSync(done.keptIn));
  const [row] = await db.query<{ content: string }>(`select content from mails where id = 'mail_slow'`);
  assert.equal(openSealerText(sealer, row?.content), TEXT);
  assert.throws(() => openSealerText(old, row?.content), /another master key/);
  await assert.rejects(
    db.query(INSERT_MAIL.replace('mail_slow', 'mail_late'), [old.seal(new Secret(TEXT), MAIL_PLACE)]),
    /sealed with a master key that is retired/,
    'whoever still has the old file only is refused',
  );
});

function openSealerText(sealer: Sealer, text = ''): string {
  return sealer.open(text, MAIL_PLACE).reveal();
}

test('a text that does not open keeps its key, is named, and what is done about it lets the key go', async (t) => {
  const { db, rows, rotate, sealer, env, config } = await start(t);
  for (let i = 0; i < 2; i++) await rows.add();
  await db.query(
    `update mails set content = (select content from mails where id = 'mail_1') where id = 'mail_2'`,
  );
  const stuck = await rotate();
  assert.equal(stuck.keptIn, undefined);
  assert.deepEqual(
    stuck.unreadable.map(({ table, column, id }) => [table, column, id]),
    [['mails', 'content', 'mail_2']],
  );
  assert.deepEqual(
    stuck.left.map(({ table, rows }) => [table, rows]),
    [['mails', 1]],
  );
  assert.equal((await rotate()).keyId, stuck.keyId, 'an unfinished one is not begun anew');
  await db.query(`delete from mails where id = 'mail_2'`);
  const done = await rotate();
  assert.ok(done.keptIn?.endsWith(`master_key_retired_${stuck.formerKeyId}`));
  assert.deepEqual(openSealer(env, config).keyIds, [sealer.keyId]);
  const next = await rotate();
  assert.deepEqual([next.isResumed, next.formerKeyId], [false, stuck.keyId]);
});

test('the list of sealed columns is that of the guards in the schema, and of what the source seals', async (t) => {
  const { db } = await withTestDatabase(t);
  const guards = await db.query<{ table: string; columns: string[] }>(
    `select c.relname as table, string_to_array(encode(g.tgargs, 'escape'), '\\000') as columns
     from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_proc p on p.oid = g.tgfoid
     where p.proname = 'guard_sealed' order by 1`,
  );
  const guarded = guards.flatMap(({ table, columns }) =>
    columns.filter(Boolean).map((one) => `${table}.${one}`),
  );
  const listed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  assert.deepEqual(guarded.toSorted(), listed.toSorted());
  for (const { table, key, column } of SEALED_COLUMNS) {
    const [derived] = await db.query<{ from: string }>(
      `select generation_expression as from from information_schema.columns
       where table_name = $1 and column_name = $2 and is_generated = 'ALWAYS'`,
      [table, key],
    );
    assert.match(derived?.from ?? '', new RegExp(`\\b${column}\\b`), `${table}.${key}`);
  }
  const named = new Set(sealedTablesOfSource());
  // A cookie of a sign-in that is under way, for ten minutes: it lies in no table.
  named.delete('oidc');
  assert.deepEqual([...named].sort(), [...new Set(SEALED_COLUMNS.map(({ table }) => table))].sort());
});

/** Tables that are named beside the organisation and the row that a text is bound to. */
function sealedTablesOfSource(): string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.test\.ts$|testing/.test(path),
  );
  return files.flatMap((path) => {
    const source = readFileSync(join(ROOT, 'src', path), 'utf8');
    return [...source.matchAll(/table: '(\w+)',\s*orgId\b/g)].flatMap(([, table]) => table ?? []);
  });
}

test('what was sealed before there was a list of keys is known afterwards, and opens', async (t) => {
  const { url, env } = await withEmptyDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-before-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const before = readdirSync(MIGRATIONS_DIRECTORY).filter((name) => /^00(?:[01]\d|2[0-7])_/.test(name));
  for (const name of before) copyFileSync(join(MIGRATIONS_DIRECTORY, name), join(folder, name));
  await migrate(env, { url, directory: folder });
  const db = openDatabase(env, { url, applicationName: 'test', poolSize: 1 });
  t.after(() => db.close());
  const sealer = new Sealer(env.random, new Secret('b'.repeat(43)));
  const place = { table: 'provider_accounts', orgId: 'org_1', rowId: 'acc_1', column: 'credential' };
  const text = sealer.seal(new Secret(TEXT), place);
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_1', 'one', 'One', app_now())`,
  );
  await db.query(
    `insert into provider_accounts (org_id, id, provider_id, name, credential, key_id, created_by, created_at, updated_at)
     values ('org_1', 'acc_1', 'mock', 'main', $1, $2, 'x', app_now(), app_now())`,
    [text, sealer.keyId],
  );
  await db.query(
    `insert into webhook_endpoints (org_id, id, url, description, event_types, is_enabled, secret, secret_key_id,
       created_by, created_at, removed_at)
     values ('org_1', 'wh_1', 'https://example.test/', '', '{}', false, '', $1, 'x', app_now(), app_now())`,
    [sealer.keyId],
  );
  copyFileSync(join(MIGRATIONS_DIRECTORY, '0028_credentials.sql'), join(folder, '0028_credentials.sql'));
  await migrate(env, { url, directory: folder });
  assert.deepEqual(await db.query(`select id, retired_at from master_keys`), [
    { id: sealer.keyId, retired_at: null },
  ]);
  // The tables that there were then.
  const columns = SEALED_COLUMNS.filter(({ table }) => !table.startsWith('host'));
  assert.deepEqual(await countByKey(db, columns), [
    { table: 'provider_accounts', column: 'credential', keyId: sealer.keyId, rows: 1 },
  ]);
  const [row] = await db.query<{ credential: string }>(`select credential from provider_accounts`);
  assert.equal(sealer.open(row?.credential ?? '', place).reveal(), TEXT);
});
