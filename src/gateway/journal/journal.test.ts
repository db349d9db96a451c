import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type UsageRecord, usageRecordSchema } from '#contracts/usage.ts';
import { AppError } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { SendRows } from '../send-rows.ts';
import { openedOf, usageOfNumber } from '../testing/usage-samples.ts';
import { decodeFrames, encodeFrame } from './frames.ts';
import { Journal } from './journal.ts';
import { segmentPath } from './segments.ts';
import { startShipper } from './shipper.ts';

const env = systemEnv(SILENT_LOG);
const WRITER = fileURLToPath(new URL('../testing/journal-writer.ts', import.meta.url));

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function open(directory: string, segmentBytesMax = 1_000_000) {
  return Journal.open(env, { directory, segmentBytesMax, reserveBytes: 65_536, lockWaitMs: 2_000 });
}

/** A ledger that takes each id once, as the real one does. */
class Ledger {
  readonly byId = new Map<string, UsageRecord>();
  batches = 0;
  isAway = false;
  refuses: string | undefined;

  readonly recordRequests = async () => {};
  readonly recordUsage: SendRows = async (rows) => {
    const records = rows.map((row) => usageRecordSchema.parse(JSON.parse(row)));
    if (this.isAway) throw new AppError('database.unavailable');
    if (records.some((record) => record.request_id === this.refuses)) {
      throw Object.assign(new Error('violates a check'), { code: '23514' });
    }
    this.batches++;
    for (const record of records)
      if (!this.byId.has(record.request_id)) this.byId.set(record.request_id, record);
  };

  get promptTokens(): number {
    return [...this.byId.values()].reduce((sum, record) => sum + record.prompt_tokens, 0);
  }
}

async function shipEverything(directory: string, ledger: Ledger): Promise<void> {
  const { journal } = await open(directory);
  const shipper = await startShipper(env, journal, ledger);
  await shipper.stop(5_000);
  await journal.close();
}

async function until(isTrue: () => boolean, withinMs = 5_000): Promise<void> {
  for (const end = performance.now() + withinMs; !isTrue(); ) {
    assert.ok(performance.now() < end, 'it took too long');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('what is closed is shipped, what is open is found again with its last mark', async (t) => {
  const directory = directoryFor(t);
  const { journal, orphans } = await open(directory);
  assert.deepEqual(orphans, []);
  for (const id of ['req_1', 'req_2', 'req_3']) await journal.openRequest(openedOf(id));
  journal.moveRequest('req_2', { instance_id: 'inst_b', address: '127.0.0.3', data_port: 8000, epoch: 4 });
  const mark = { request_id: 'req_2', at_ms: 5, prompt_tokens: 7, completion_tokens: 2, cached_tokens: 1 };
  journal.markRequest(mark);
  journal.closeRequest(usageOfNumber('req_1', 10));
  journal.closeRequest(usageOfNumber('req_1', 99));
  await journal.close();
  const second = await open(directory);
  assert.deepEqual(
    second.orphans.map(({ open: { request_id } }) => request_id),
    ['req_2', 'req_3'],
  );
  assert.deepEqual(second.orphans[0]?.mark, mark);
  assert.equal(second.orphans[0]?.open.worker.epoch, 4);
  const ledger = new Ledger();
  const shipper = await startShipper(env, second.journal, ledger);
  second.journal.closeRequest(usageOfNumber('req_2', 5));
  await until(() => ledger.byId.size === 2);
  assert.equal(ledger.promptTokens, 15);
  await shipper.stop(1_000);
  await second.journal.close();
});

test('cut off at any byte of the last record, all records before it are there', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory);
  for (let i = 0; i < 3; i++) {
    await journal.openRequest(openedOf(`req_${i}`));
    journal.closeRequest(usageOfNumber(`req_${i}`, 10));
  }
  await journal.close();
  const whole = readFileSync(segmentPath(directory, 1));
  const lastFrame = encodeFrame({ kind: 'close', usage: usageOfNumber('req_2', 10) }).length;
  for (let size = whole.length - lastFrame; size < whole.length; size += size % 7 === 0 ? 1 : 5) {
    const copy = directoryFor(t);
    cpSync(directory, copy, { recursive: true });
    truncateSync(segmentPath(copy, 1), size);
    const reopened = await open(copy);
    assert.deepEqual(
      reopened.orphans.map((orphan) => orphan.open.request_id),
      ['req_2'],
      `cut at ${size}`,
    );
    assert.equal(readFileSync(segmentPath(copy, 1)).length, whole.length - lastFrame);
    await reopened.journal.close();
  }
  // Every single byte, without the files: decoding finds exactly the whole frames.
  for (let size = whole.length - lastFrame; size < whole.length; size++) {
    assert.equal(decodeFrames(whole.subarray(0, size)).frames.length, 5);
  }
});

