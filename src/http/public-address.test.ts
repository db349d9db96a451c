import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { startTestApi } from '#identity/testing.ts';
import { AppError } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import {
  findReachTrouble,
  PublicAddressWatch,
  type ReachQuestions,
  reachQuestions,
} from './public-address.ts';
import { reachRoutes } from './reach-routes.ts';

const KEY = new Secret('k'.repeat(43));
const env = systemEnv(SILENT_LOG);

/** Names that lead somewhere, and a server that answers there, or says why not. */
function world(addresses: readonly string[], reason?: string): ReachQuestions & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: async () => addresses,
    ask: async (url) => {
      asked.push(url);
      return reason;
    },
  };
}

test('loopback in any dress is local, and nobody is asked', async () => {
  for (const url of [
    'http://127.0.0.1:8080',
    'https://127.9.9.9',
    'http://[::1]:8080',
    'http://0.0.0.0:8080',
    'http://[::ffff:127.0.0.1]',
    'http://2130706433',
    'http://localhost:8080',
    'https://inventiv.localhost',
  ]) {
    const asks = world(['8.8.8.8']);
    assert.equal((await findReachTrouble(url, asks))?.code, 'control_url.local', url);
    assert.deepEqual(asks.asked, [], url);
  }
  const named = await findReachTrouble('https://me.example', world(['8.8.8.8', '127.0.0.1']));
  assert.equal(named?.code, 'control_url.local', 'one of its addresses is enough');
});

test('without encryption only private networks are spoken through', async () => {
  const codeOf = async (url: string, ...addresses: string[]) =>
    (await findReachTrouble(url, world(addresses)))?.code;
  assert.equal(await codeOf('http://me.example', '8.8.8.8'), 'control_url.unencrypted');
  assert.equal(await codeOf('http://8.8.8.8'), 'control_url.unencrypted');
  assert.equal(await codeOf('http://me.example', '10.0.0.4'), undefined);
  assert.equal(await codeOf('http://[fd00::1]:8080'), undefined);
  assert.equal(await codeOf('https://me.example', '8.8.8.8'), undefined);
});

test('a name without an address, and silence at one, are told with their reason', async () => {
  const nowhere = await findReachTrouble('https://me.example', {
    resolve: () => Promise.reject(new Error('ENOTFOUND')),
    ask: async () => undefined,
  });
  assert.deepEqual(nowhere, {
    code: 'control_url.unreachable',
    reason: 'its name cannot be resolved (ENOTFOUND)',
  });
  const silent = await findReachTrouble(
    'https://me.example',
    world(['8.8.8.8'], 'it answers with status 502'),
  );
  assert.deepEqual(silent, { code: 'control_url.unreachable', reason: 'it answers with status 502' });
  assert.equal((await findReachTrouble('https://me.example', world([])))?.code, 'control_url.unreachable');
});

test('only this installation answers for itself', async (t) => {
  const api = await startTestApi(t, { routes: () => reachRoutes(KEY) });
  const { ask } = reachQuestions(env, KEY);
  assert.equal(await ask(api.url), undefined);
  const foreign = await reachQuestions(env, new Secret('x'.repeat(43))).ask(api.url);
  assert.match(foreign ?? '', /another installation/);
  assert.match((await ask(`${api.url}/elsewhere`)) ?? '', /status 404/);
  const mute = createServer((socket) =>
    socket.end('HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'),
  );
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const { port } = mute.address() as AddressInfo;
  assert.match((await ask(`http://127.0.0.1:${port}`)) ?? '', /status 302/, 'it is not led elsewhere');
  mute.close();
  assert.match((await ask('http://127.0.0.1:1')) ?? '', /does not answer/);
  for (const challenge of ['', 'x', 'a'.repeat(33), `${'a'.repeat(31)}%0a`]) {
    assert.equal((await api.send(`/api/v1/reach?challenge=${challenge}`)).status, 422, challenge);
  }
});

test('an order is refused until it was found, and again when it is lost', async (t) => {
  const asks = world(['8.8.8.8']);
  let reason: string | undefined = 'it answers with status 502';
  const pauses: (() => void)[] = [];
  const held = {
    ...env,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal?.addEventListener('abort', () => resolve());
        pauses.push(resolve);
      }),
  };
  const watch = new PublicAddressWatch(held, 'https://me.example', { ...asks, ask: async () => reason });
  t.after(() => watch.stop());
  const refusal = () => {
    try {
      watch.require();
      return undefined;
    } catch (error) {
      assert.ok(error instanceof AppError);
      return error.publicMessage;
    }
  };
  assert.match(refusal() ?? '', /was not looked at yet/);
  watch.start();
  const next = async () => {
    while (pauses.length === 0) await new Promise(setImmediate);
    return pauses.shift();
  };
  let goOn = await next();
  assert.match(
    refusal() ?? '',
    /does not find itself at PUBLIC_URL https:\/\/me\.example: it answers with status 502\.$/,
  );
  reason = undefined;
  goOn?.();
  goOn = await next();
  assert.equal(refusal(), undefined);
  reason = 'another server answers there, or another installation';
  goOn?.();
  await next();
  assert.match(refusal() ?? '', /another server/);
});
