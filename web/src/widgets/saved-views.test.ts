import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameSearch, readViews, withView, writeViews } from './saved-views.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

test('views are kept for each organisation and list apart', () => {
  const storage = memory();
  writeViews(storage, 'instances', 'org_1', [{ name: 'mine', search: { zone: 'fr-par-2' } }]);
  assert.equal(readViews(storage, 'instances', 'org_1').length, 1);
  assert.deepEqual(readViews(storage, 'instances', 'org_2'), []);
  assert.deepEqual(readViews(storage, 'workers', 'org_1'), []);
});

test('what is broken in the storage is passed over', () => {
  const storage = memory();
  storage.setItem('inventiv.views.a.o', '{not json');
  assert.deepEqual(readViews(storage, 'a', 'o'), []);
  storage.setItem('inventiv.views.a.o', JSON.stringify([{ name: '' }, null, 3, { name: 'x', search: {} }]));
  assert.deepEqual(readViews(storage, 'a', 'o'), [{ name: 'x', search: {} }]);
});

test('a name is given once, and the same search is known in another order', () => {
  const views = withView([{ name: 'a', search: { zone: '1' } }], { name: 'a', search: { zone: '2' } });
  assert.deepEqual(views, [{ name: 'a', search: { zone: '2' } }]);
  assert(isSameSearch({ a: 1, b: 'x' }, { b: 'x', a: 1 }));
  assert(!isSameSearch({ a: 1 }, {}));
});
