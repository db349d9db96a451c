import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProjectSchema } from '#contracts/organisations.ts';
import { suggestSlug } from './slug.ts';

test('a short name is suggested that the api takes', () => {
  assert.equal(suggestSlug('  Équipe Données & Cie '), 'equipe-donnees-cie');
  assert.equal(suggestSlug('日本'), '');
  const long = suggestSlug(`${'a'.repeat(39)} b c d`);
  assert(createProjectSchema.safeParse({ name: 'x', slug: long }).success, long);
});
