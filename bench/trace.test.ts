import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTrace } from './trace.ts';

const AZURE = [
  'TIMESTAMP,ContextTokens,GeneratedTokens',
  '2023-11-16 18:17:03.9799600,4808,10',
  '2023-11-16 18:17:04.0319600,3180,8',
  '',
];
const MOONCAKE = [
  '{"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]}',
  '{"timestamp": 30535, "input_length": 6472, "output_length": 26, "hash_ids": [46]}',
];

test('both kinds of trace are read, plain or gzip, LF or CRLF', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'trace-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const end of ['\n', '\r\n']) {
    for (const pack of [(text: string) => Buffer.from(text), (text: string) => gzipSync(text)]) {
      const path = join(directory, 'trace');
      writeFileSync(path, pack(AZURE.join(end)));
      const azure = await readTrace(path, 10);
      assert.deepEqual(
        azure.map(({ atMs, ...rest }) => ({ ...rest, atMs: Math.round(atMs) })),
        [
          { atMs: 0, promptTokens: 4808, completionTokens: 10, blocks: undefined },
          { atMs: 52, promptTokens: 3180, completionTokens: 8, blocks: undefined },
        ],
      );
      writeFileSync(path, pack(MOONCAKE.join(end)));
      assert.deepEqual(await readTrace(path, 1), [
        { atMs: 0, promptTokens: 6955, completionTokens: 52, blocks: [46, 47] },
      ]);
      assert.equal((await readTrace(path, 10))[1]?.atMs, 3_053);
    }
  }
});
