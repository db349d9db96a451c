/** The word `make expose` over real processes: a program of somebody else's gives the address, and its end ends all. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { freePortOffset } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '..');

test('what is exposed goes by its address, and ends with its tunnel', {
  timeout: 180_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-expose-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const variables = { INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: String(await freePortOffset()) };
  const port = readConfig(variables).ports.api;
  const command =
    'echo "tunnel at https://inventiv-exposed.invalid for port {port}"; echo "pid $$"; exec sleep 600';
  const child = spawn(process.execPath, [join(ROOT, 'bin/inventiv.ts'), 'expose', command], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      ...variables,
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const until = async (what: RegExp) => {
    while (!what.test(said)) {
      assert.equal(child.exitCode, null, said);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  await until(/Dashboard +https:\/\/inventiv-exposed\.invalid\n/);
  assert.match(said, new RegExp(`for port ${port}`));

  const statusUnder = (host: string) =>
    new Promise<number | undefined>((done, fail) => {
      request(`http://127.0.0.1:${port}/api/v1/version`, { headers: { host } }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      })
        .on('error', fail)
        .end();
    });
  assert.equal(await statusUnder('inventiv-exposed.invalid'), 200);
  assert.equal(await statusUnder('another.invalid'), 403);
  process.kill(Number(/pid (\d+)/.exec(said)?.[1]));
  assert.notEqual(await ended, null, said);
  assert.match(said, /the tunnel ended \(SIGTERM\), so everything ends/);
});
