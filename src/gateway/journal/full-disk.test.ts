import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('../testing/full-disk.ts', import.meta.url));

test('a full disk stops admission before anything is lost, and a freed one starts it again', (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'small-disk-'));
  t.after(() => rmSync(disk, { recursive: true, force: true }));
  const run = (script: string) =>
    spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', disk, process.execPath, CHILD], {
      timeout: 30_000,
    });
  const mount = 'mount -t tmpfs -o size=300k none "$1"';
  if (run(mount).status !== 0) {
    t.skip('a small disk cannot be mounted here');
    return;
  }
  const ended = run(`${mount} && exec "$2" "$3" "$1"`);
  assert.equal(ended.status, 0, ended.stderr.toString());
  const result = JSON.parse(ended.stdout.toString()) as Record<string, unknown>;
  assert.ok(Number(result['opened']) > 20);
  assert.deepEqual(
    { ...result, opened: 0 },
    {
      refusal: 'gateway.journal_full',
      opened: 0,
      isWritableWhenFull: false,
      isWritableAfter: true,
      orphans: 0,
    },
  );
});
