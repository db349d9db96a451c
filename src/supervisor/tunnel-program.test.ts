import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { StartError } from '#config/start-error.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { findPublicUrl, startTunnelProgram } from './tunnel-program.ts';

const env = systemEnv(SILENT_LOG);
const onLine = () => undefined;

/** Not so either when only its status is left to be collected. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('the address is told from links in what tunnels say', () => {
  const said: Readonly<Record<string, string | undefined>> = {
    '2026-11-21T20:00:00Z INF |  https://quiet-river.trycloudflare.com      |':
      'https://quiet-river.trycloudflare.com',
    't=2026 lvl=info msg="started tunnel" url=https://ab12.ngrok-free.app': 'https://ab12.ngrok-free.app',
    'ab12.lhr.life tunneled with tls termination, https://ab12.lhr.life': 'https://ab12.lhr.life',
    'see https://developers.example/docs and https://mine.example:8443/': 'https://mine.example:8443',
    'Thank you for trying it: https://www.example.com/website-terms/': undefined,
    'http://plain.example is not encrypted': undefined,
    'https://': undefined,
  };
  for (const [line, url] of Object.entries(said)) assert.equal(findPublicUrl(line), url, line);
});

test('it is given what to reach, is read for its address, and is ended with what it started', {
  timeout: 30_000,
}, async () => {
  const lines: string[] = [];
  const tunnel = await startTunnelProgram(env, {
    command: 'echo "for {port} {url}"; (sleep 600 & echo "child $!"; echo "https://a.example"; wait)',
    port: 4711,
    url: undefined,
    onLine: (line) => lines.push(line),
  });
  assert.equal(tunnel.url, 'https://a.example');
  const child = Number(lines.find((line) => line.startsWith('child '))?.slice('child '.length));
  assert.ok(lines.includes('for 4711 http://127.0.0.1:4711'), lines.join('\n'));
  await tunnel.stop();
  await tunnel.ended;
  // Without a parent it is collected by the system, in its own time.
  while (isRunning(child)) await env.sleep(20);
});

test('what ends before it says an address is told with its last words', async () => {
  const order = { command: 'echo "no such account" >&2; exit 3', port: 1, url: undefined, onLine };
  await assert.rejects(startTunnelProgram(env, order), (error) => {
    assert.ok(error instanceof StartError);
    return /status 3\): no such account/.test(error.message);
  });
});

test('a known address needs no word of it', async () => {
  const tunnel = await startTunnelProgram(env, {
    command: 'exec sleep 600',
    port: 1,
    url: 'https://me.example',
    onLine,
  });
  assert.equal(tunnel.url, 'https://me.example');
  await tunnel.stop();
  assert.match(await tunnel.ended, /SIGTERM/);
});
