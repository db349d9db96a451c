import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANSWER_WORDS, answerToken } from './answer-text.ts';
import { renderChat } from './chat-template.ts';
import { detokenize, isTokenId, tokenize } from './tokenizer.ts';

test('every text comes back exactly from its tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const tokens = tokenize(text);
      assert.ok(tokens.every(isTokenId));
      assert.equal(detokenize(tokens), text);
    }),
  );
  const text = 'Bonjour à tous,\n\n  voilà   42 exemples – et 日本語 👩‍🔬.';
  assert.equal(detokenize(tokenize(text)), text);
});

test('English prose has about four characters per token, and words keep their space', () => {
  const prose =
    'The engine answers every request with exactly the number of tokens that were asked for, and the log of the ' +
    'engine says the same. A word of six letters or more is cut, a shorter one is a single token.';
  const tokens = tokenize(prose);
  const ratio = prose.length / tokens.length;
  assert.ok(ratio > 3.5 && ratio < 5, `${ratio} characters per token`);
  assert.equal(tokenize('one two three').length, 3);
});

test('any array of ids is a text, and small ids are short', () => {
  assert.equal(typeof detokenize([0, 1, 5, 300, 70_000, 2 ** 44, Number.MAX_SAFE_INTEGER]), 'string');
  assert.equal(isTokenId(-1), false);
  assert.equal(isTokenId(1.5), false);
  assert.equal(isTokenId('1'), false);
});

test('each piece of an answer is one token, so the text counts as many tokens as were reported', () => {
  let answer = '';
  for (let i = 0; i < 500; i++) answer += answerToken(1234, i);
  assert.equal(tokenize(answer).length, 500);
  assert.ok(ANSWER_WORDS.every((word) => /^[a-z]{1,5}$/.test(word)));
  assert.equal(new Set(ANSWER_WORDS).size, ANSWER_WORDS.length);
});

test('a chat grows by appending, so that its earlier turns stay a common prefix', () => {
  const first = renderChat([{ role: 'user', content: 'Hello there' }], false);
  const second = renderChat(
    [
      { role: 'user', content: 'Hello there' },
      { role: 'assistant', content: 'Hi.' },
    ],
    true,
  );
  assert.deepEqual(second.slice(0, first.length), first);
  assert.ok(second.length > first.length);
});
