import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { RawClient } from './engine-fixture.ts';
import { readTokenLog } from './token-log.ts';

const BIN = join(import.meta.dirname, '../../../bin/engine.ts');

interface EngineEventLine {
  readonly event: string;
  readonly port?: number;
  readonly bytes?: number;
  readonly total?: number;
  readonly message?: string;
}

interface EngineProcess {
  readonly child: ChildProcess;
  readonly lines: EngineEventLine[];
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  until(event: string): Promise<EngineEventLine>;
}

function spawnEngine(t: TestContext, args: string[]): EngineProcess {
  const child = spawn(process.execPath, [BIN, '--model', 'acme/tiny', '--port', '0', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines: EngineEventLine[] = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as EngineEventLine);
    wake();
  });
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal });
      wake();
    });
  });
  return {
    child,
    lines,
    exit,
    async until(event) {
      for (;;) {
        const line = lines.find((each) => each.event === event);
        if (line) return line;
        assert.ok(child.exitCode === null && child.signalCode === null, `ended without ${event}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'engine-process-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function assertPortIsFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}

test('an engine without delays says pull, http, loading, ready, and frees its port on SIGTERM', async (t) => {
  const engine = spawnEngine(t, ['--preset', 'instant', '--weights-bytes', '1000']);
  await engine.until('ready');
  const port = (await engine.until('http')).port ?? 0;
  assert.deepEqual(
    engine.lines.map(({ event, bytes, total }) => [event, bytes, total]),
    [
      ['pull', 1000, 1000],
      ['http', undefined, undefined],
      ['loading', 1000, 1000],
      ['ready', undefined, undefined],
    ],
  );
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  engine.child.kill('SIGTERM');
  assert.deepEqual(await engine.exit, { code: 0, signal: null });
  assert.equal(engine.lines.at(-1)?.event, 'stopped');
  await assertPortIsFree(port);
});

test('while it loads, the server answers 503 and the bytes only grow', async (t) => {
  const engine = spawnEngine(t, ['--pull-ms', '150', '--load-ms', '400', '--weights-bytes', '1000000']);
  const port = (await engine.until('http')).port ?? 0;
  for (const path of ['/health', '/v1/models']) {
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 503, path);
  }
  await engine.until('ready');
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/models`)).status, 200);
  for (const event of ['pull', 'loading']) {
    const bytes = engine.lines.filter((line) => line.event === event).map((line) => line.bytes ?? 0);
    assert.ok(bytes.length >= 2, event);
    assert.deepEqual(
      bytes,
      bytes.toSorted((a, b) => a - b),
    );
    assert.equal(bytes.at(-1), 1_000_000);
  }
  engine.child.kill('SIGTERM');
  await engine.exit;
});

test('an engine dies with its parent when it was told to, and not otherwise', async (t) => {
  const bound = spawnEngine(t, ['--preset', 'instant', '--die-with-parent']);
  const free = spawnEngine(t, ['--preset', 'instant']);
  await Promise.all([bound.until('ready'), free.until('ready')]);
  bound.child.stdin?.end();
  free.child.stdin?.end();
  assert.deepEqual(await bound.exit, { code: 0, signal: null });
  const port = (await free.until('http')).port ?? 0;
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
});

