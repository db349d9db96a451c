import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slugOf, withoutSlug, withSlug } from './workspace-path.ts';

test('what belongs to an organisation has its slug before it, once, and nothing else has', () => {
  for (const [path, shown] of [
    ['/', '/o/acme'],
    ['/?a=1', '/o/acme?a=1'],
    ['/instances', '/o/acme/instances'],
    ['/instances?state=ready#x', '/o/acme/instances?state=ready#x'],
    ['/organisation/members', '/o/acme/organisation/members'],
    ['/accounts-of-others', '/o/acme/accounts-of-others'],
    ['/o/acme/keys', '/o/acme/keys'],
    ['/o/other/keys', '/o/other/keys'],
    ['/login?next=%2Fkeys', '/login?next=%2Fkeys'],
    ['/account', '/account'],
    ['/platform/users', '/platform/users'],
  ] as const) {
    assert.equal(withSlug(path, 'acme'), shown);
    if (slugOf(path) === undefined) assert.equal(withoutSlug(shown, 'acme'), path);
  }
  assert.equal(withSlug('/instances', undefined), '/instances', 'while nobody is signed in');
});

test('a path of another organisation is not read as one of ours, and any is while none is open', () => {
  assert.equal(withoutSlug('/o/other/keys', 'acme'), '/o/other/keys');
  assert.equal(withoutSlug('/o/other/keys', undefined), '/keys');
  assert.equal(withoutSlug('/o/acme', 'acme'), '/');
  assert.equal(withoutSlug('/o/acme-2/keys', 'acme'), '/o/acme-2/keys');
  assert.equal(withoutSlug('/o/', 'acme'), '/o/');
  assert.equal(slugOf('/observability'), undefined);
});
