import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ModelCache } from './model-cache.ts';
import { ModelProblem } from './model-problem.ts';

const env = systemEnv(SILENT_LOG);
const FILE = Buffer.alloc(300_000, 'gguf');
const SHA256 = createHash('sha256').update(FILE).digest('hex');
const signal = new AbortController().signal;
const quiet = (): void => undefined;

let dir: string;
let server: http.Server;
let base: string;
/** What the store of models does with a request; each test gives its own. */
let serve: (request: http.IncomingMessage, response: http.ServerResponse) => void;
let ranges: (string | undefined)[];

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'models-'));
  ranges = [];
  serve = whole;
  server = http.createServer((request, response) => {
    ranges.push(request.headers.range);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

function store(freeBytes = async () => 2 ** 40): ModelCache {
  return new ModelCache(env, { dir, allowsPrivate: true, freeBytes });
}

function whole(request: http.IncomingMessage, response: http.ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = FILE.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
  response.end(rest);
}

/** What was sent last may never be read where a connection breaks. */
async function untilWritten(bytes: number): Promise<void> {
  const part = path.join(dir, `${SHA256}.gguf.part`);
  while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < bytes) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const problem =
  (code: string, words = /./) =>
  (error: unknown) => {
    assert(error instanceof ModelProblem, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };

test('a file is fetched once, with its bytes told on the way', async () => {
  const told: [number, number | null][] = [];
  const source = { source: `${base}/m.gguf`, sha256: SHA256 };
  const file = await store().provide(source, (bytes, total) => told.push([bytes, total]), signal);
  assert.ok(readFileSync(file).equals(FILE));
  assert.deepEqual(told[0], [0, FILE.length]);
  assert.deepEqual(told.at(-1), [FILE.length, FILE.length]);
  assert.ok(told.every(([bytes], at) => bytes >= (told[at - 1]?.[0] ?? 0)));
  assert.equal(await store().provide(source, quiet, signal), file);
  assert.equal(ranges.length, 1);
});

test('a download that broke off goes on where it ended', async () => {
  serve = (request, response) => {
    if (ranges.length > 1) return whole(request, response);
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 100_000));
    void untilWritten(100_000).then(() => response.destroy());
  };
  const file = await store().provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal);
  assert.ok(readFileSync(file).equals(FILE));
  assert.deepEqual(ranges, [undefined, 'bytes=100000-']);
});

test('a store that cannot go on begins anew, and nothing is doubled', async () => {
  writeFileSync(path.join(dir, `${SHA256}.gguf.part`), FILE.subarray(0, 1_000));
  serve = (_request, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.end(FILE);
  };
  const file = await store().provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal);
  assert.ok(readFileSync(file).equals(FILE));
});

test('a whole part whose rename was cut off by a crash is taken as it is', async () => {
  writeFileSync(path.join(dir, `${SHA256}.gguf.part`), FILE);
  serve = (request, response) => {
    if (request.headers.range === undefined) return whole(request, response);
    response.writeHead(416).end();
  };
  const file = await store().provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal);
  assert.ok(readFileSync(file).equals(FILE));
});

test('another file than the one that was written down is thrown away', async () => {
  const other = createHash('sha256').update('other').digest('hex');
  await assert.rejects(
    store().provide({ source: `${base}/m`, sha256: other }, quiet, signal),
    problem('model_checksum', /correct the source or the checksum/),
  );
  assert.equal(existsSync(path.join(dir, `${other}.gguf.part`)), false);
  assert.equal(existsSync(path.join(dir, `${other}.gguf`)), false);
});

test('what the store says is told in words of our own', async () => {
  const ask = () => store().provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal);
  serve = (_request, response) => response.writeHead(404).end();
  await assert.rejects(ask(), problem('model_not_found', /no such file/));
  serve = (_request, response) => response.writeHead(403).end();
  await assert.rejects(ask(), problem('model_access_denied'));
  serve = (_request, response) => response.writeHead(302, { location: '/again' }).end();
  await assert.rejects(ask(), problem('model_source_refused', /redirects more than/));
  serve = (_request, response) => response.writeHead(302, { location: 'ftp://x.test/' }).end();
  await assert.rejects(ask(), problem('model_source_refused', /https/));
});

