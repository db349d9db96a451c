import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Journal } from './journal.ts';

const directory = mkdtempSync(join(tmpdir(), 'inventiv-journal-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let counter = 0;
const freshPath = (): string => join(directory, `journal-${counter++}`);

describe('journal', () => {
  it('what was appended is there at the next opening, in order', async () => {
    const path = freshPath();
    const { journal, entries } = Journal.open(path);
    assert.deepEqual(entries, []);
    for (const n of [1, 2, 3]) journal.append({ n });
    await Promise.all([journal.flush(), journal.flush()]);
    await journal.close();
    assert.deepEqual(Journal.open(path).entries, [{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('a line torn at any byte is dropped as a whole and the next one is not lost with it', () => {
    const path = freshPath();
    const first = `${JSON.stringify({ n: 1, text: 'é漢🚀' })}\n`;
    const second = `${JSON.stringify({ n: 2, text: 'é漢🚀' })}\n`;
    for (let cut = 0; cut < Buffer.byteLength(second); cut++) {
      writeFileSync(path, first + second);
      truncateSync(path, Buffer.byteLength(first) + cut);
      const { journal, entries } = Journal.open(path);
      assert.equal(entries.length, 1, `cut after ${cut} bytes`);
      journal.append({ n: 3 });
      assert.deepEqual(
        Journal.open(path).entries.map((entry) => (entry as { n: number }).n),
        [1, 3],
      );
    }
  });

  it('a damaged line before the end is refused by its number', () => {
    const path = freshPath();
    writeFileSync(path, '{"n":1}\n{"n":\n{"n":3}\n');
    assert.throws(() => Journal.open(path), /damaged in line 2/);
  });

  it('a rewrite replaces the content at once, and a half-made one is ignored', async () => {
    const path = freshPath();
    const { journal } = Journal.open(path);
    for (let n = 0; n < 100; n++) journal.append({ n });
    const flushing = journal.flush();
    await journal.rewrite(() => [{ n: 'all' }]);
    journal.append({ n: 'after' });
    await Promise.all([flushing, journal.flush()]);
    await journal.close();
    assert.equal(readFileSync(path, 'utf8'), '{"n":"all"}\n{"n":"after"}\n');
    appendFileSync(`${path}.new`, '{"n":');
    assert.equal(Journal.open(path).entries.length, 2);
  });

  it('a line that does not fit on the disk is cut off again, and later lines are whole', () => {
    const path = freshPath();
    // A limit on the size of files stands for a full disk: the write ends in the middle of the line.
    const script = `
      import { Journal } from ${JSON.stringify(join(import.meta.dirname, 'journal.ts'))};
      const { journal } = Journal.open(${JSON.stringify(path)});
      journal.append({ n: 1 });
      let failures = 0;
      try { journal.append({ n: 2, text: 'x'.repeat(5000) }); } catch { failures++; }
      journal.append({ n: 3 });
      process.stdout.write(String(failures));
    `;
    const out = execFileSync(
      '/bin/sh',
      ['-c', `trap '' XFSZ; ulimit -f 4; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(out, '1');
    assert.deepEqual(Journal.open(path).entries, [{ n: 1 }, { n: 3 }]);
  });
});
