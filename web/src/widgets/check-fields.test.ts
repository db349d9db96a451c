import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProjectSchema } from '#contracts/organisations.ts';
import { checkFields } from './check-fields.ts';

test('fields that do not fit the contract are named, and what fits is read', () => {
  assert.deepEqual([...checkFields(createProjectSchema, { name: '', slug: 'Has Blanks' }).wrong].sort(), [
    'name',
    'slug',
  ]);
  assert.deepEqual(checkFields(createProjectSchema, { name: 'A', slug: 'a' }).data, { name: 'A', slug: 'a' });
});
