import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { TextPieces } from './text-pieces.ts';

/** Each byte is a token. */
const bytes = (tokens: readonly number[]): string => Buffer.from(tokens).toString('utf8');
const run = (text: string, stops: readonly string[]): { shown: string; stop: string | null } => {
  const pieces = new TextPieces(bytes, stops);
  let shown = '';
  for (const token of Buffer.from(text)) {
    shown += pieces.push(token);
    if (pieces.stop !== null) return { shown, stop: pieces.stop };
  }
  shown += pieces.finish();
  return { shown, stop: pieces.stop };
};

test('any text comes out as it went in, whatever its characters are', () => {
  void fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(run(text, []).shown, text);
    }),
  );
});

test('a character is never shown in parts', () => {
  const pieces = new TextPieces(bytes, []);
  const shown = [...Buffer.from('é€😀')].map((token) => pieces.push(token));
  assert.deepEqual(shown, ['', 'é', '', '', '€', '', '', '', '😀']);
});

test('what comes out is what stands before the first stop text, which is never shown', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
    maxLength: 3,
  });
  void fc.assert(
    fc.property(letters, stops, (text, list) => {
      const { shown, stop } = run(text, list);
      if (!list.some((one) => text.includes(one))) {
        assert.deepEqual([shown, stop], [text, null]);
        return;
      }
      assert(stop !== null && list.includes(stop));
      assert.ok(text.startsWith(shown + stop));
      // At the token that completes the first of them, generation ends.
      const ends = list.filter((one) => text.includes(one)).map((one) => text.indexOf(one) + one.length);
      assert.equal(shown.length + stop.length <= Math.min(...ends), true);
    }),
  );
});
