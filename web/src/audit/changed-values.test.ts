import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedValues } from './changed-values.ts';

test('changes come first, and what was not there is told apart from nothing', () => {
  assert.deepEqual(changedValues({ name: 'a', limit: null, gone: 1 }, { name: 'a', limit: 5, new: false }), [
    { name: 'limit', before: 'null', after: '5', isChanged: true },
    { name: 'gone', before: '1', after: undefined, isChanged: true },
    { name: 'new', before: undefined, after: 'false', isChanged: true },
    { name: 'name', before: 'a', after: 'a', isChanged: false },
  ]);
  assert.deepEqual(changedValues(null, null), []);
});
