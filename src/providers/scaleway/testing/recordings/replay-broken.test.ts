import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Interaction, type Recording, readRecordings } from './recording.ts';
import { replayRecording } from './replay.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const FOLDER = join(ROOT, '../shared/fixtures/scaleway');

const REFUSALS = [
  ...['', '<html>502</html>', '{"type":"quotas_exceeded","details":[]}', '{"type":"out_of_stock"}'],
  ...['{"type":"invalid_arguments","details":[]}', '{"type":"transient_state"}', '{"broken'],
];
const CODES = [400, 403, 404, 409, 412, 429, 500, 502, 503];

/** What others' recordings are like: other places and machines, orders that failed, parts that were left out. */
const CHANGES = fc.constantFrom<
  readonly [string, (rows: readonly Interaction[], at: (index: number) => number) => readonly Interaction[]]
>(
  ['other zone', (rows) => rewritten(rows, 'fr-par-1', 'pl-waw-2')],
  ['unknown zone', (rows) => rewritten(rows, 'fr-par-1', 'it-mil-1')],
  ['other type', (rows) => rewritten(rows, 'L40S-1-48G', 'H100-9-80G')],
  ['some left out', (rows, at) => rows.filter((_, index) => at(index) > 0.15)],
  ['reads left out', (rows, at) => rows.filter(({ method }, index) => method !== 'GET' || at(index) > 0.4)],
  ['orders left out', (rows, at) => rows.filter(({ method }, index) => method === 'GET' || at(index) > 0.4)],
  ['deletes left out', (rows) => rows.filter(({ method }) => method !== 'DELETE')],
  ['its beginning alone', (rows, at) => rows.slice(0, Math.floor(at(0) * rows.length))],
  ['its end alone', (rows, at) => rows.slice(Math.floor(at(0) * rows.length))],
  ['failed creates', (rows, at) => rows.map((one, i) => (one.method === 'POST' ? failed(one, at(i)) : one))],
  ['failed reads', (rows, at) => rows.map((one, i) => (one.method === 'GET' ? failed(one, at(i)) : one))],
  ['another order', (rows, at) => rows.toSorted((a, b) => at(a.index) - at(b.index))],
);

function rewritten(rows: readonly Interaction[], from: string, to: string): Interaction[] {
  return rows.map((one) => ({
    ...one,
    path: one.path.replaceAll(from, to),
    query: new URLSearchParams(one.query.toString().replaceAll(from, to)),
    requestBody: one.requestBody.replaceAll(from, to),
    body: one.body.replaceAll(from, to),
  }));
}

function failed(one: Interaction, at: number): Interaction {
  if (at > 0.3) return one;
  const pick = <T>(list: readonly T[], seed: number): T => list[Math.floor(seed * list.length)] as T;
  return { ...one, code: pick(CODES, at / 0.3), body: pick(REFUSALS, (at * 7919) % 1) };
}

function recordingsThere(): Recording[] {
  return [...readRecordings(FOLDER)].flatMap((file) =>
    'recording' in file && file.recording.kind === 'cassette' ? [file.recording] : [],
  );
}

function run(folder: string) {
  const done = spawnSync(process.execPath, ['bench/recordings.ts'], {
    ...{ cwd: ROOT, encoding: 'utf8', env: { ...process.env, DIR: folder } },
  });
  const last = done.stdout.trim().split('\n').at(-1) ?? '';
  return { code: done.status, said: done.stderr, sum: JSON.parse(last) as Record<string, unknown> };
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('recordings of any kind', { timeout: 170_000 }, () => {
  it('whatever was changed in a recording, each call is replayed or skipped with a reason', async (t) => {
    if (!existsSync(FOLDER)) return t.skip('no recordings beside the project');
    const seeds = fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...recordingsThere()), CHANGES, seeds, async (one, change, stream) => {
        const numbers = [...stream.take(one.interactions.length + 1)];
        const changed = change[1](one.interactions, (index) => numbers[index] ?? 0.5);
        const interactions = changed.map((row, index) => ({ ...row, index }));
        const result = await replayRecording({ ...one, interactions });
        const { unmatched, leftovers } = result;
        assert.deepEqual({ unmatched, leftovers }, { unmatched: [], leftovers: [] }, change[0]);
        const skipped = Object.values(result.skipped).reduce((sum, count) => sum + count, 0);
        assert.equal(result.replayed + skipped, result.operations);
      }),
      { numRuns: 40, seed: 20_261_121 },
    );
  });

  it('a folder of broken files is told file by file, and does not fail', (t) => {
    const folder = folderFor(t);
    mkdirSync(join(folder, 'below', 'deeper'), { recursive: true });
    mkdirSync(join(folder, 'a-folder.json'));
    const row = { request: { method: 'GET', url: 'https://x/iam/v1' }, response: { code: 200, body: '' } };
    const files: Readonly<Record<string, string | Buffer>> = {
      'empty.yaml': '',
      'blank.json': '  \n',
      'garbage.yaml': Buffer.from([0, 255, 39, 128, 10, 39, 13, 91]),
      'open.yaml': "interactions:\n- request: 'never ends",
      'half.json': '{"interactions": [',
      'other.json': '{"hello": "world"}',
      'none.yaml': 'version: 2\ninteractions: []\n',
      'rows.json': '{"interactions": [1, null, "x", {"request": {}}]}',
      'notes.txt': 'interactions',
      'not-gz.yaml.gz': 'this is no gzip',
      'partly.json': JSON.stringify({ interactions: [row, { request: 7 }, row] }),
      'no-url.json': JSON.stringify([{ ...row, request: { method: 'GET', url: 'http://[' } }]),
      'below/deeper/one.json.gz': gzipSync(JSON.stringify({ interactions: [row] })),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const { code, said, sum } = run(folder);
    assert.equal(code, 0, said);
    assert.deepEqual(
      { files: sum['files'], skipped: sum['skipped'], files_skipped: sum['skipped_files'] },
      {
        files: 2,
        skipped: { interaction_unreadable: 1, other_product: 3 },
        files_skipped: {
          ...{ empty_file: 2, text_that_cannot_be_read: 2, file_that_is_no_recording: 4 },
          ...{ no_interactions: 1, file_of_another_kind: 1, file_that_cannot_be_read: 1 },
        },
      },
      said,
    );
    for (const name of Object.keys(files)) assert.match(said, new RegExp(name.replaceAll('.', '\\.')));
  });

  it('a folder that is not there is said so', (t) => {
    const { code, said } = run(join(folderFor(t), 'nowhere'));
    assert.deepEqual([code, /DIR=folder/.test(said)], [2, true]);
  });

  it('an answer that our schemas cannot read fails the word', (t) => {
    const folder = folderFor(t);
    const request = { method: 'GET', url: 'https://x/instance/v1/zones/z/servers/s' };
    const response = { code: 200, body: '{"server": {"id": "s", "state": 7}}' };
    writeFileSync(join(folder, 'strange.json'), JSON.stringify([{ request, response }]));
    const { code, said, sum } = run(folder);
    assert.deepEqual([code, sum['unmatched'], sum['leftovers']], [1, 2, 0], said);
    assert.match(said, /strange\.json: unmatched: .*cannot be read/);
  });
});
