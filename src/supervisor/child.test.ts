import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type Child, superviseChild } from './child.ts';
import { type HeldSocket, holdSocket } from './held-socket.ts';
import { listRunning, type RunFile } from './run-files.ts';

const env: Env = systemEnv(SILENT_LOG);
const READY = "process.send({ ready: true }); process.on('disconnect', () => process.exit(0));";

interface Fixture {
  readonly child: Child;
  readonly dataDir: string;
  readonly lines: string[];
  running(): RunFile | undefined;
}

function supervise(t: TestContext, code: string, socket?: HeldSocket): Fixture {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-child-'));
  const file = join(dataDir, 'stub.mjs');
  writeFileSync(file, code);
  const lines: string[] = [];
  const child = superviseChild(env, {
    name: 'stub',
    file,
    variables: { PATH: '/usr/bin:/bin', COUNTER: join(dataDir, 'count') },
    dataDir,
    socket,
    logFile: join(dataDir, 'stub.log'),
    onLine: (_name, line) => lines.push(line),
  });
  t.after(async () => {
    await child.stop(100);
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { child, dataDir, lines, running: () => listRunning(dataDir)[0] };
}

async function until<T>(find: () => T | undefined | false): Promise<T> {
  for (let waits = 0; waits < 500; waits++) {
    const found = find();
    if (found) return found;
    await env.sleep(10);
  }
  throw new Error('it did not happen within five seconds');
}

test('a process that is killed is started again, and its file tells how often', async (t) => {
  const { child, running } = supervise(t, READY);
  await child.ready;
  const first = running();
  assert.ok(first?.isReady);
  process.kill(first.pid, 'SIGKILL');
  const second = await until(() => {
    const now = running();
    return now && now.pid !== first.pid && now.isReady ? now : undefined;
  });
  assert.equal(second.restarts, 1);
});

test('what it prints goes to its log and to the listener', async (t) => {
  const { child, dataDir, lines } = supervise(t, `console.log('out'); console.error('err'); ${READY}`);
  await child.ready;
  await until(() => lines.length === 2);
  assert.deepEqual(new Set(lines), new Set(['err', 'out']));
  assert.match(readFileSync(join(dataDir, 'stub.log'), 'utf8'), /out/);
});

test('a process that cannot start the first time says why and is not repeated', async (t) => {
  const { child, running } = supervise(
    t,
    "process.send({ failed: 'the port is taken' }, () => process.exit(1));",
  );
  await assert.rejects(child.ready, /^StartError: stub: the port is taken$/);
  await env.sleep(200);
  assert.equal(running(), undefined);
});

test('a process that dies silently at its start points to its log', async (t) => {
  const { child, dataDir } = supervise(t, 'process.exit(3);');
  await assert.rejects(child.ready, new RegExp(`stub: ended at start with code 3, see ${dataDir}/stub.log`));
});

test('a start that fails later is repeated, because what it needs may come back', async (t) => {
  const code = `
    import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    const count = existsSync(process.env.COUNTER) ? Number(readFileSync(process.env.COUNTER)) : 0;
    writeFileSync(process.env.COUNTER, String(count + 1));
    if (count === 1) process.exit(1);
    ${READY}`;
  const { child, running } = supervise(t, code);
  await child.ready;
  process.kill(running()?.pid ?? 0, 'SIGKILL');
  const third = await until(() => (running()?.restarts === 2 && running()?.isReady ? running() : undefined));
  assert.equal(third.restarts, 2);
});

test('a process that does not listen to SIGTERM is killed at the limit', async (t) => {
  const { child, running } = supervise(
    t,
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); ${READY}`,
  );
  await child.ready;
  const startedAt = env.clock.monotonic();
  await child.stop(300);
  const tookMs = env.clock.monotonic() - startedAt;
  assert.ok(tookMs >= 290 && tookMs < 20_000, `${tookMs} ms`);
  assert.equal(running(), undefined);
});

test('a stop during the wait before a restart ends it', async (t) => {
  const { child, running } = supervise(t, READY);
  await child.ready;
  process.kill(running()?.pid ?? 0, 'SIGKILL');
  await until(() => running() === undefined);
  await child.stop(100);
  await env.sleep(300);
  assert.equal(running(), undefined);
});

const SERVING = `
import { createServer } from 'node:http';
const open = new Set();
const server = createServer((request, response) => {
  open.add(response);
  response.on('close', () => { open.delete(response); if (isDraining && open.size === 0) process.exit(0); });
  setTimeout(() => response.writeHead(200, { connection: 'close' }).end(String(process.pid)), request.url === '/slow' ? 500 : 0);
});
let isDraining = false;
process.on('disconnect', () => process.exit(0));
process.on('message', (message, handle) => {
  if (message.socket) server.listen(handle, () => process.send({ ready: true }));
  if (message.drain) { isDraining = true; server.close(); if (open.size === 0) process.exit(0); }
});
process.send({ wants: 'socket' });
`;

test('a process with a held socket is replaced, and killed, without one refused connection', async (t) => {
  const socket = await holdSocket('127.0.0.1', 0);
  t.after(() => socket.close());
  const { child, running } = supervise(t, SERVING, socket);
  await child.ready;
  const url = `http://127.0.0.1:${portOf(socket)}`;
  const ask = async (path = '/') => Number(await (await fetch(url + path)).text());
  const first = running()?.pid;
  assert.equal(await ask(), first);

  const slow = ask('/slow');
  await env.sleep(50);
  await child.replace();
  const second = running()?.pid;
  assert.notEqual(second, first);
  assert.equal(await slow, first, 'what it had in hand ends in the former one');
  assert.equal(await ask(), second);

  assert(second);
  process.kill(second, 'SIGKILL');
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
  assert.equal(new Set(answers).size, 1);
  assert.notEqual(answers[0], second, 'connections waited for the next one');
});

test('a successor that does not start is told, and the present one serves on', async (t) => {
  const socket = await holdSocket('127.0.0.1', 0);
  t.after(() => socket.close());
  const { child, dataDir, running } = supervise(t, SERVING, socket);
  await child.ready;
  const first = running()?.pid;
  writeFileSync(join(dataDir, 'stub.mjs'), "process.send({ failed: 'no room' }, () => process.exit(1));");
  await assert.rejects(child.replace(), /the next one did not start \(no room\), the present one serves on/);
  assert.equal(Number(await (await fetch(`http://127.0.0.1:${portOf(socket)}`)).text()), first);
  assert.equal(running()?.pid, first);
});

function portOf({ handle }: HeldSocket): number {
  const name: { port?: number } = {};
  (handle as { getsockname(out: object): number }).getsockname(name);
  assert(name.port);
  return name.port;
}
