import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelBatch } from '../commands/cancel-batch.ts';
import { deleteFile } from '../commands/delete-file.ts';
import { getFile, listFiles } from '../queries.ts';
import {
  answerOf,
  type BatchBench,
  Crash,
  echo,
  lineOf,
  linesOf,
  refusal,
  startBatchBench,
} from '../testing/batch-bench.ts';

interface OutputLine {
  readonly id: string;
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: unknown;
  } | null;
  readonly error: { readonly code: string } | null;
}

async function linesIn(bench: BatchBench, fileId: string | null): Promise<OutputLine[]> {
  const text = await bench.text(fileId);
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as OutputLine);
}

const idsIn = async (bench: BatchBench, fileId: string | null) =>
  (await linesIn(bench, fileId)).map(({ custom_id: id }) => id);

test('every line is answered once, in the order of the input, with its body as it was written', async (t) => {
  const bench = await startBatchBench(t);
  // Longer than a chunk, so that a body stands in two of them.
  const long = 'ü'.repeat(70_000);
  const exact = lineOf('exact').replace('"model":"m"', '"model":"m","seed":12345678901234567890.10');
  const file = await bench.upload(
    `\ufeff${lineOf('a')}\r\n\n${lineOf('long', long)}\n${lineOf('c', long)}\n${exact}`,
  );
  const { id } = await bench.make(file, { metadata: { job: 'nightly' } });
  const done = await bench.finish(id);
  assert.deepEqual(
    [done.status, done.request_counts, done.error_file_id, done.errors, done.metadata],
    ['completed', { total: 4, completed: 4, failed: 0 }, null, null, { job: 'nightly' }],
  );
  assert.deepEqual(await idsIn(bench, done.output_file_id), ['a', 'long', 'c', 'exact']);
  const bodies = bench.sent.map(({ body }) => body.toString('utf8'));
  assert.ok(bodies.includes(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: long }] })));
  assert.ok(
    bodies.some((body) => body.includes('"seed":12345678901234567890.10')),
    'numbers stay as they were',
  );
  const [first] = await linesIn(bench, done.output_file_id);
  assert.equal(first?.response?.status_code, 200);
  assert.match(first?.response?.request_id ?? '', /^req_/);
  assert.equal((await getFile(bench.db, bench.orgId, done.output_file_id ?? '')).purpose, 'batch_output');
  assert.deepEqual(
    await bench.db.query('select * from batch_items'),
    [],
    'what is in the files is nowhere else',
  );
});

test('what is wrong with the input is told with its lines, and nothing is sent', async (t) => {
  const bench = await startBatchBench(t);
  const lines = [
    lineOf('a'),
    'not json',
    lineOf('a'),
    lineOf('b', 'x', { method: 'GET' }),
    lineOf('c', 'x', { url: '/v1/embeddings' }),
    lineOf('d', 'x', { body: { model: 'm', stream: true } }),
    lineOf('e', 'x', { body: {} }),
    lineOf('', 'x'),
  ];
  const { id } = await bench.make(await bench.upload(lines.join('\n')));
  const failed = await bench.finish(id);
  assert.equal(failed.status, 'failed');
  assert.deepEqual(
    failed.errors?.data.map(({ line, code, param }) => [line, code, param]),
    [
      [2, 'invalid_json_line', null],
      [3, 'duplicate_custom_id', 'custom_id'],
      [4, 'invalid_method', 'method'],
      [5, 'mismatched_endpoint', 'url'],
      [6, 'invalid_request', 'body.stream'],
      [7, 'missing_required_parameter', 'body.model'],
      [8, 'missing_required_parameter', 'custom_id'],
    ],
  );
  assert.equal(bench.sent.length, 0);

  const codeOf = async (text: string) => {
    const batch = await bench.make(await bench.upload(text));
    return (await bench.finish(batch.id)).errors?.data.map(({ code }) => code);
  };
  assert.deepEqual(await codeOf('\n \n'), ['empty_file']);
  assert.deepEqual(await codeOf(lineOf('a', 'x'.repeat(300_001))), ['line_too_long']);
  bench.figures = { ...bench.figures, linesMax: 2 };
  assert.deepEqual(await codeOf(linesOf(3)), ['too_many_requests']);
});

test('refusals for now are sent again as the same request, failed tries as another one', async (t) => {
  const bench = await startBatchBench(t);
  const seen = new Map<string, string[]>();
  bench.answer = (order) => {
    const prompt = JSON.parse(order.body.toString()).messages[0].content as string;
    const ids = [...(seen.get(prompt) ?? []), order.requestId];
    seen.set(prompt, ids);
    if (prompt === 'busy' && ids.length < 3) return refusal(429, 'queue_full', { retryAfterMs: 5 });
    if (prompt === 'broken' && ids.length < 3) return refusal(503, 'upstream.failed');
    if (prompt === 'dead') return refusal(502, 'bad');
    if (prompt === 'bad') return refusal(400, 'request.invalid', { mayRetry: false });
    if (prompt === 'huge') return answerOf(200, {}, { body: undefined });
    return echo(order);
  };
  const names = ['busy', 'broken', 'dead', 'bad', 'huge', 'fine'];
  const { id } = await bench.make(await bench.upload(names.map((name) => lineOf(name)).join('\n')));
  const done = await bench.finish(id);
  assert.deepEqual([done.status, done.request_counts], ['completed', { total: 6, completed: 3, failed: 3 }]);
  const different = (name: string) => new Set(seen.get(name)).size;
  assert.deepEqual([different('busy'), different('broken'), different('dead')], [1, 3, 3]);
  assert.deepEqual(await idsIn(bench, done.output_file_id), ['busy', 'broken', 'fine']);
  const errors = await linesIn(bench, done.error_file_id);
  assert.deepEqual(
    errors.map(({ custom_id, response, error }) => [custom_id, response?.status_code, error?.code]),
    [
      ['dead', 502, undefined],
      ['bad', 400, undefined],
      ['huge', undefined, 'response_too_large'],
    ],
  );
});

