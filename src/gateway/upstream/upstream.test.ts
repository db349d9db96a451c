import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type RawRequest, RawWorker } from '../testing/raw-worker.ts';
import { eventually as eventuallyWithin } from '../testing/test-gateway.ts';
import type { Upstream, UpstreamAnswer, UpstreamCall, UpstreamTarget } from '../upstream.ts';
import { UpstreamError } from '../upstream.ts';
import { fastUpstream } from './fast-upstream.ts';
import { undiciUpstream } from './undici-upstream.ts';

const env = systemEnv(SILENT_LOG);
const eventually = (find: () => unknown) => eventuallyWithin(() => Boolean(find()), 30_000);
const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const HELLO = `${OK}content-length: 5\r\n\r\nhello`;

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly isWhole: boolean;
}

function upstreamOf(t: TestContext, kind: 'fast' | 'undici' = 'fast', connectMs = 2_000): Upstream {
  const upstream = kind === 'fast' ? fastUpstream(env, { connectMs }) : undiciUpstream({ connectMs });
  t.after(() => upstream.close());
  return upstream;
}

async function workerOf(t: TestContext, onRequest: (request: RawRequest) => void): Promise<RawWorker> {
  const worker = await new RawWorker(onRequest).listen();
  t.after(() => worker.close());
  return worker;
}

function post(upstream: Upstream, target: UpstreamTarget, body = '{}', requestId = 'req_1'): UpstreamCall {
  return upstream.post(target, { path: '/v1/completions', requestId, headers: [], body: Buffer.from(body) });
}

function readAll(answer: UpstreamAnswer): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    const end = (isWhole: boolean) => resolve({ status: answer.status, text, isWhole });
    answer.read({
      onBytes: (bytes) => {
        text += bytes.toString('latin1');
      },
      onEnd: () => end(true),
      onBroken: () => end(false),
    });
  });
}

/** What comes of one request; `failed` when not even a head did. */
async function outcomeOf(call: UpstreamCall): Promise<Outcome | 'failed'> {
  const answer = await call.answer.catch((error: unknown) => {
    assert.ok(error instanceof UpstreamError, String(error));
    return undefined;
  });
  return answer ? readAll(answer) : 'failed';
}

const FORMS: Readonly<Record<string, { bytes: string; text: string; status?: number; closes?: boolean }>> = {
  'a length': { bytes: HELLO, text: 'hello' },
  'an empty body': { bytes: `${OK}content-length: 0\r\n\r\n`, text: '' },
  'no content': { bytes: 'HTTP/1.1 204 No Content\r\n\r\n', text: '', status: 204 },
  chunks: { bytes: `${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, text: 'hello' },
  'chunks with extensions and a trailer': {
    bytes: `${OK}Transfer-Encoding: Chunked\r\n\r\n0003;a=b\r\nhel\r\n02;x\r\nlo\r\n0;y="z"\r\nx-sum: 1\r\n\r\n`,
    text: 'hello',
  },
  'interim answers': {
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${HELLO}`,
    text: 'hello',
  },
  'the end of the connection': { bytes: `${OK}\r\nhello`, text: 'hello', closes: true },
  'HTTP/1.0': { bytes: 'HTTP/1.0 200 OK\r\n\r\nhello', text: 'hello', closes: true },
  'an error': { bytes: 'HTTP/1.1 503 \r\ncontent-length: 2\r\n\r\n{}', text: '{}', status: 503 },
};

for (const kind of ['fast', 'undici'] as const) {
  test(`${kind}: every form of answer is read, wherever it is cut`, async (t) => {
    const upstream = upstreamOf(t, kind);
    let pieces: string[] = [];
    let closes = false;
    const worker = await workerOf(t, ({ socket }) => {
      const write = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, 'latin1', () => setImmediate(write));
        else if (closes) socket.end();
      };
      write();
    });
    for (const [name, form] of Object.entries(FORMS)) {
      // undici takes an interim answer for an error.
      if (kind === 'undici' && name === 'interim answers') continue;
      // undici itself stumbles over a status line that comes in two pieces.
      const cuts = kind === 'fast' ? form.bytes.length : 1;
      for (let cut = 0; cut < cuts; cut++) {
        pieces = cut === 0 ? [form.bytes] : [form.bytes.slice(0, cut), form.bytes.slice(cut)];
        closes = form.closes ?? false;
        const outcome = await outcomeOf(post(upstream, worker.target));
        const wanted = { status: form.status ?? 200, text: form.text, isWhole: true };
        assert.deepEqual(outcome, wanted, `${name}, cut at ${cut}`);
      }
    }
  });
}

