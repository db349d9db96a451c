import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesSearch, readValue } from './setting-value.ts';

const INTEGER = { kind: 'integer', min: 1, max: 100, choices: null } as const;

test('only what the setting may hold can be sent', () => {
  assert.equal(readValue(INTEGER, ' 42 '), 42);
  for (const text of ['', '0', '101', '1.5', '1e2', 'ten', '99999999999999999999'])
    assert.equal(readValue(INTEGER, text), null, text);
  const choice = { kind: 'choice' as const, min: null, max: null, choices: ['a', 'b'] };
  assert.equal(readValue(choice, 'b'), 'b');
  assert.equal(readValue(choice, 'c'), null);
  assert.equal(readValue({ kind: 'text', min: null, max: null, choices: null }, ''), '');
});

test('a search finds settings by name and by what they do', () => {
  const setting = { name: 'JOB_LEASE_MS', about: 'How long a lease lasts' };
  assert(matchesSearch(setting, 'lease LASTS'));
  assert(!matchesSearch(setting, 'lease batch'));
});
