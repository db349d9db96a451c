/** `make up` from outside: what it prints, what it leaves behind, and that it comes back after any kill. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { urlOfDatabase, withSession } from '#database/session.ts';
import { testServer } from '#database/testing.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ApiClient } from './api-client.ts';
import { databasePid, killDatabase, waitFor } from './processes.ts';
import { freePortOffset, startStack } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '..');
const STOP_LIMIT_MS = 5_000;
const GONE_LIMIT_MS = 15_000;

/** Processes whose environment names the data directory: all that a stack consists of, except PostgreSQL. */
function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`INVENTIV_DATA_DIR=${dataDir}\0`);
      } catch {
        return false;
      }
    });
}

function serversOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`-D\0${dataDir}/postgres\0`);
      } catch {
        return false;
      }
    });
}

async function untilNothingRuns(dataDir: string, withinMs: number): Promise<void> {
  const nothing = () => (processesOf(dataDir).length + serversOf(dataDir).length === 0 ? true : undefined);
  await waitFor(nothing, withinMs, `end of ${[...processesOf(dataDir), ...serversOf(dataDir)].join(', ')}`);
}

/** Runs the supervisor until it ends by itself. */
function runToEnd(variables: Record<string, string>): {
  status: number | null;
  stderr: string;
  stdout: string;
} {
  return spawnSync(process.execPath, [join(ROOT, 'bin/all.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'], LOG_FORMAT: 'json', ...variables },
  });
}

function oneLine(text: string): string {
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, 1, `one line, not:\n${text}`);
  return lines[0] ?? '';
}

test('Ctrl-C ends everything within five seconds, and the next start finds what was there', {
  timeout: 120_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-supervisor-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const first = await startStack({ dataDir });
  const api = new ApiClient(first.url);
  await api.login('admin', first.adminPassword());
  const key = await api.json<{ id: string }>('POST', '/api/v1/api-keys', { name: 'kept' });
  const second = runToEnd({ INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: String(first.portOffset) });
  assert.equal(second.status, 1);
  assert.match(oneLine(second.stderr), /^inventiv: already running \(pid \d+\) with .*make down ends it/);
  const startedAt = performance.now();
  first.supervisor.kill('SIGINT');
  await once(first.supervisor, 'exit');
  assert.ok(performance.now() - startedAt < STOP_LIMIT_MS, 'within five seconds');
  await untilNothingRuns(dataDir, GONE_LIMIT_MS);

  // kill -9 of the supervisor alone: its processes notice, PostgreSQL stays and is taken over.
  const killed = await startStack({ dataDir, portOffset: first.portOffset });
  const server = databasePid(killed);
  killed.supervisor.kill('SIGKILL');
  await once(killed.supervisor, 'exit');
  await waitFor(
    () => (processesOf(dataDir).length === 0 ? true : undefined),
    GONE_LIMIT_MS,
    'end of the orphans',
  );
  const adopting = await startStack({ dataDir, portOffset: first.portOffset });
  assert.equal(databasePid(adopting), server, 'the running server is taken over');

  // kill -9 of everything at once.
  for (const pid of [...processesOf(dataDir), ...serversOf(dataDir)]) process.kill(pid, 'SIGKILL');
  await untilNothingRuns(dataDir, GONE_LIMIT_MS);
  const last = await startStack({ dataDir, portOffset: first.portOffset });
  const again = new ApiClient(last.url);
  await again.login('admin', last.adminPassword());
  const keys = await again.json<{ data: { id: string }[] }>('GET', '/api/v1/api-keys');
  assert.ok(
    keys.data.some((one) => one.id === key.id),
    'an acknowledged write is there',
  );

  // kill -9 of PostgreSQL under the running stack.
  await killDatabase(last);
  await waitFor(() => databasePid(last), 10_000, 'PostgreSQL');
  await answersAgain(again);
  await last.stop();
  await untilNothingRuns(dataDir, GONE_LIMIT_MS);
});

