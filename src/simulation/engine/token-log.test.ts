import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StopMatcher } from './stop-matcher.ts';
import { openTokenLog, readTokenLog, type TokenTally } from './token-log.ts';

function logPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'token-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'tokens.jsonl');
}

const DONE: TokenTally = {
  requestId: 'a',
  promptTokens: 5,
  completionTokens: 7,
  cachedTokens: 2,
  outcome: 'done',
};

test('ended requests have their end, open ones their last progress, also over restarts and for equal ids', (t) => {
  const path = logPath(t);
  const first = openTokenLog(path, 0);
  const a = first.opened('a', 5, 1);
  const again = first.opened('a', 6, 1);
  first.progressed(a, 3);
  first.progressed(again, 4);
  first.ended(a, DONE, 2);
  first.write();
  first.progressed(again, 9);
  first.write();
  const second = openTokenLog(path, 3);
  second.opened('b', 8, 4);
  second.close();
  assert.deepEqual(readTokenLog(readFileSync(path, 'utf8')), [
    DONE,
    { requestId: 'a', promptTokens: 6, completionTokens: 9, cachedTokens: 0, outcome: 'open' },
    { requestId: 'b', promptTokens: 8, completionTokens: 0, cachedTokens: 0, outcome: 'open' },
  ]);
  first.close();
});

test('what was not written is not in the file, and a torn last line hides nothing else', (t) => {
  const path = logPath(t);
  const log = openTokenLog(path, 0);
  log.ended(log.opened('a', 5, 1), DONE, 2);
  assert.deepEqual(readTokenLog(readFileSync(path, 'utf8')), []);
  log.write();
  appendFileSync(path, '{"event":"end","n":9,"req');
  assert.deepEqual(readTokenLog(readFileSync(path, 'utf8')), [DONE]);
  log.close();
});

test('a stop text is found across pieces, the earliest wins, and nothing of it is ever shown', () => {
  const matcher = new StopMatcher(['END', 'abc']);
  const shown: string[] = [];
  let stopText: string | undefined;
  for (const piece of ['hello E', 'N', ' a', 'b', 'c END']) {
    const next = matcher.push(piece, false);
    shown.push(next.shown);
    stopText ??= next.stopText;
  }
  assert.equal(shown.join(''), 'hello EN ');
  assert.equal(stopText, 'abc');
  const short = new StopMatcher(['xyz']);
  assert.equal(short.push('ab', false).shown, '');
  assert.equal(short.push('xy', true).shown, 'abxy', 'what is held back is shown at the end');
});
