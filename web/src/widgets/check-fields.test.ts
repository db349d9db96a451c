import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { checkFields } from './check-fields.ts';

const schema = z.object({ name: z.string().min(1), slug: z.string().regex(/^[a-z-]+$/) });

test('fields that do not fit the contract are named, and what fits is read', () => {
  assert.deepEqual([...checkFields(schema, { name: '', slug: 'Has Blanks' }).wrong].sort(), ['name', 'slug']);
  assert.deepEqual(checkFields(schema, { name: 'A', slug: 'a' }).data, { name: 'A', slug: 'a' });
});
