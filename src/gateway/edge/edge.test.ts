import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ClientLeftError, type Edge, type Exchange } from '../edge.ts';
import { eventually as eventuallyWithin } from '../testing/test-gateway.ts';
import type { EdgeFigures, EdgeKind } from './edge-options.ts';
import { startEdge } from './start-edge.ts';

const env = systemEnv(SILENT_LOG);
const eventually = (find: () => unknown) => eventuallyWithin(() => Boolean(find()), 30_000);
const KINDS: readonly EdgeKind[] = ['fast', 'node'];
/** Longer than anything takes that happens at once. */
const IDLE_MS = 200;

const FIGURES: EdgeFigures = {
  headMs: 30_000,
  bodyMs: 30_000,
  keepAliveMs: 60_000,
  connectionsMax: 1_000,
  inactivityMs: 60_000,
};

interface Client {
  readonly socket: Socket;
  readonly text: () => string;
  readonly isClosed: () => boolean;
}

/** An edge whose exchanges a test answers itself. */
async function edgeOf(
  t: TestContext,
  kind: EdgeKind,
  handle: (exchange: Exchange) => void,
  figures: Partial<EdgeFigures> = {},
): Promise<Edge> {
  const options = {
    place: { host: '127.0.0.1', port: 0 },
    kind,
    figures: { ...FIGURES, ...figures },
    isPlain: (_method: string, target: string) => target !== '/odd',
    newRequestId: () => 'req_1',
  };
  const edge = await startEdge(env, options, handle);
  t.after(() => edge.close());
  return edge;
}

async function clientOf(t: TestContext, { port }: Edge): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  let text = '';
  let isClosed = false;
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  socket.on('end', () => {
    isClosed = true;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, text: () => text, isClosed: () => isClosed };
}

function sayBack(exchange: Exchange): void {
  exchange.readBody(1_000_000).then(
    (body) => answer(exchange, `${exchange.request.target} ${body.toString('latin1')};`),
    () => answer(exchange, 'refused;', 413),
  );
}

function answer(exchange: Exchange, text: string, status = 200): void {
  const bytes = Buffer.from(text);
  exchange.start(status, { 'content-length': String(bytes.length) });
  exchange.end(bytes);
}