test('a full disk is an error that says how much is missing, after the oldest models made room', async () => {
  const old = ['a', 'b'].map((letter) => path.join(dir, `${letter.repeat(64)}.gguf`));
  for (const [at, file] of old.entries()) {
    writeFileSync(file, letterOf(at));
    utimesSync(file, 1_000 + at, 1_000 + at);
  }
  let free = 0;
  const freeing = store(async () => {
    free = old.filter((file) => !existsSync(file)).length * 2 ** 30;
    return free + 500_000;
  });
  await freeing.provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal);
  assert.deepEqual(
    old.map((file) => existsSync(file)),
    [false, true],
    'the one used longest ago goes, and it alone',
  );
  rmSync(path.join(dir, `${SHA256}.gguf`));
  const full = store(async () => 1_000);
  await assert.rejects(
    full.provide({ source: `${base}/m`, sha256: SHA256 }, quiet, signal),
    problem('model_disk_full', /300000 more bytes.*only 1000/),
  );
});

test('only one of two fetches; the other waits and finds the file', async () => {
  let open: (() => void) | undefined;
  serve = (request, response) => {
    open = () => whole(request, response);
  };
  const source = { source: `${base}/m`, sha256: SHA256 };
  const both = [store().provide(source, quiet, signal), store().provide(source, quiet, signal)];
  while (!open) await new Promise((resolve) => setTimeout(resolve, 5));
  open();
  const [one, other] = await Promise.all(both);
  assert.equal(one, other);
  assert.equal(ranges.length, 1);
});

test('who leaves while it is fetched ends the download, and keeps what is there', async () => {
  const leaving = new AbortController();
  serve = (_request, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 50_000));
  };
  const asked = store().provide(
    { source: `${base}/m`, sha256: SHA256 },
    (bytes) => bytes >= 50_000 && leaving.abort(),
    leaving.signal,
  );
  await assert.rejects(asked, (error) => !(error instanceof ModelProblem));
  assert.ok(readFileSync(path.join(dir, `${SHA256}.gguf.part`)).length >= 50_000);
});

test('a file of the machine is looked at and never changed', async () => {
  const file = path.join(dir, 'own.gguf');
  writeFileSync(file, FILE);
  assert.equal(await store().provide({ source: file, sha256: null }, quiet, signal), file);
  assert.equal(await store().provide({ source: file, sha256: SHA256 }, quiet, signal), file);
  const wrong = { source: file, sha256: '0'.repeat(64) };
  await assert.rejects(store().provide(wrong, quiet, signal), problem('model_checksum'));
  const absent = { source: path.join(dir, 'none'), sha256: null };
  await assert.rejects(store().provide(absent, quiet, signal), problem('model_not_found'));
  await assert.rejects(
    store().provide({ source: dir, sha256: null }, quiet, signal),
    problem('model_not_found'),
  );
});

test('without leave, only https addresses of public hosts are asked', async () => {
  const strict = new ModelCache(env, { dir, freeBytes: async () => 2 ** 40 });
  const sources = [
    `${base}/m`,
    'http://example.org/m',
    'https://127.0.0.1/m',
    'https://169.254.169.254/latest',
    'https://[::1]/m',
    'https://localhost/m',
  ];
  for (const source of sources) {
    await assert.rejects(
      strict.provide({ source, sha256: SHA256 }, quiet, signal),
      problem('model_source_refused'),
    );
  }
  const unchecked = { source: 'https://example.org/m', sha256: null };
  await assert.rejects(strict.provide(unchecked, quiet, signal), problem('model_source_refused', /SHA-256/));
  assert.equal(ranges.length, 0);
});

function letterOf(at: number): string {
  return 'x'.repeat(at + 1);
}