test('what could be read in two ways, or not at all, is an error and no answer', async (t) => {
  const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`;
  const garbage: Readonly<Record<string, string>> = {
    'no HTTP': 'hello\r\n\r\n',
    'another version': 'HTTP/2.0 200 OK\r\n\r\n',
    'a short status': 'HTTP/1.1 20 OK\r\n\r\n',
    'a switch of protocols': 'HTTP/1.1 101 Switching\r\n\r\n',
    'endless interim answers': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20),
    'an endless head': `${OK}x: ${'a'.repeat(70_000)}`,
    'lines without CR': 'HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n',
    'a folded header': `${OK}x: a\r\n b\r\ncontent-length: 0\r\n\r\n`,
    'a space before the colon': `${OK}content-length : 0\r\n\r\n`,
    'a header without a name': `${OK}: a\r\n\r\n`,
    'a control in a header': `${OK}x: a\u0000b\r\n\r\n`,
    'a bare CR in a header': `${OK}x: a\rb: c\r\ncontent-length: 0\r\n\r\n`,
    'two lengths': `${OK}content-length: 5\r\ncontent-length: 5\r\n\r\nhello`,
    'a list of lengths': `${OK}content-length: 5, 5\r\n\r\nhello`,
    'a negative length': `${OK}content-length: -5\r\n\r\nhello`,
    'a hexadecimal length': `${OK}content-length: 0x5\r\n\r\nhello`,
    'a length and chunks': `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'another encoding': `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'chunks in HTTP/1.0': 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'two content types': `${OK}content-type: a/b\r\ncontent-length: 0\r\n\r\n`,
    'a body where none may be': 'HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello',
    'a chunk without size': `${chunked}\r\nhello\r\n0\r\n\r\n`,
    'a chunk of odd size': `${chunked}5x\r\nhello\r\n0\r\n\r\n`,
    'a chunk of minus size': `${chunked}-5\r\nhello\r\n0\r\n\r\n`,
    'a chunk that is too large': `${chunked}fffffffff\r\nhello`,
    'a chunk longer than its size': `${chunked}4\r\nhello\r\n0\r\n\r\n`,
    'a chunk size without CR': `${chunked}5\nhello\r\n0\r\n\r\n`,
    'a control in an extension': `${chunked}5;a\u0001\r\nhello\r\n0\r\n\r\n`,
    'an endless extension': `${chunked}5;${'a'.repeat(5_000)}`,
    'a trailer that is no header': `${chunked}0\r\nhello\r\n\r\n`,
    'an endless trailer': `${chunked}0\r\n${'x: y\r\n'.repeat(5_000)}`,
    'half an answer': `${OK}content-length: 9\r\n\r\nhello`,
    'half a chunk': `${chunked}9\r\nhello`,
    'no last chunk': `${chunked}5\r\nhello\r\n`,
    'half a head': 'HTTP/1.1 200',
    nothing: '',
  };
  const upstream = upstreamOf(t);
  let answer = '';
  const worker = await workerOf(t, ({ socket }) => void socket.end(answer, 'latin1'));
  for (const [name, bytes] of Object.entries(garbage)) {
    answer = bytes;
    const outcome = await outcomeOf(post(upstream, worker.target));
    assert.ok(outcome === 'failed' || !outcome.isWhole, `${name}: ${JSON.stringify(outcome)}`);
  }
  answer = HELLO;
  assert.deepEqual(await outcomeOf(post(upstream, worker.target)), {
    status: 200,
    text: 'hello',
    isWhole: true,
  });
});

test('a connection is used again, unless the worker will close it or said too much', async (t) => {
  const upstream = upstreamOf(t);
  let bytes = HELLO;
  const worker = await workerOf(t, ({ socket }) => void socket.write(bytes));
  const ask = async () => {
    const outcome = await outcomeOf(post(upstream, worker.target));
    assert.deepEqual(outcome, { status: 200, text: 'hello', isWhole: true });
  };
  await ask();
  await ask();
  assert.equal(worker.connections, 1);
  // A second answer in advance must not become the answer to the next request.
  bytes = `${HELLO}${OK}content-length: 5\r\n\r\nother`;
  await ask();
  assert.equal(worker.connections, 1);
  bytes = `${OK}connection: keep-alive, close\r\ncontent-length: 5\r\n\r\nhello`;
  await ask();
  assert.equal(worker.connections, 2);
  bytes = `${OK}keep-alive: timeout=1\r\ncontent-length: 5\r\n\r\nhello`;
  await ask();
  assert.equal(worker.connections, 3);
  bytes = HELLO;
  await ask();
  assert.equal(worker.connections, 4);
  // What comes while nothing was asked ends the connection.
  for (const socket of worker.sockets) socket.write('HTTP/1.1 200 OK\r\n');
  await eventually(() => worker.sockets.size === 0);
  await ask();
  assert.equal(worker.connections, 5);
});

test('a request that crossed the end of a kept connection is sent again, once', async (t) => {
  const upstream = fastUpstream(env, { connectMs: 2_000 }, 60_000);
  t.after(() => upstream.close());
  const worker = await workerOf(t, ({ socket, turn }) => {
    if (turn === 1) socket.write(HELLO);
    else socket.destroy();
  });
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await outcomeOf(post(upstream, worker.target)), {
      status: 200,
      text: 'hello',
      isWhole: true,
    });
  }
  // Each second request of a connection is lost and comes again on a new one.
  assert.equal(worker.connections, 3);
  assert.equal(worker.requests.length, 5);
});

test('a request that may have been read is not sent again', async (t) => {
  const upstream = upstreamOf(t);
  const ends: Readonly<Record<string, (request: RawRequest) => void>> = {
    'a new connection': ({ socket }) => socket.destroy(),
    'after a byte': ({ socket, turn }) => {
      if (turn === 1) socket.write(HELLO);
      else socket.end('H');
    },
    'after a while': ({ socket, turn }) => {
      if (turn === 1) socket.write(HELLO);
      else setTimeout(() => socket.destroy(), 1_000);
    },
  };
  for (const [name, onRequest] of Object.entries(ends)) {
    const worker = await workerOf(t, onRequest);
    if (name !== 'a new connection') await outcomeOf(post(upstream, worker.target));
    const before = worker.requests.length;
    assert.equal(await outcomeOf(post(upstream, worker.target)), 'failed', name);
    assert.equal(worker.requests.length, before + 1, name);
  }
});

test('only a worker that was never reached counts as unreachable', async (t) => {
  const upstream = upstreamOf(t);
  const gone = await new RawWorker(() => undefined).listen();
  const { target } = gone;
  await gone.close();
  await assert.rejects(
    post(upstream, target).answer,
    (error) => error instanceof UpstreamError && error.isUnreachable,
  );
  const reset = await workerOf(t, ({ socket }) => void socket.resetAndDestroy());
  await assert.rejects(
    post(upstream, reset.target).answer,
    (error) => error instanceof UpstreamError && !error.isUnreachable,
  );
  const late = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' });
  assert.equal(new UpstreamError(late).isUnreachable, false);
});

test('a worker that takes no connection is given up', async (t) => {
  // A stopped process with a short queue: the kernel answers for it until the queue is full.
  const child = spawn(process.execPath, [
    '-e',
    "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })",
  ]);
  t.after(() => child.kill('SIGKILL'));
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    port = Number(line);
    break;
  }
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.after(() => {
    for (const socket of fillers) socket.destroy();
  });
  await once(fillers[0] as (typeof fillers)[0], 'connect');
  const upstream = upstreamOf(t, 'fast', 300);
  const target = { origin: `http://127.0.0.1:${port}`, token: new Secret('token') };
  const calls = Array.from({ length: 4 }, () => post(upstream, target));
  const errors = await Promise.race(calls.map(({ answer }) => answer.catch((error: unknown) => error)));
  assert.ok(errors instanceof UpstreamError && errors.isUnreachable, String(errors));
  for (const call of calls) call.cancel();
  await Promise.allSettled(calls.map(({ answer }) => answer));
});

