import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompiledMessage, compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { en } from './en.ts';
import { fr } from './fr.ts';

/** Names of the values a message needs, at any depth of its plurals. */
function placeholders(message: CompiledMessage): Set<string> {
  const names = new Set<string>();
  const visit = (tokens: CompiledMessage) => {
    for (const token of tokens) {
      if (typeof token === 'string') continue;
      names.add(token[0]);
      if (typeof token[2] === 'object' && token[2] !== null) {
        for (const choice of Object.values(token[2]))
          if (Array.isArray(choice)) visit(choice as CompiledMessage);
      }
    }
  };
  visit(message);
  names.delete('#');
  return names;
}

test('both languages have the same messages, and none is empty', () => {
  assert.deepEqual(new Set(Object.keys(fr)), new Set(Object.keys(en)));
  for (const [key, text] of [...Object.entries(en), ...Object.entries(fr)])
    assert.notEqual(text.trim(), '', key);
});

test('every message compiles and asks for the same values in both languages', () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.deepEqual(
      placeholders(compileMessageOrThrow(fr[key])),
      placeholders(compileMessageOrThrow(en[key])),
      key,
    );
  }
});

test('French texts use typographic apostrophes and unbreakable spaces before double punctuation', () => {
  for (const [key, text] of Object.entries(fr)) {
    assert.doesNotMatch(text, /\p{L}'\p{L}/u, `${key}: straight apostrophe`);
    assert.doesNotMatch(text, / [;?!:»%]|« /, `${key}: breakable space`);
  }
});