test('after kill -9 in mid-stream the log has the open request with at least what was read', async (t) => {
  const path = join(temporaryFolder(t), 'tokens.jsonl');
  const args = ['--preset', '8b', '--time-scale', '4', '--token-log', path];
  const engine = spawnEngine(t, args);
  await engine.until('ready');
  const port = (await engine.until('http')).port ?? 0;
  const client = new RawClient(port);
  const options = { include_usage: true, continuous_usage_stats: true };
  const ask = {
    prompt: [1, 2, 3],
    max_tokens: 9000,
    ignore_eos: true,
    stream: true,
    stream_options: options,
  };
  client.post('/v1/completions', ask, 'killed');
  await client.until(() => client.events().length >= 5);
  engine.child.kill('SIGKILL');
  await client.untilOver();
  const [tally] = readTokenLog(readFileSync(path, 'utf8'));
  const read = client.lastUsage()?.completion_tokens ?? 0;
  assert.deepEqual([tally?.requestId, tally?.promptTokens, tally?.outcome], ['killed', 3, 'open']);
  assert.ok(
    read >= 5 && (tally?.completionTokens ?? 0) - read >= 0 && (tally?.completionTokens ?? 0) - read <= 1,
  );
  const next = spawnEngine(t, args);
  await next.until('ready');
  const answer = await fetch(`http://127.0.0.1:${(await next.until('http')).port}/v1/completions`, {
    method: 'POST',
    headers: { 'x-request-id': 'after' },
    body: JSON.stringify({ prompt: 'x', max_tokens: 2, ignore_eos: true }),
  });
  await answer.arrayBuffer();
  assert.deepEqual(
    readTokenLog(readFileSync(path, 'utf8')).map(({ requestId, outcome }) => [requestId, outcome]),
    [
      ['after', 'done'],
      ['killed', 'open'],
    ],
  );
});

test('an injected crash ends the process as a signal would, after the chunks before it', async (t) => {
  const engine = spawnEngine(t, ['--preset', 'instant', '--fault', 'crash:3']);
  await engine.until('ready');
  const client = new RawClient((await engine.until('http')).port ?? 0);
  client.post('/v1/completions', { prompt: 'x', max_tokens: 9, ignore_eos: true, stream: true });
  assert.deepEqual(await engine.exit, { code: null, signal: 'SIGKILL' });
  await client.untilOver();
  assert.equal(client.chunks().length, 3);
});

test('a failing start, a busy port, a bad argument and an unwritable log each end with one clear line', async (t) => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  t.after(() => busy.close());
  const address = busy.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const cases: [string[], number, RegExp][] = [
    [['--fail-at', 'pull'], 1, /could not be fetched/],
    [['--fail-at', 'load'], 1, /out of memory/],
    [['--port', String(port)], 1, /EADDRINUSE/],
    [['--token-log', '/nonexistent/tokens'], 1, /ENOENT/],
    [['--time-scale', '0'], 2, /--time-scale must be/],
    [['--preset', '9b'], 2, /--preset must be one of/],
    [['--no-such-flag'], 2, /no-such-flag/],
  ];
  await Promise.all(
    cases.map(async ([args, code, pattern]) => {
      const engine = spawnEngine(t, args);
      let stderr = '';
      engine.child.stderr?.on('data', (bytes: Buffer) => {
        stderr += bytes.toString();
      });
      assert.equal((await engine.exit).code, code, args.join(' '));
      assert.match(stderr, pattern);
      assert.equal(stderr.trim().split('\n').length, 1);
    }),
  );
});

test('vLLM’s own flags are accepted, and the GPU file is there at once', async (t) => {
  const path = join(temporaryFolder(t), 'gpu.csv');
  writeFileSync(path, 'old');
  const engine = spawnEngine(t, [
    ...['--served-model-name', 'tiny', '--max-model-len', '2048', '--tensor-parallel-size', '2'],
    ...[
      '--gpu-memory-utilization',
      '0.9',
      '--no-enable-prefix-caching',
      '--dtype',
      'auto',
      '--preset',
      'instant',
    ],
    ...[
      '--gpu-file',
      path,
      '--gpu-count',
      '2',
      '--gpu-name',
      'Card X',
      '--gpu-compute-cap',
      '8.7',
      '--gpu-memory-mib',
      '23034',
    ],
  ]);
  await engine.until('ready');
  assert.equal(
    readFileSync(path, 'utf8'),
    '0, Card X, 8.7, 23034, 4, 0, 31, 35.00\n1, Card X, 8.7, 23034, 4, 0, 31, 35.00\n',
  );
});