test('cancelling closes the connection at once, whatever it waits for', async (t) => {
  const upstream = upstreamOf(t);
  const worker = await workerOf(t, ({ socket, body }) => {
    if (body === '"head"') socket.write(`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhel`);
  });
  const early = post(upstream, worker.target);
  early.cancel();
  await assert.rejects(early.answer, UpstreamError);
  const waiting = post(upstream, worker.target);
  const refused = assert.rejects(waiting.answer, UpstreamError);
  await eventually(() => worker.requests.length === 1);
  waiting.cancel();
  await refused;
  const reading = post(upstream, worker.target, '"head"');
  const answer = await reading.answer;
  const outcome = readAll(answer);
  await eventually(() => worker.requests.length === 2);
  reading.cancel();
  assert.equal((await outcome).isWhole, false);
  await eventually(() => worker.sockets.size === 0);
  reading.cancel();
});

test('a reader that pauses holds the worker back and loses nothing', async (t) => {
  const upstream = upstreamOf(t);
  const chunk = `${'x'.repeat(65_534)}\r\n`;
  const chunks = 1_000;
  let written = 0;
  const worker = await workerOf(t, ({ socket }) => {
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    const write = () => {
      while (written < chunks) {
        written++;
        if (!socket.write(`${(65_536).toString(16)}\r\n${chunk}\r\n`)) break;
      }
      if (written < chunks) socket.once('drain', write);
      else socket.end('0\r\n\r\n');
    };
    write();
  });
  const answer = await post(upstream, worker.target).answer;
  let bytes = 0;
  let parts = 0;
  const ended = new Promise<boolean>((resolve) => {
    answer.read({
      onBytes(part) {
        bytes += part.length;
        if (++parts % 3 !== 0) return;
        answer.pause();
        if (parts > 9) setImmediate(() => answer.resume());
      },
      onEnd: () => resolve(true),
      onBroken: () => resolve(false),
    });
  });
  // Paused at the third part: the worker can write what fits into the system's buffers and no more.
  await eventually(() => parts === 3);
  let before = -1;
  await eventually(() => {
    const isStill = before === written;
    before = written;
    return isStill;
  });
  assert.ok(written < chunks / 2, `${written} of ${chunks} were taken`);
  assert.equal(parts, 3);
  answer.resume();
  await eventually(() => parts === 6);
  answer.resume();
  await eventually(() => parts === 9);
  answer.resume();
  assert.equal(await ended, true);
  assert.equal(bytes, chunks * 65_536);
});

test('an answer before the whole request ends the connection, not the answer', async (t) => {
  const upstream = upstreamOf(t);
  const worker = await workerOf(t, ({ socket }) => void socket.write(HELLO));
  const call = post(upstream, worker.target, 'x'.repeat(20_000_000));
  await eventually(() => worker.sockets.size === 1);
  for (const socket of worker.sockets) {
    socket.pause();
    socket.write(`HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}`);
  }
  assert.deepEqual(await outcomeOf(call), { status: 413, text: '{}', isWhole: true });
  for (const socket of worker.sockets) socket.resume();
  await eventually(() => worker.sockets.size === 0);
});

test('neither a path nor an id can add a header', (t) => {
  const upstream = upstreamOf(t);
  const target = { origin: 'http://127.0.0.1:1', token: new Secret('token') };
  assert.throws(() => post(upstream, target, '{}', 'req_1\r\nx-evil: 1'));
  assert.throws(() =>
    upstream.post(target, {
      path: '/v1 HTTP/1.1\r\nx: y',
      requestId: 'req_1',
      headers: [],
      body: Buffer.alloc(0),
    }),
  );
});
