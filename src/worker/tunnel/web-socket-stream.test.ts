import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { TUNNEL_GATEWAY_HEADER, TUNNEL_PATH, TUNNEL_PROTOCOL } from '#contracts/tunnel.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { dialGateway } from './dial-gateway.ts';
import { WebSocketStream } from './web-socket-stream.ts';

const { random } = systemEnv(SILENT_LOG);
const LIMIT_MS = 60_000;

const orderFor = (port: number) => ({
  url: `ws://127.0.0.1:${port}`,
  token: 'inv_wkr_test',
  epoch: 3,
  run: 'ab'.repeat(8),
  limitMs: LIMIT_MS,
  signal: new AbortController().signal,
});

/** Sends back what it gets, in messages of its own making. */
async function echoServer(t: TestContext): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: TUNNEL_PATH });
  server.on('headers', (headers) => headers.push(`${TUNNEL_GATEWAY_HEADER}: echo`));
  server.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      socket.ping('are you there');
      const half = bytes.length >> 1;
      socket.send(bytes.subarray(0, half), { fin: false, binary: true });
      socket.send(bytes.subarray(half), { fin: true, binary: true });
    });
  });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function readBytes(stream: Duplex, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const take = (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size < length) return;
      stream.off('data', take);
      resolve(Buffer.concat(parts));
    };
    stream.on('data', take);
    stream.once('close', () => reject(new Error('closed early')));
  });
}

test('bytes come back as they were sent, in messages of every size', async (t) => {
  const outcome = await dialGateway(orderFor(await echoServer(t)), random);
  assert.ok(outcome.kind === 'open');
  assert.equal(outcome.gatewayId, 'echo');
  const { stream } = outcome;
  t.after(() => stream.destroy());
  for (const size of [1, 2, 125, 126, 127, 65_535, 65_536, 262_144, 262_145, 1_000_000]) {
    const sent = Buffer.from(random.bytes(size));
    const back = readBytes(stream, size);
    stream.write(sent);
    assert.ok(sent.equals(await back), String(size));
  }
});

/** What the server sends, cut wherever the network likes to. */
function fed(pieces: readonly Buffer[]): { stream: WebSocketStream; feed: () => Promise<void> } {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const stream = new WebSocketStream(socket, Buffer.alloc(0), random);
  stream.on('error', () => undefined);
  return {
    stream,
    async feed() {
      for (const piece of pieces) {
        socket.push(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

function message(payload: Buffer, kind = 2, bits = 0x80): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([bits | kind, payload.length])
      : payload.length <= 0xffff
        ? Buffer.from([bits | kind, 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.from([bits | kind, 127, 0, 0, 0, 0, ...uint32(payload.length)]);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

test('however messages are cut on the way, their payload is read as one stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 }),
      async (payloads, cuts) => {
        const whole = Buffer.concat(payloads.map((payload) => message(Buffer.from(payload))));
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          pieces.push(whole.subarray(at, at + size));
          at += size;
        }
        const { stream, feed } = fed(pieces);
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        await feed();
        assert.ok(Buffer.concat(parts).equals(Buffer.concat(payloads)));
        stream.destroy();
      },
    ),
    { numRuns: 40 },
  );
});

test('what a server may not send ends the connection, and bytes after it are read by nobody', async () => {
  const wrong: Record<string, Buffer> = {
    'a masked message': Buffer.from([0x82, 0x81, 1, 2, 3, 4, 5]),
    'reserved bits': message(Buffer.from('x'), 2, 0xf0),
    text: message(Buffer.from('x'), 1),
    'an unknown kind': message(Buffer.from('x'), 3),
    'a long ping': message(Buffer.alloc(126), 9),
    'a ping in pieces': message(Buffer.from('x'), 9, 0),
    'a length beyond all numbers': Buffer.from([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    'a close': message(Buffer.from([3, 0xe8]), 8),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    const { stream, feed } = fed([bytes, message(Buffer.from('after'))]);
    let size = 0;
    stream.on('data', (part: Buffer) => {
      size += part.length;
    });
    const closed = once(stream, 'close').catch(() => undefined);
    await feed();
    await closed;
    assert.equal(size, 0, what);
    assert.ok(stream.destroyed, what);
  }
});

test('whoever does not prove to be a gateway is not spoken to', async (t) => {
  const answers = [
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
    `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: wrong\r\nsec-websocket-protocol: ${TUNNEL_PROTOCOL}\r\n${TUNNEL_GATEWAY_HEADER}: x\r\n\r\n`,
    'SSH-2.0-OpenSSH\r\n\r\n',
  ];
  let index = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answers[index] ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await dialGateway(orderFor(port), random), { kind: 'refused', status: 200 });
  for (index = 1; index < answers.length; index++) {
    await assert.rejects(dialGateway(orderFor(port), random), /./, answers[index]);
  }
  await assert.rejects(dialGateway({ ...orderFor(port), url: 'ws://203.0.113.1:8030' }, random), /wss/);
  await assert.rejects(dialGateway({ ...orderFor(port), url: 'http://127.0.0.1:8030' }, random), /wss/);
  await assert.rejects(dialGateway({ ...orderFor(port), url: 'ws://127.0.0.1:1/x' }, random), /wss/);
});
