import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { TallyBook } from './tally-book.ts';
import { TallyJournal } from './tally-journal.ts';

let dir = '';
let nowMs = 0;
const env: Env = {
  ...systemEnv(SILENT_LOG),
  clock: { now: () => nowMs, monotonic: () => nowMs },
};

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tallies-'));
  nowMs = 1_000_000;
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

/** A book as the next process would open it; the one before may never have closed. */
function openBook(): TallyBook {
  return new TallyBook(env, new TallyJournal(dir, SILENT_LOG));
}

function usage(completionTokens: number): {
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
} {
  return { promptTokens: 10, completionTokens, cachedTokens: 4 };
}

describe('the tally book', () => {
  it('keeps a closed tally until it is acknowledged', () => {
    const book = openBook();
    assert.ok(book.open('req_1'));
    book.count('req_1', usage(3));
    assert.equal(book.find('req_1')?.state, 'open');
    book.close('req_1', 'done');
    assert.deepEqual(book.find('req_1'), {
      request_id: 'req_1',
      state: 'done',
      prompt_tokens: 10,
      completion_tokens: 3,
      cached_tokens: 4,
    });
    book.acknowledge(['req_1', 'never-seen']);
    assert.equal(book.find('req_1'), undefined);
  });

  it('refuses a second request under an id that is open, and takes it once the first is closed', () => {
    const book = openBook();
    assert.ok(book.open('req_1'));
    assert.equal(book.open('req_1'), false);
    book.close('req_1', 'failed');
    assert.ok(book.open('req_1'));
    assert.equal(book.find('req_1')?.completion_tokens, 0);
  });

  it('drops a tally that was acknowledged before it was closed', () => {
    const book = openBook();
    book.open('req_1');
    book.acknowledge(['req_1']);
    assert.equal(book.find('req_1')?.state, 'open');
    book.close('req_1', 'done');
    assert.equal(book.find('req_1'), undefined);
    assert.equal(openBook().find('req_1'), undefined);
  });

  it('knows closed tallies after a kill, and open ones as failed with their last mark', () => {
    const book = openBook();
    for (const id of ['done', 'aborted', 'acked', 'open']) book.open(id);
    book.count('done', usage(5));
    book.close('done', 'done');
    book.count('aborted', usage(6));
    book.close('aborted', 'aborted');
    book.close('acked', 'done');
    book.acknowledge(['acked']);
    nowMs += 300;
    book.count('open', usage(7));
    book.count('open', usage(8));
    const next = openBook();
    assert.equal(next.find('done')?.completion_tokens, 5);
    assert.deepEqual([next.find('aborted')?.state, next.find('aborted')?.completion_tokens], ['aborted', 6]);
    assert.equal(next.find('acked'), undefined);
    assert.deepEqual([next.find('open')?.state, next.find('open')?.completion_tokens], ['failed', 7]);
  });

  it('marks at most every 250 ms, all requests in one write', () => {
    const book = openBook();
    book.open('a');
    book.open('b');
    nowMs += 250;
    book.count('b', usage(2));
    for (let i = 0; i < 1000; i++) book.count('a', usage(i + 3));
    const next = openBook();
    assert.equal(next.find('b')?.completion_tokens, 2);
    assert.equal(next.find('a')?.completion_tokens, 0);
  });

  it('ignores a torn last line and garbage', () => {
    const book = openBook();
    book.open('req_1');
    book.count('req_1', usage(123));
    book.close('req_1', 'done');
    const file = path.join(dir, fs.readdirSync(dir)[0] ?? '');
    fs.appendFileSync(file, 'req_1 done 10 9999 4\nnonsense\n\nreq_1 open 1 2');
    assert.equal(openBook().find('req_1')?.completion_tokens, 123);
  });

  it('keeps no more files than it needs', () => {
    const journal = new TallyJournal(dir, SILENT_LOG);
    const book = new TallyBook(env, journal);
    book.open('kept');
    book.close('kept', 'done');
    for (let i = 0; i < 60_000; i++) {
      const id = `request-with-a-long-name-${i}`;
      book.open(id);
      book.close(id, 'done');
      book.acknowledge([id]);
    }
    const names = fs.readdirSync(dir);
    assert.ok(names.length <= 2, `${names.length} files`);
    assert.equal(openBook().find('kept')?.state, 'done');
  });

  it('forgets after an hour, and holds no more than 100,000', () => {
    const book = openBook();
    book.open('old');
    book.close('old', 'done');
    nowMs += 3_600_001;
    book.open('young');
    book.close('young', 'done');
    assert.equal(book.find('old'), undefined);
    for (let i = 0; i < 100_000; i++) {
      book.open(`r${i}`);
      book.close(`r${i}`, 'done');
    }
    assert.equal(book.closedCount, 100_000);
    assert.equal(book.find('young'), undefined);
  });

  it('goes on counting when the disk refuses', () => {
    const journal = new TallyJournal(dir, SILENT_LOG);
    const book = new TallyBook(env, journal);
    fs.rmSync(dir, { recursive: true });
    book.open('req_1');
    book.count('req_1', usage(5));
    book.close('req_1', 'done');
    assert.equal(book.find('req_1')?.completion_tokens, 5);
  });

  it('tells a waiter as soon as the request is closed', async () => {
    const book = openBook();
    book.open('req_1');
    const waiting = book.findClosed('req_1', 10_000);
    book.close('req_1', 'aborted');
    assert.equal((await waiting)?.state, 'aborted');
    assert.equal(await book.findClosed('never-seen', 10_000), undefined);
  });
});
