import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { searchOf, wordsOf } from './search-words.ts';

test('words have no case, no accents, and stand once', () => {
  assert.deepEqual(wordsOf('Café, CAFE & thé-glacé!'), ['cafe', 'the', 'glace']);
  assert.deepEqual(wordsOf('模型ok是'), ['模', '型', 'ok', '是']);
  assert.deepEqual(wordsOf('  \n'), []);
});

test('what is looked for are beginnings, and nothing without letters', () => {
  assert.equal(searchOf("L'été 2026"), `'l':* & 'ete':* & '2026':*`);
  assert.equal(searchOf(`'":*&|!()`), undefined);
});

test('any text is found by its own words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const kept = new Set(wordsOf(text));
      const asked = searchOf(text);
      assert.equal(asked === undefined, kept.size === 0);
      for (const part of asked?.split(' & ') ?? []) {
        const word = /^'([^'\\]+)':\*$/.exec(part)?.[1];
        assert.ok(word !== undefined && kept.has(word), part);
      }
    }),
  );
});
