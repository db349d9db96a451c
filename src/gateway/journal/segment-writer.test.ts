import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const PRLIMIT = '/usr/bin/prlimit';

/** Runs in a process whose files may not grow beyond some kilobytes until it lifts that limit itself. */
const SCRIPT = `
  import assert from 'node:assert/strict';
  import { spawnSync } from 'node:child_process';
  import { statSync } from 'node:fs';
  const [directory, writerUrl, segmentsUrl, framesUrl, envUrl, logUrl] = process.argv.slice(1);
  const { SegmentWriter } = await import(writerUrl);
  const { readPart, segmentPath } = await import(segmentsUrl);
  const { encodeFrame } = await import(framesUrl);
  const { systemEnv } = await import(envUrl);
  const { SILENT_LOG } = await import(logUrl);
  const writer = new SegmentWriter(systemEnv(SILENT_LOG), { directory, bytesMax: 1_000_000, firstSegment: 1 });
  const frame = (n) => encodeFrame({ kind: 'move', request_id: 'req_' + n, worker: { instance_id: 'x'.repeat(700), address: 'a', data_port: 1, epoch: n } });
  let n = 0;
  assert.throws(() => { for (;;) writer.append(frame(n++)); }, /EFBIG/);
  const whole = n - 1;
  spawnSync('${PRLIMIT}', ['--pid', String(process.pid), '--fsize=unlimited']);
  writer.append(frame(1_000));
  writer.append(frame(1_001));
  const { size } = statSync(segmentPath(directory, 1));
  assert.equal(size, writer.position.offset, 'no hole is left behind');
  const ids = [];
  for (let from = 0; from < size; ) {
    const part = await readPart(segmentPath(directory, 1), from, size);
    assert.equal(part.damagedBytes + part.tornBytes, 0);
    ids.push(...part.frames.map(({ record }) => record.request_id));
    from = part.next;
  }
  assert.equal(ids.length, whole + 2);
  assert.deepEqual(ids.slice(-2), ['req_1000', 'req_1001']);
  await writer.close();
  console.log('sound after', whole, 'frames');
`;

test('a write that found no space half-way leaves no trace, and the next ones follow without a gap', {
  skip: existsSync(PRLIMIT) ? false : 'no prlimit on this machine',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'));
  try {
    const urls = [
      'segment-writer.ts',
      'segments.ts',
      'frames.ts',
      '../../kernel/system-env.ts',
      '../../kernel/log.ts',
    ].map((file) => pathToFileURL(join(import.meta.dirname, file)).href);
    // The shell ignores the signal for a file that grows too large, so that the write fails with an error instead.
    const limited = `trap '' XFSZ; ulimit -S -f 8; exec "$@"`;
    const child = spawnSync(
      'sh',
      ['-c', limited, 'sh', process.execPath, '--input-type=module', '-e', SCRIPT, directory, ...urls],
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(child.status, 0, child.stderr);
    assert.match(child.stdout, /sound after [1-9]/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
