import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeName, readContractsSearch, readOfferingPageSearch } from './market-search.ts';

test('only filters that there are are read from an address', () => {
  assert.deepEqual(readContractsSearch({ side: 'provided', state: 'active', x: 1 }), {
    side: 'provided',
    state: 'active',
  });
  assert.deepEqual(readContractsSearch({ side: 'both', state: 'lost' }), {});
  assert.deepEqual(readOfferingPageSearch({ show: 'ended', window: 'all' }), {
    show: 'ended',
    window: 'all',
  });
  assert.deepEqual(readOfferingPageSearch({ show: 'x', window: '1y' }), {});
});

test('a name of an offering is an organisation and a code', () => {
  for (const name of ['acme/chat', 'a-b/c.d_e-f', 'x/1']) assert.equal(looksLikeName(name), true, name);
  for (const text of [undefined, '', 'acme', 'acme/', '/chat', 'Acme/chat', 'a/b/c', 'acme / chat']) {
    assert.equal(looksLikeName(text), false, String(text));
  }
});
