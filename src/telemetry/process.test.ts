import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { oneLineFor } from './process.ts';

const MODULE = fileURLToPath(new URL('./process.ts', import.meta.url));

function write(t: TestContext, body: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-process-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'part.ts');
  writeFileSync(
    file,
    `import { runProcess } from '${MODULE}';\nrunProcess('part', async ({ env, signal }) => {${body}});\n`,
  );
  return file;
}

function start(t: TestContext, body: string): { child: ChildProcess; output: () => string } {
  const child = fork(write(t, body), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { LOG_FORMAT: 'json' },
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, output: () => text };
}

const KEEP = 'const keep = setInterval(() => {}, 1e6);';

test('a process says that it is ready and stops on SIGTERM by its own stop', async (t) => {
  const { child, output } = start(
    t,
    `${KEEP} return async () => { env.log.info({}, 'my last words'); clearInterval(keep); };`,
  );
  assert.deepEqual((await once(child, 'message'))[0], { ready: true });
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.match(output(), /my last words/);
});

test('a process ends when the channel to its supervisor closes', async (t) => {
  const { child } = start(t, `${KEEP} return () => undefined;`);
  await once(child, 'message');
  child.disconnect();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('under a supervisor Ctrl-C is left to it', async (t) => {
  const { child } = start(t, `${KEEP} return () => undefined;`);
  await once(child, 'message');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a second signal ends a process whose stop hangs', async (t) => {
  const { child } = start(t, `${KEEP} return () => new Promise(() => {});`);
  await once(child, 'message');
  child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(child.exitCode, null, 'the same wish twice is one wish');
  const startedAt = performance.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.ok(performance.now() - startedAt < 2_000);
});

test('a stop that hangs ends the process after three seconds', async (t) => {
  const { child, output } = start(t, `${KEEP} return () => new Promise(() => {});`);
  await once(child, 'message');
  const startedAt = performance.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 2_900 && tookMs < 20_000, `${tookMs} ms`);
  assert.match(output(), /stopping took too long/);
});

test('a stop in the middle of the start ends the process too', async (t) => {
  const body = `process.send({ isStarting: true }); ${KEEP} await env.sleep(600_000, signal); return () => undefined;`;
  const { child } = start(t, body);
  await once(child, 'message');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('an error that nobody caught ends the process with its stack in the log', async (t) => {
  const { child, output } = start(
    t,
    `setTimeout(() => { throw new Error('surprise'); }, 50); ${KEEP} return () => undefined;`,
  );
  assert.deepEqual((await once(child, 'exit'))[0], 1);
  assert.match(output(), /"message":"surprise".*part\.ts/);
});

test('a start that fails by a cause outside is one line, reported and printed', async (t) => {
  const { child } = start(t, `throw Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 8003 });`);
  const [message] = await once(child, 'message');
  assert.match((message as { failed: string }).failed, /^port 8003 is taken by another process.*PORT_OFFSET/);
  assert.deepEqual((await once(child, 'exit'))[0], 1);
});

test('a setting that is wrong is one line on stderr', (t) => {
  const file = write(t, 'return () => undefined;');
  const ended = spawnSync(process.execPath, [file], { env: { PORT_OFFSET: '-1' }, encoding: 'utf8' });
  assert.equal(ended.status, 1);
  assert.equal(ended.stderr, 'part: PORT_OFFSET=-1 is not a whole number from 0 to 50000\n');
});

test('errors of the operating system are told as what to do', () => {
  const told = (code: string) =>
    oneLineFor(Object.assign(new Error('x'), { code, path: '/somewhere' })) ?? '';
  assert.match(told('ENOSPC'), /^the disk is full \(\/somewhere\)/);
  assert.match(told('EACCES'), /^no permission for \/somewhere/);
  assert.match(told('EADDRNOTAVAIL'), /BIND_HOST/);
  assert.equal(oneLineFor(new TypeError('a defect')), undefined);
});
