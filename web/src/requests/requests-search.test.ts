import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequestsSearch } from './requests-search.ts';

test('an address is read as far as it makes sense, and no further', () => {
  assert.deepEqual(
    readRequestsSearch({
      q: 42,
      status: '404',
      show: 'failed',
      span: 'forever',
      sort: '-tokens',
      key: '',
      x: 1,
    }),
    { q: '42', status: 404, show: 'failed', sort: '-tokens' },
  );
  assert.deepEqual(readRequestsSearch({ status: 'x', sort: 'id', q: {} }), {});
  assert.deepEqual(readRequestsSearch({ status: 99 }), {});
});
