import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestSlug } from './slug.ts';

test('a short name is suggested that the api takes', () => {
  assert.equal(suggestSlug('  Équipe Données & Cie '), 'equipe-donnees-cie');
  assert.equal(suggestSlug('日本'), '');
  const long = suggestSlug(`${'a'.repeat(39)} b c d`);
  assert.match(long, /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
});
