import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './embedded.ts';
import { freePort } from './free-port.ts';
import { withSession } from './session.ts';

const env = systemEnv(SILENT_LOG);

async function optionsIn(t: TestContext, mode = 0o755): Promise<EmbeddedOptions> {
  // In memory where there is some: these tests are about life and death, not about the speed of a disk.
  const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'inventiv-pg-'));
  chmodSync(home, mode);
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return {
    directory: join(home, 'postgres'),
    port: await freePort(),
    password: new Secret('a password'),
    logFile: join(home, 'postgres.log'),
  };
}

async function startFor(t: TestContext, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = await startEmbedded(env, options);
  t.after(() => server.stop());
  return server;
}

const rowsOf = (server: EmbeddedServer, sql: string) =>
  withSession(server.url('postgres'), async (session) => (await session.query(sql)).rows);

test('a cluster is durable, checksummed, on loopback only and wants the password', async (t) => {
  const options = await optionsIn(t);
  const server = await startFor(t, options);
  assert.equal(server.wasRunning, false);
  const [row] = await rowsOf(
    server,
    `select current_setting('data_checksums') as checksums, current_setting('fsync') as fsync,
            current_setting('listen_addresses') as address, current_setting('password_encryption') as passwords`,
  );
  assert.deepEqual(row, { checksums: 'on', fsync: 'on', address: '127.0.0.1', passwords: 'scram-sha-256' });
  const wrong = new URL(server.url('postgres').reveal());
  wrong.password = 'another';
  await assert.rejects(
    withSession(new Secret(wrong.href), async () => undefined),
    /refuses the user inventiv/,
  );
  assert.deepEqual(readdirSync(dirname(options.directory)).sort(), ['postgres', 'postgres.log']);
  assert.doesNotMatch(readFileSync(join(options.directory, 'pg_hba.conf'), 'utf8'), /^[^#]*\btrust\b/m);
});

test('under root it also runs below a directory that only root may enter', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const server = await startFor(t, await optionsIn(t, 0o700));
  assert.equal((await rowsOf(server, 'select 1 as one'))[0].one, 1);
});

test('a running server is adopted, and can be stopped by who adopted it', async (t) => {
  const options = await optionsIn(t);
  const first = await startFor(t, options);
  const second = await startEmbedded(env, options);
  assert.equal(second.wasRunning, true);
  assert.equal(second.pid, first.pid);
  await second.stop();
  await Promise.all([first.ended, second.ended]);
  assert.equal(existsSync(join(options.directory, 'postmaster.pid')), false);
});

test('a server on another port than wanted moves to the wanted one', async (t) => {
  const options = await optionsIn(t);
  const first = await startFor(t, options);
  const moved = await startFor(t, { ...options, port: await freePort() });
  await first.ended;
  assert.equal((await rowsOf(moved, 'select 1 as one'))[0].one, 1);
});

test('after kill -9 every acknowledged write is there', async (t) => {
  const options = await optionsIn(t);
  const first = await startFor(t, options);
  await rowsOf(first, 'create table kept (n int)');
  for (let n = 0; n < 20; n++) await rowsOf(first, `insert into kept values (${n})`);
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await startFor(t, options);
  assert.equal((await rowsOf(second, 'select count(*)::int as n from kept'))[0].n, 20);
});

test('a killed initdb does not look like a cluster', async (t) => {
  const options = await optionsIn(t);
  const halfMade = `${options.directory}.init-0123`;
  mkdirSync(halfMade);
  writeFileSync(join(halfMade, 'PG_VERSION'), '18\n');
  const server = await startFor(t, options);
  assert.equal(existsSync(halfMade), false);
  assert.equal((await rowsOf(server, 'select 1 as one'))[0].one, 1);
});

test('a start that is given up leaves nothing running', async (t) => {
  const options = await optionsIn(t);
  for (const afterMs of [5, 200, 600, 900]) {
    const signal = AbortSignal.timeout(afterMs);
    const outcome = await startEmbedded(env, { ...options, signal }).then(
      (server) => server,
      () => undefined,
    );
    await outcome?.stop();
    assert.equal(existsSync(join(options.directory, 'postmaster.pid')), false);
    assert.deepEqual(
      readdirSync(dirname(options.directory)).filter((name) => name.includes('.init-')),
      [],
    );
  }
  const server = await startFor(t, options);
  assert.equal((await rowsOf(server, 'select 1 as one'))[0].one, 1);
});

test('a pid file whose pid belongs to another process now does not stop the start', async (t) => {
  const options = await optionsIn(t);
  const first = await startFor(t, options);
  await first.stop();
  const stranger = spawn('sleep', ['30']);
  t.after(() => stranger.kill());
  const lines = [stranger.pid, options.directory, 1, options.port, '', '127.0.0.1', '', 'ready   '];
  writeFileSync(join(options.directory, 'postmaster.pid'), `${lines.join('\n')}\n`);
  const second = await startFor(t, options);
  assert.equal(second.wasRunning, false);
});

test('a taken port is one line that names it', async (t) => {
  const options = await optionsIn(t);
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(options.port, '127.0.0.1', resolve));
  t.after(() => blocker.close());
  await assert.rejects(
    startEmbedded(env, options),
    new RegExp(`^StartError: port ${options.port} is taken.*$`),
  );
});

test('a directory with other files is refused and left alone', async (t) => {
  const options = await optionsIn(t);
  mkdirSync(options.directory);
  writeFileSync(join(options.directory, 'letter.txt'), 'dear');
  await assert.rejects(startEmbedded(env, options), /^StartError: .*holds files that are not a database/);
  assert.equal(readFileSync(join(options.directory, 'letter.txt'), 'utf8'), 'dear');
});

test('a cluster of another major version is one line', async (t) => {
  const options = await optionsIn(t);
  const server = await startFor(t, options);
  await server.stop();
  writeFileSync(join(options.directory, 'PG_VERSION'), '15\n');
  await assert.rejects(startEmbedded(env, options), /^StartError: .*made by another major version/);
});