async function answersAgain(api: ApiClient): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    try {
      await api.json('GET', '/api/v1/api-keys');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

test('a stop in the middle of the start leaves nothing', { timeout: 60_000 }, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-supervisor-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const offset = String(await freePortOffset());
  for (const afterMs of [300, 700, 1_200, 1_800]) {
    const supervisor = spawn(process.execPath, [join(ROOT, 'bin/all.ts')], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: offset },
    });
    await new Promise((done) => setTimeout(done, afterMs));
    const startedAt = performance.now();
    const ended = once(supervisor, 'exit');
    assert.ok(supervisor.kill('SIGTERM'), `still starting after ${afterMs} ms`);
    await ended;
    assert.ok(performance.now() - startedAt < STOP_LIMIT_MS, `stopped ${afterMs} ms after its start`);
    await untilNothingRuns(dataDir, GONE_LIMIT_MS);
  }
});

test('what keeps it from starting is one line', { timeout: 60_000 }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'inventiv-supervisor-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const offset = await freePortOffset();
  const variables = { INVENTIV_DATA_DIR: join(home, 'data'), PORT_OFFSET: String(offset) };
  const blocker = createServer();
  await new Promise<void>((done) => blocker.listen(8003 + offset, '127.0.0.1', done));
  t.after(() => blocker.close());
  const busy = runToEnd(variables);
  assert.equal(busy.status, 1);
  const expected = `^inventiv: port ${8003 + offset} for the dashboard is taken by .+\\(pid ${process.pid}\\).*PORT_OFFSET`;
  assert.match(oneLine(busy.stderr), new RegExp(expected));
  blocker.close();

  const file = join(home, 'file');
  writeFileSync(file, '');
  assert.match(
    oneLine(runToEnd({ ...variables, INVENTIV_DATA_DIR: file }).stderr),
    /is a file, or lies below one/,
  );
  const wrong = runToEnd({ ...variables, PORT_OFFSET: 'many' });
  assert.match(oneLine(wrong.stderr), /^inventiv: PORT_OFFSET=many is not a whole number/);
  const nowhere = { ...variables, DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/none' };
  assert.match(oneLine(runToEnd(nowhere).stderr), /^inventiv: PostgreSQL at 127\.0\.0\.1:1 does not answer/);
  await untilNothingRuns(variables.INVENTIV_DATA_DIR, GONE_LIMIT_MS);
});

test('killing the starting script ends the stack, and a signal to the whole group is one wish', {
  timeout: 60_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-supervisor-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const offset = String(await freePortOffset());
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const boot = spawn(process.execPath, ['scripts/boot.mjs', '--child', 'bin/all.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env: { PATH: process.env['PATH'], INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: offset },
    });
    await once(boot.stdout, 'data');
    const ended = once(boot, 'exit');
    if (signal === 'SIGKILL') boot.kill(signal);
    else process.kill(-(boot.pid ?? 0), signal);
    const [code] = await ended;
    if (signal === 'SIGTERM') assert.equal(code, 0, 'it stopped in peace');
    await untilNothingRuns(dataDir, STOP_LIMIT_MS);
  }
});

test('a full disk is one line', { timeout: 30_000 }, (t) => {
  const small = mkdtempSync(join(tmpdir(), 'inventiv-small-'));
  t.after(() => rmSync(small, { recursive: true, force: true }));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', small]).status !== 0) {
    return t.skip('a small disk can only be mounted by root');
  }
  try {
    const full = runToEnd({ INVENTIV_DATA_DIR: join(small, 'data') });
    assert.match(oneLine(full.stderr), /^inventiv: the disk of .* is full \(\d+ MB left, 100 are needed\)/);
  } finally {
    spawnSync('umount', [small]);
  }
});

test('another PostgreSQL whose user may not create roles serves all processes by that user', {
  timeout: 60_000,
}, async () => {
  const env = systemEnv(SILENT_LOG);
  const administration = await testServer(env);
  const name = `plain_${process.pid}`;
  await withSession(administration, async (session) => {
    await session.query(`create role ${name} login password 'only-for-this-test'`);
    await session.query(`create database ${name} owner ${name}`);
  });
  try {
    const url = new URL(urlOfDatabase(administration, name).reveal());
    url.username = name;
    url.password = 'only-for-this-test';
    await using stack = await startStack({ env: { DATABASE_URL: url.href } });
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    assert.match(stack.logTail(), /all processes use one database user/);
    assert.equal(databasePid(stack), undefined, 'no server of our own runs');
  } finally {
    await withSession(administration, async (session) => {
      await session.query(`drop database if exists ${name} with (force)`);
      await session.query(`drop role if exists ${name}`);
    });
  }
});