test('killed at every point, no line is lost or doubled, and a line sent twice is one request', async (t) => {
  const bench = await startBatchBench(t);
  const file = await bench.upload(linesOf(7));
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  await bench.finish((await bench.make(file)).id);
  const names = new Set(points);
  assert.deepEqual([...names].sort(), [
    'run-batch.answered',
    'run-batch.chunk-written',
    'run-batch.ended',
    'run-batch.recorded',
    'run-batch.sending',
    'run-batch.validated',
    'run-batch.written',
  ]);
  for (let target = 0; target < points.length; target++) {
    bench.sent.length = 0;
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const { id } = await bench.make(file);
    const where = `at visit ${target}, ${points[target]}`;
    await assert.rejects(bench.finish(id), where);
    const done = await bench.finish(id);
    assert.deepEqual([done.status, done.request_counts.completed], ['completed', 7], where);
    const expected = Array.from({ length: 7 }, (_, index) => `line-${index}`);
    assert.deepEqual(await idsIn(bench, done.output_file_id), expected, where);
    assert.equal(new Set(bench.sent.map(({ requestId }) => requestId)).size, 7, where);
  }
});

test('cancelled in the middle it stops, keeps what was answered and says what was not', async (t) => {
  const bench = await startBatchBench(t);
  const file = await bench.upload(linesOf(20));
  const { id } = await bench.make(file);
  await bench.run(id);
  let answers = 0;
  bench.answer = (order) => {
    if (++answers <= 5) return echo(order);
    return new Promise((_, reject) => {
      order.signal.addEventListener('abort', () => reject(order.signal.reason), { once: true });
    });
  };
  const turn = bench.run(id);
  while ((await bench.read(id)).request_counts.completed < 5) await bench.env.sleep(10);
  await assert.rejects(deleteFile(bench.db, bench.orgId, file), { code: 'file.in_use' });
  assert.equal((await cancelBatch(bench.env, bench.db, bench.orgId, id)).status, 'cancelling');
  assert.deepEqual(await turn, { againInMs: 0 }, 'lines that are under way are given up');
  const done = await bench.finish(id);
  assert.deepEqual(
    [done.status, done.request_counts],
    ['cancelled', { total: 20, completed: 5, failed: 15 }],
  );
  assert.equal((await linesIn(bench, done.output_file_id)).length, 5);
  const errors = await linesIn(bench, done.error_file_id);
  assert.deepEqual([errors.length, errors[0]?.error?.code], [15, 'batch_cancelled']);
  assert.equal(
    (await cancelBatch(bench.env, bench.db, bench.orgId, id)).status,
    'cancelled',
    'once more is the same',
  );
  await deleteFile(bench.db, bench.orgId, file);
});

test('two that work on it at once record each line once', async (t) => {
  const bench = await startBatchBench(t);
  const { id } = await bench.make(await bench.upload(linesOf(30)));
  await bench.run(id);
  const bothBegan = Promise.withResolvers<void>();
  bench.answer = async (order) => {
    if (bench.sent.length >= 2 * bench.figures.concurrency) bothBegan.resolve();
    await bothBegan.promise;
    return echo(order);
  };
  await Promise.all([bench.run(id), bench.run(id)]);
  const done = await bench.finish(id);
  assert.ok(bench.sent.length > 30, 'lines were sent twice');
  assert.equal(new Set(bench.sent.map(({ requestId }) => requestId)).size, 30);
  assert.deepEqual(
    [done.status, done.request_counts],
    ['completed', { total: 30, completed: 30, failed: 0 }],
  );
  assert.equal((await linesIn(bench, done.output_file_id)).length, 30);
});

test('a batch that nobody began is cancelled too', async (t) => {
  const bench = await startBatchBench(t);
  const { id } = await bench.make(await bench.upload(linesOf(3)));
  await cancelBatch(bench.env, bench.db, bench.orgId, id);
  const done = await bench.finish(id);
  assert.deepEqual(
    [done.status, done.output_file_id, done.error_file_id, done.request_counts.total],
    ['cancelled', null, null, 0],
  );
});

test('after its time a batch expires, and with its key it fails', async (t) => {
  const bench = await startBatchBench(t);
  const file = await bench.upload(linesOf(4));
  const late = await bench.make(file);
  await bench.run(late.id);
  await bench.db.query(`update batches set expires_at = app_now() where id = $1`, [late.id]);
  const expired = await bench.finish(late.id);
  assert.equal(expired.status, 'expired');
  assert.deepEqual(
    (await linesIn(bench, expired.error_file_id)).map(({ error }) => error?.code),
    Array(4).fill('batch_expired'),
  );

  const revoked = await bench.make(file);
  await bench.run(revoked.id);
  bench.answer = async (order) => {
    if (order.body.includes('line-2')) {
      await bench.db.query(`update api_keys set revoked_at = app_now() where id = $1`, [bench.apiKeyId]);
      return refusal(401, 'invalid_api_key');
    }
    return echo(order);
  };
  bench.figures = { ...bench.figures, concurrency: 1 };
  const failed = await bench.finish(revoked.id);
  assert.deepEqual([failed.status, failed.errors?.data[0]?.code], ['failed', 'api_key_inactive']);
  assert.deepEqual(failed.request_counts, { total: 4, completed: 2, failed: 2 });
  assert.equal((await listFiles(bench.db, bench.orgId, { limit: 10 })).data.length, 4);
});