test('damage in the middle loses only the record that it hit', () => {
  const frames = [1, 2, 3].map((i) => encodeFrame({ kind: 'close', usage: usageOfNumber(`req_${i}`, i) }));
  const bytes = Buffer.concat(frames);
  const middle = frames[0]?.length ?? 0;
  for (const at of [middle, middle + 3, middle + 5, middle + 40]) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    const decoded = decodeFrames(damaged);
    const ids = decoded.frames.map(({ record }) => (record.kind === 'close' ? record.usage.request_id : ''));
    assert.deepEqual(ids, ['req_1', 'req_3']);
    assert.equal(decoded.damagedBytes, frames[1]?.length);
  }
});

test('after kill -9 in the middle of writing, nothing that was said to be written is lost or doubled', {
  timeout: 60_000,
}, async (t) => {
  const directory = directoryFor(t);
  const ledger = new Ledger();
  const closed = new Set<string>();
  const opened = new Set<string>();
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [WRITER, directory, `r${round}_`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
    });
    await until(() => text.length > 5_000, 20_000);
    child.kill('SIGKILL');
    await once(child, 'close');
    for (const line of text.slice(0, text.lastIndexOf('\n')).split('\n')) {
      const [word, id = ''] = line.split(' ');
      (word === 'open' ? opened : closed).add(id);
    }
    const { journal, orphans } = await open(directory);
    assert.ok(orphans.length <= 1, `${orphans.length} open`);
    for (const { open: orphan } of orphans) journal.closeRequest(usageOfNumber(orphan.request_id, 0));
    const shipper = await startShipper(env, journal, ledger);
    await until(() => [...opened].every((id) => ledger.byId.has(id)), 20_000);
    await shipper.stop(1_000);
    await journal.close();
  }
  for (const id of closed) assert.equal(ledger.byId.get(id)?.prompt_tokens, Number(id.split('_')[1]), id);
  assert.ok(ledger.byId.size <= opened.size + 5);
});

test('shipped again from the beginning, the sums stay the same', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory, 4_096);
  for (let i = 0; i < 200; i++) {
    await journal.openRequest(openedOf(`req_${i}`));
    journal.closeRequest(usageOfNumber(`req_${i}`, i));
  }
  await journal.close();
  const kept = directoryFor(t);
  cpSync(directory, kept, { recursive: true });
  const ledger = new Ledger();
  await shipEverything(directory, ledger);
  assert.equal(ledger.promptTokens, 19_900);
  await shipEverything(directory, ledger);
  await shipEverything(kept, ledger);
  assert.equal(ledger.byId.size, 200);
  assert.equal(ledger.promptTokens, 19_900);
});

test('files are deleted when shipped, but not one in which a request is still open', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory, 4_096);
  const ledger = new Ledger();
  const shipper = await startShipper(env, journal, ledger);
  const segments = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.journal'))
      .sort();
  await journal.openRequest(openedOf('req_long'));
  const write = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await journal.openRequest(openedOf(`req_${i}`));
      journal.closeRequest(usageOfNumber(`req_${i}`, 1));
    }
    await until(() => ledger.byId.size >= to);
  };
  await write(0, 50);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(segments()[0], '0000000001.journal');
  journal.closeRequest(usageOfNumber('req_long', 1));
  await write(50, 100);
  await until(() => segments().length === 1);
  await shipper.stop(1_000);
  await journal.close();
});

test('while the ledger is away nothing is lost; a record it refuses is put aside', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory, 8_192);
  const ledger = new Ledger();
  ledger.isAway = true;
  ledger.refuses = 'req_13';
  const shipper = await startShipper(env, journal, ledger);
  for (let i = 0; i < 100; i++) {
    await journal.openRequest(openedOf(`req_${i}`));
    journal.closeRequest(usageOfNumber(`req_${i}`, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(ledger.byId.size, 0);
  assert.equal(shipper.waiting, 100);
  ledger.isAway = false;
  await until(() => ledger.byId.size === 99);
  await until(() => shipper.waiting === 0);
  assert.match(readFileSync(join(directory, 'refused.jsonl'), 'utf8'), /"request_id":"req_13"/);
  await shipper.stop(1_000);
  await journal.close();
});

test('a damaged place file only means that more is sent again', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory);
  await journal.openRequest(openedOf('req_1'));
  journal.closeRequest(usageOfNumber('req_1', 3));
  await journal.close();
  writeFileSync(join(directory, 'shipped.json'), '{"segment":');
  const ledger = new Ledger();
  await shipEverything(directory, ledger);
  assert.equal(ledger.promptTokens, 3);
});

test('two processes cannot use one journal, and the lock ends with its holder', async (t) => {
  const directory = directoryFor(t);
  const { journal } = await open(directory);
  await assert.rejects(
    Journal.open(env, { directory, segmentBytesMax: 4_096, reserveBytes: 65_536, lockWaitMs: 100 }),
    /another gateway process/,
  );
  await journal.close();
  const { journal: second } = await open(directory);
  await second.close();
});
