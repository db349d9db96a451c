import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChoice, readTexts } from './read-search.ts';

test('only known filters that were given are read from an address', () => {
  assert.deepEqual(
    readTexts({ q: 'ada', role: '', x: '1', from: 42, to: ['a'] }, ['q', 'role', 'from', 'to']),
    {
      q: 'ada',
      from: '42',
    },
  );
});

test('a value that is not offered counts as not given', () => {
  assert.deepEqual(readChoice({ state: 'open' }, 'state', ['open', 'ended']), { state: 'open' });
  assert.deepEqual(readChoice({ state: 'toString' }, 'state', ['open', 'ended']), {});
  assert.deepEqual(readChoice({}, 'state', ['open']), {});
});
