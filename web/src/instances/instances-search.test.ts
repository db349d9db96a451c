import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFiltered, readInstancesSearch, wishOf } from './instances-search.ts';

test('what an address cannot mean is left out', () => {
  const read = readInstancesSearch({
    show: 'none',
    state: 'asleep',
    find: '',
    zone: 7,
    sort: 'cost',
    desc: 'yes',
  });
  assert.deepEqual(read, { zone: '7' });
});

test('without a choice the running ones are asked for, the youngest first', () => {
  assert.deepEqual(wishOf({}), { ended: 'false', sort: '-created_at' });
  assert.deepEqual(wishOf({ sort: 'age', desc: true }), { ended: 'false', sort: 'created_at' });
});

test('ended ones come with those that are archived, and all with both', () => {
  assert.deepEqual(wishOf({ show: 'ended' }), {
    ended: 'true',
    include_archived: 'true',
    sort: '-created_at',
  });
  assert.deepEqual(wishOf({ show: 'all', sort: 'price', desc: true, find: 'l4' }), {
    include_archived: 'true',
    q: 'l4',
    sort: '-price',
  });
});

test('an order alone is no filter', () => {
  assert.equal(isFiltered({ sort: 'name' }), false);
  assert.equal(isFiltered({ zone: 'fr-par-2' }), true);
});
