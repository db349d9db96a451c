import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { requireDataDirectory } from './data-directory.ts';
import { LogFile } from './log-file.ts';
import { showLogs } from './log-reader.ts';
import { findHolder, requireFreePorts } from './ports.ts';
import { processTable } from './process-list.ts';
import { endProcess, identify, isAlive } from './process-table.ts';
import { findSupervisor, listRunning, removeRunFile, takeRunLock, writeRunFile } from './run-files.ts';
import { shutDown } from './shut-down.ts';

const env = systemEnv(SILENT_LOG);

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'inventiv-run-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function until(isTrue: () => boolean): Promise<void> {
  const endAtMs = env.clock.monotonic() + 20_000;
  while (!isTrue()) {
    assert.ok(env.clock.monotonic() < endAtMs, 'waited too long');
    await env.sleep(10);
  }
}

function sleeper(t: TestContext): number {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  return child.pid ?? 0;
}

test('a pid that another process has now names nobody', (t) => {
  const identity = identify(sleeper(t));
  assert.ok(identity && isAlive(identity));
  const earlier = { ...identity, started: identity.started.replace(/\d+$/, '1') };
  assert.equal(isAlive(earlier), false);
  assert.equal(identify(2 ** 22), undefined);
});

test('run files tell what lives, and a file of a dead process or half a file says nothing', (t) => {
  const dataDir = directory(t);
  assert.deepEqual(listRunning(dataDir), []);
  const living = identify(sleeper(t));
  assert.ok(living);
  writeRunFile(dataDir, { name: 'api', ...living, restarts: 0, isReady: true });
  writeRunFile(dataDir, {
    name: 'gateway',
    pid: living.pid,
    started: 'another:1',
    restarts: 0,
    isReady: true,
  });
  writeFileSync(join(dataDir, 'run', 'finops.json'), '{"name":"fin');
  assert.deepEqual(
    listRunning(dataDir).map((file) => file.name),
    ['api'],
  );
  assert.match(processTable(dataDir), /^PROCESS +PID.*\napi +\d+ +ready +0 +\d+ s +\d+ MB\n$/);
  removeRunFile(dataDir, 'api');
  assert.equal(processTable(dataDir), `nothing runs with ${dataDir}\n`);
});

test('of two supervisors of a directory only one gets it, whatever the path', async (t) => {
  const dataDir = directory(t);
  assert.deepEqual(
    await Promise.all([takeRunLock(dataDir), takeRunLock(`${dataDir}/../${dataDir.split('/').at(-1)}`)]),
    [true, false],
  );
});

test('leftovers without a supervisor are ended, and nothing running is told', async (t) => {
  const dataDir = directory(t);
  const left = identify(sleeper(t));
  assert.ok(left);
  writeRunFile(dataDir, { name: 'api', ...left, restarts: 0, isReady: true });
  assert.equal(findSupervisor(dataDir), undefined);
  assert.deepEqual(await shutDown(env, dataDir), ['api']);
  assert.equal(isAlive(left), false);
  assert.deepEqual(await shutDown(env, dataDir), []);
});

test('a process that ignores SIGTERM is killed', async (t) => {
  const child = spawn(process.execPath, [
    '-e',
    "process.on('SIGTERM', () => {}); console.log(1); setInterval(() => {}, 1e6)",
  ]);
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  await endProcess(env, identity, 200);
  assert.equal(isAlive(identity), false);
});

test('a log begins a new file when it is large, and keeps two old ones', (t) => {
  const path = join(directory(t), 'logs', 'api.log');
  const log = new LogFile(path, 100);
  for (let line = 0; line < 40; line++) assert.ok(log.append(`line ${line} ${'x'.repeat(20)}`));
  log.close();
  const sizes = ['', '.1', '.2', '.3'].map((suffix) => {
    const found = statSync(path + suffix, { throwIfNoEntry: false })?.size;
    return found === undefined ? 'none' : found <= 140 ? 'small' : 'large';
  });
  assert.deepEqual(sizes, ['small', 'small', 'small', 'none']);
});

test('logs are shown in the order of time, then followed across a new file', async (t) => {
  const logs = join(directory(t), 'logs');
  mkdirSync(logs);
  const line = (second: number, message: string) =>
    JSON.stringify({ time: `2026-01-01T00:00:0${second}Z`, message });
  writeFileSync(join(logs, 'api.log'), `${line(1, 'a')}\n${line(3, 'c')}\n`);
  writeFileSync(join(logs, 'gateway.log'), `${line(2, 'b')}\n`);
  const shown: string[] = [];
  const write = (text: string) => shown.push((JSON.parse(text) as { message: string }).message);
  const stopped = new AbortController();
  const following = showLogs(env, { directory: logs, linesMax: 2, write }, stopped.signal);
  await until(() => shown.length >= 2);
  assert.deepEqual(shown, ['b', 'c']);
  writeFileSync(join(logs, 'api.log'), `${line(4, 'd')}\n`);
  await until(() => shown.length >= 3);
  stopped.abort();
  await following;
  assert.deepEqual(shown, ['b', 'c', 'd']);
  const nobody = showLogs(env, { directory: logs, process: 'nobody', linesMax: 1, write });
  await assert.rejects(nobody, /no logs of nobody .*only of api, gateway/);
});

test('a taken port is named with who has it', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const { port } = address;
  assert.match(findHolder(port), new RegExp(`\\(pid ${process.pid}\\)$`));
  const wanted = [{ name: 'the gateway', host: '127.0.0.1', port }];
  await assert.rejects(
    requireFreePorts(wanted),
    new RegExp(`^StartError: port ${port} for the gateway is taken by .*PORT_OFFSET`),
  );
  const foreign = [{ name: 'the gateway', host: '192.0.2.1', port }];
  await assert.rejects(requireFreePorts(foreign), /cannot listen on 192\.0\.2\.1 .*EADDRNOTAVAIL/);
});

test('a data directory that cannot be used is one line', (t) => {
  const home = directory(t);
  const file = join(home, 'file');
  writeFileSync(file, '');
  assert.throws(() => requireDataDirectory(file), /is a file, or lies below one/);
  assert.throws(() => requireDataDirectory(join(file, 'below')), /is a file, or lies below one/);
  assert.throws(
    () => requireDataDirectory('/proc/inventiv'),
    /^StartError: the data directory \/proc\/inventiv /,
  );
  requireDataDirectory(join(home, 'a', 'b'));
});
