import assert from 'node:assert/strict';
import { request } from 'node:http';
import http2 from 'node:http2';
import { type TestContext, test } from 'node:test';
import { createWebSocketStream, WebSocket } from 'ws';
import { TUNNEL_EPOCH_HEADER, TUNNEL_PATH, TUNNEL_PROTOCOL, TUNNEL_RUN_HEADER } from '#contracts/tunnel.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { mintToken, tokenIdOf } from '#kernel/token.ts';
import { answering } from '../testing/fake-agent.ts';
import { NatWorker } from '../testing/nat-worker.ts';
import { eventually, MODEL, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const env = systemEnv(SILENT_LOG);
const LIMIT_MS = 60_000;

/** A good worker, and one whose identity is the test's to play with. */
async function stage(
  t: TestContext,
  pingMs?: number,
): Promise<{ own: TestGateway; good: NatWorker; bad: NatWorker }> {
  const [good, bad] = [new NatWorker(answering(3)), new NatWorker(answering(3), 1)];
  const own = await startTestGateway(t, [good, bad], { tunnels: pingMs === undefined ? {} : { pingMs } });
  for (const worker of [good, bad]) t.after(() => worker.close());
  good.dial([{ id: own.tunnels.id, port: own.tunnels.port }], 1);
  await eventually(() => own.tunnels.workers === 1, LIMIT_MS);
  await own.reread();
  return { own, good, bad };
}

function ask(own: TestGateway, stream = false): Promise<Response> {
  return fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}` },
    body: JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content: 'hi' }], stream }),
  });
}

function headersOf(worker: NatWorker, more: Record<string, string> = {}): Record<string, string> {
  return {
    authorization: `Bearer ${worker.workerToken}`,
    [TUNNEL_EPOCH_HEADER]: String(worker.tunnel.epoch),
    [TUNNEL_RUN_HEADER]: 'ab'.repeat(12),
    ...more,
  };
}

const addressOf = (own: TestGateway, path = TUNNEL_PATH) => `ws://127.0.0.1:${own.tunnels.port}${path}`;

/** The status with which it was refused; 101 when it was not. */
function dial(own: TestGateway, headers: Record<string, string>, path = TUNNEL_PATH): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(addressOf(own, path), [TUNNEL_PROTOCOL], { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

function openSocket(own: TestGateway, worker: NatWorker): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(addressOf(own), [TUNNEL_PROTOCOL], {
      headers: headersOf(worker),
      perMessageDeflate: false,
    });
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

test('nobody is let in with anything but the token and the epoch of a worker that may', async (t) => {
  const { own, good, bad } = await stage(t);
  const forged = mintToken(env.random, 'wkr', tokenIdOf(bad.tunnel.instanceId)).reveal();
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const wrong: [string, Record<string, string>, number][] = [
    ['no token', { authorization: '' }, 401],
    ['garbage', bearer('x'.repeat(200)), 401],
    ['a key of a client', bearer(own.key), 401],
    ['a token of its own making', bearer(forged), 401],
    ['the data token', bearer(bad.token ?? ''), 401],
    ['another scheme', { authorization: `Basic ${bad.workerToken}` }, 401],
    ['a newer epoch', { [TUNNEL_EPOCH_HEADER]: '2' }, 409],
    ['an older epoch', { [TUNNEL_EPOCH_HEADER]: '0' }, 409],
    ['no epoch', { [TUNNEL_EPOCH_HEADER]: 'one' }, 400],
    ['no run', { [TUNNEL_RUN_HEADER]: '../..' }, 400],
  ];
  for (const [what, headers, status] of wrong) {
    assert.equal(await dial(own, headersOf(bad, headers)), status, what);
  }
  assert.equal(await dial(own, headersOf(bad), '/internal/worker/other'), 404);
  assert.equal(await dial(own, headersOf(bad), `${TUNNEL_PATH}/../tunnel?x`), 404);
  const tooLong = await dial(own, headersOf(bad, { 'x-long': 'x'.repeat(9_000) })).catch(() => 431);
  assert.equal(tooLong, 431);
  const status = await new Promise((resolve, reject) => {
    request({ port: own.tunnels.port, host: '127.0.0.1', path: '/metrics' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
  assert.equal(status, 404, 'nothing else is served there');
  assert.equal(own.tunnels.links, 1);
  assert.equal((await ask(own)).status, 200);
  assert.equal(good.received.length, 1);
});

test('frames that make no sense end their own tunnel and nothing else', async (t) => {
  const { own, bad } = await stage(t);
  const settings = Buffer.from('000000040000000000', 'hex');
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const attacks: Record<string, (socket: WebSocket) => void> = {
    'random bytes': (socket) => socket.send(Buffer.from(env.random.bytes(2_000))),
    'text instead of bytes': (socket) => socket.send('GET / HTTP/1.1\r\n\r\n'),
    'settings, then random bytes': (socket) => {
      socket.send(settings);
      socket.send(Buffer.from(env.random.bytes(2_000)));
    },
    'a push': (socket) => {
      socket.send(settings);
      socket.send(frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x82, 0x86, 0x84])));
    },
    'an answer to a stream that nobody opened': (socket) => {
      socket.send(settings);
      socket.send(frame(1, 4, 1, Buffer.from([0x88])));
      socket.send(frame(0, 0, 1, Buffer.from('x')));
    },
    'a request of its own': (socket) => {
      socket.send(settings);
      socket.send(frame(1, 5, 2, Buffer.from([0x82, 0x86, 0x84])));
    },
    'a frame that is too long': (socket) => {
      socket.send(settings);
      socket.send(frame(0, 0, 1, Buffer.alloc(100_000)));
    },
    'a message that is too long': (socket) => socket.send(Buffer.alloc(5_000_000)),
    'a flood of pings': (socket) => {
      socket.send(settings);
      for (let i = 0; i < 20_000; i++) socket.send(frame(6, 0, 0, Buffer.alloc(8)));
      socket.close();
    },
    'a header that never ends': (socket) => {
      socket.send(settings);
      for (let i = 0; i < 2_000; i++) socket.send(frame(9, 0, 1, Buffer.alloc(1_000)));
    },
    silence: (socket) => void setTimeout(() => socket.terminate(), 50),
  };
  for (const [what, attack] of Object.entries(attacks)) {
    const socket = await openSocket(own, bad);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    attack(socket);
    await closed;
    await eventually(() => own.tunnels.links === 1, LIMIT_MS).catch(() => assert.fail(what));
    assert.equal((await ask(own)).status, 200, what);
  }
});

/** A worker that speaks HTTP/2 and does with each stream what the test says. */
async function playWorker(
  own: TestGateway,
  worker: NatWorker,
  onStream: (stream: http2.ServerHttp2Stream) => void,
): Promise<void> {
  const socket = await new Promise<WebSocket>((resolve, reject) => {
    const made = new WebSocket(addressOf(own), [TUNNEL_PROTOCOL], {
      headers: headersOf(worker),
      perMessageDeflate: false,
    });
    // Before it is open, so that nothing that the gateway sends first is lost.
    const session = http2.performServerHandshake(createWebSocketStream(made));
    session.on('stream', onStream);
    session.on('error', () => undefined);
    made.on('open', () => resolve(made));
    made.on('error', reject);
  });
  socket.on('error', () => undefined);
}

test('a worker that takes no streams, or answers nonsense, is passed over', async (t) => {
  for (const onStream of [
    () => undefined,
    (stream: http2.ServerHttp2Stream) => stream.respond({ ':status': 403 }, { endStream: true }),
    (stream: http2.ServerHttp2Stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
    (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      stream.end('SSH-2.0-OpenSSH_9.6\r\n');
    },
    (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      stream.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"cut":');
    },
  ]) {
    const { own, good, bad } = await stage(t);
    let streams = 0;
    await playWorker(own, bad, (stream) => {
      streams += 1;
      stream.on('error', () => undefined);
      onStream(stream);
    });
    await eventually(() => own.tunnels.workers === 2, LIMIT_MS);
    await own.reread();
    const statuses: string[] = [];
    // Some failures in a row are needed to tell a bad worker from a bad request.
    for (let i = 0; i < 14; i++) {
      const answer = await ask(own);
      const text = await answer.text();
      statuses.push(`${answer.status} ${text}`);
      if (answer.status === 200) assert.match(text, /whole/);
      else assert.match(text, /"error"/);
    }
    assert.ok(streams > 0, 'it was tried');
    assert.ok(statuses.filter((status) => status.startsWith('200')).length >= 3, String(statuses));
    assert.ok(good.received.length >= 3);
  }
});

test('a worker cannot pile up sockets', async (t) => {
  const { own, bad } = await stage(t);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(own, bad)));
  for (const socket of sockets) socket.on('error', () => undefined);
  await eventually(() => own.tunnels.links <= 9, LIMIT_MS);
  for (const socket of sockets) socket.terminate();
  await eventually(() => own.tunnels.links === 1, LIMIT_MS);
});
