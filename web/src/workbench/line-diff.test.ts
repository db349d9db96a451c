import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DiffLine, diffLines } from './line-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '-' } as const;
const written = (lines: readonly DiffLine[]) => lines.map(({ kind, text }) => `${SIGNS[kind]}${text}`);

test('a changed line is one out and one in, and what moved not is the same', () => {
  assert.deepEqual(written(diffLines('a\nb\nc', 'a\nB\nc\nd')), [' a', '-b', '+B', ' c', '+d']);
  assert.deepEqual(written(diffLines('x', 'x')), [' x']);
  assert.deepEqual(written(diffLines('', 'one')), ['-', '+one']);
  assert.deepEqual(written(diffLines('a\nb\nc\nd', 'b\nd')), ['-a', ' b', '-c', ' d']);
});

test('both texts are found again in every difference, and no shorter one keeps more', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after);
      const without = (kind: DiffLine['kind']) =>
        lines.flatMap((line) => (line.kind === kind ? [] : [line.text])).join('\n');
      assert.equal(without('added'), before);
      assert.equal(without('removed'), after);
      const kept = lines.filter(({ kind }) => kind === 'same').length;
      assert.equal(kept, longest(before.split('\n'), after.split('\n')));
    }),
  );
});

test('texts of many thousand lines are compared without taking the memory of the page', () => {
  const long = (mark: string) => Array.from({ length: 8_000 }, (_, index) => `${mark}${index}`).join('\n');
  const lines = diffLines(`head\n${long('a')}\ntail`, `head\n${long('b')}\ntail`);
  assert.equal(lines.length, 2 + 16_000);
  assert.deepEqual([lines[0]?.kind, lines.at(-1)?.kind], ['same', 'same']);
});

/** The plain definition, for short texts. */
function longest(
  a: readonly string[],
  b: readonly string[],
  i = 0,
  j = 0,
  seen = new Map<number, number>(),
): number {
  if (i === a.length || j === b.length) return 0;
  const key = i * 1_000 + j;
  const known = seen.get(key);
  if (known !== undefined) return known;
  const found =
    a[i] === b[j]
      ? 1 + longest(a, b, i + 1, j + 1, seen)
      : Math.max(longest(a, b, i + 1, j, seen), longest(a, b, i, j + 1, seen));
  seen.set(key, found);
  return found;
}