function post(target: string, body: string): string {
  return `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const GET = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

for (const kind of KINDS) {
  test(`${kind}: requests sent ahead are answered one after the other, in order`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const client = await clientOf(t, edge);
    client.socket.write(post('/a', '12') + GET('/b') + post('/odd', '34') + GET('/d'));
    for (const [i, target] of ['/a', '/b', '/odd', '/d'].entries()) {
      await eventually(() => exchanges.length === i + 1);
      const exchange = exchanges[i] as Exchange;
      assert.equal(exchange.request.target, target);
      sayBack(exchange);
      await eventually(() => client.text().includes(`${target} `));
    }
    assert.deepEqual(client.text().match(/\/\w+ \w*;/g), ['/a 12;', '/b ;', '/odd 34;', '/d ;']);
  });

  test(`${kind}: a body is read however it is cut, and only as far as it is wanted`, async (t) => {
    const edge = await edgeOf(t, kind, sayBack);
    const client = await clientOf(t, edge);
    const request = post('/a', 'x'.repeat(50));
    for (let cut = request.length - 50; cut < request.length; cut += 7) {
      client.socket.write(request.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      const before = client.text().length;
      client.socket.write(request.slice(cut));
      await eventually(() => client.text().length > before && client.text().endsWith(';'));
    }
    // One that is too long is refused at once, read to its end and forgotten.
    client.socket.write(post('/b', 'y'.repeat(3_000_000)) + GET('/c'));
    await eventually(() => client.text().endsWith('/c ;'));
    assert.match(client.text(), /413 [^;]*refused;/s);
  });

  test(`${kind}: a client that leaves is noticed while it waits`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const ends: ((socket: Socket) => void)[] = [
      (socket) => socket.destroy(),
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end(),
    ];
    for (const [i, end] of ends.entries()) {
      const client = await clientOf(t, edge);
      client.socket.write(post('/a', '12'));
      await eventually(() => exchanges.length === i + 1);
      let left = 0;
      (exchanges[i] as Exchange).onClientLeft(() => left++);
      end(client.socket);
      await eventually(() => left === 1);
      assert.equal((exchanges[i] as Exchange).hasClientLeft, true);
    }
    // And while it sends its body.
    const client = await clientOf(t, edge);
    client.socket.write(post('/a', '12').slice(0, -1));
    await eventually(() => exchanges.length === 4);
    const body = (exchanges[3] as Exchange).readBody(100);
    client.socket.destroy();
    await assert.rejects(body, ClientLeftError);
  });

  test(`${kind}: a client that reads slowly is told of, and gets everything`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const client = await clientOf(t, edge);
    client.socket.pause();
    client.socket.write(GET('/a'));
    await eventually(() => exchanges.length === 1);
    const exchange = exchanges[0] as Exchange;
    exchange.start(200, {});
    const part = Buffer.alloc(50_000, 'z');
    let parts = 0;
    let drains = 0;
    const write = () => {
      while (parts < 300) {
        parts++;
        if (!exchange.write(part)) return;
      }
      exchange.end();
    };
    exchange.onDrain(() => {
      drains++;
      write();
    });
    write();
    await eventually(() => parts > 1);
    assert.ok(parts < 300);
    client.socket.resume();
    await eventually(() => client.text().endsWith('\r\n0\r\n\r\n'));
    assert.ok(drains > 1);
    assert.equal(client.text().replace(/[^z]/g, '').length, 15_000_000);
  });

  test(`${kind}: slow heads, slow bodies and idle connections are ended`, async (t) => {
    const figures = { headMs: 300, bodyMs: 300, keepAliveMs: 300 };
    const edge = await edgeOf(t, kind, sayBack, figures);
    const head = await clientOf(t, edge);
    head.socket.write('GET /a HTTP/1.1\r\nHos');
    const body = await clientOf(t, edge);
    body.socket.write(post('/a', '1234').slice(0, -1));
    const idle = await clientOf(t, edge);
    idle.socket.write(GET('/a'));
    const silent = await clientOf(t, edge);
    await eventually(() => [head, body, idle, silent].every((one) => one.isClosed()));
    assert.match(head.text(), /^HTTP\/1\.1 408 [\s\S]*connection: close\r\n\r\n\{"error":/i);
    assert.match(body.text(), /^HTTP\/1\.1 408 [\s\S]*connection: close\r\n\r\n\{"error":/i);
    assert.match(idle.text(), /^HTTP\/1\.1 200 [\s\S]*\/a ;$/);
  });

  test(`${kind}: at its end the present answer is finished and says that it is the last`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const idle = await clientOf(t, edge);
    const busy = await clientOf(t, edge);
    const used = await clientOf(t, edge);
    used.socket.write(GET('/a'));
    await eventually(() => exchanges.length === 1);
    sayBack(exchanges[0] as Exchange);
    busy.socket.write(post('/b', '12'));
    await eventually(() => exchanges.length === 2 && used.text().endsWith(';'));
    edge.stopAccepting();
    await eventually(() => used.isClosed());
    sayBack(exchanges[1] as Exchange);
    await eventually(() => busy.isClosed());
    assert.match(busy.text(), /connection: close\r\n[\s\S]*\/b 12;$/i);
    const late = connect(edge.port, '127.0.0.1');
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
    await edge.close();
    await eventually(() => idle.isClosed());
  });

  test(`${kind}: what an answer promised before a successor came is kept, and the next answer says that it ends`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const client = await clientOf(t, edge);
    const idle = await clientOf(t, edge);
    idle.socket.write(GET('/i'));
    await eventually(() => exchanges.length === 1);
    sayBack(exchanges[0] as Exchange);
    client.socket.write(GET('/a'));
    await eventually(() => exchanges.length === 2 && idle.text().endsWith(';'));
    exchanges[1]?.start(200, {});
    exchanges[1]?.write(Buffer.from('begun'));
    await eventually(() => client.text().includes('begun'));
    assert.doesNotMatch(client.text(), /connection: close/i);
    edge.drain();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    exchanges[1]?.end(Buffer.from('ended'));
    await eventually(() => client.text().includes('ended'));
    edge.closeIdle(IDLE_MS);
    await eventually(() => idle.isClosed());
    await eventually(() => edge.connections === 1);
    assert.equal(client.isClosed(), false, 'its client may be writing the next request');
    client.socket.write(GET('/b'));
    await eventually(() => exchanges.length === 3);
    sayBack(exchanges[2] as Exchange);
    await eventually(() => client.isClosed());
    assert.match(client.text(), /ended[\s\S]*connection: close\r\n[\s\S]*\/b ;$/i);
    await eventually(() => edge.connections === 0);
  });

  test(`${kind}: a client that asks for the end gets it`, async (t) => {
    const edge = await edgeOf(t, kind, sayBack);
    const client = await clientOf(t, edge);
    client.socket.write('GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await eventually(() => client.isClosed());
    assert.match(client.text(), /connection: close\r\n[\s\S]*\/a ;$/i);
  });

  test(`${kind}: connections above the limit are closed, and taken again later`, async (t) => {
    const figures = { ...FIGURES, connectionsMax: 2 };
    const edge = await edgeOf(t, kind, sayBack, figures);
    const first = await clientOf(t, edge);
    const second = await clientOf(t, edge);
    second.socket.write(GET('/a'));
    await eventually(() => second.text().endsWith(';'));
    const third = await clientOf(t, edge);
    await eventually(() => third.isClosed());
    assert.equal(third.text(), '');
    first.socket.destroy();
    for (let i = 0; ; i++) {
      const again = await clientOf(t, edge);
      again.socket.write(GET('/a'));
      await eventually(() => again.text().endsWith(';') || again.isClosed());
      if (again.text().endsWith(';')) break;
      assert.ok(i < 1_000, 'no connection is taken again');
    }
  });

  test(`${kind}: what is sent ahead without end is not read without end`, async (t) => {
    const exchanges: Exchange[] = [];
    const edge = await edgeOf(t, kind, (exchange) => exchanges.push(exchange));
    const client = await clientOf(t, edge);
    const many = post('/a', 'x'.repeat(1_000)).repeat(1_000);
    client.socket.write(post('/a', '12'));
    await eventually(() => exchanges.length === 1);
    for (let i = 0; i < 40; i++) client.socket.write(many);
    let before = -1;
    await eventually(() => {
      const isStill = before === client.socket.bytesWritten - client.socket.writableLength;
      before = client.socket.bytesWritten - client.socket.writableLength;
      return isStill || client.isClosed();
    });
    assert.ok(client.isClosed() || client.socket.writableLength > 0);
    assert.equal(exchanges.length, 1);
  });
}

test('an answer that breaks its length is cut, and no header can become two', async (t) => {
  const exchanges: Exchange[] = [];
  const edge = await edgeOf(t, 'fast', (exchange) => exchanges.push(exchange));
  const breaks: ((exchange: Exchange) => void)[] = [
    (exchange) => {
      exchange.start(200, { 'content-length': '3' });
      exchange.end(Buffer.from('1234'));
    },
    (exchange) => {
      exchange.start(200, { 'content-length': '3' });
      exchange.end(Buffer.from('12'));
    },
    (exchange) => {
      assert.throws(() => exchange.start(200, { a: 'b\r\nc: d' }));
      assert.throws(() => exchange.start(200, { 'a\r\nb': 'c' }));
      assert.throws(() => exchange.start(200, { a: 'b\nc' }));
      exchange.destroy();
    },
    (exchange) => exchange.end(),
  ];
  for (const [i, breakIt] of breaks.entries()) {
    const client = await clientOf(t, edge);
    client.socket.write(GET('/a') + GET('/b'));
    await eventually(() => exchanges.length === i + 1);
    breakIt(exchanges[i] as Exchange);
    await eventually(() => client.isClosed());
    assert.equal(exchanges.length, i + 1);
  }
});

test('a client that keeps its side open after the last answer is let go soon', async (t) => {
  const edge = await edgeOf(t, 'fast', sayBack);
  // Its own side stays open, and it would go on for ever.
  const client = await clientOf(t, edge);
  let isGone = false;
  client.socket.on('close', () => {
    isGone = true;
  });
  client.socket.write('GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await eventually(() => client.isClosed());
  assert.match(client.text(), /\/a ;$/);
  await eventually(() => {
    client.socket.write('more');
    return isGone;
  });
});
