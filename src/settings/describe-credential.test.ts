import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { describeCredential } from './describe-credential.ts';

test('a form has a field for each part of a credential, and hides what is secret', () => {
  const schema = z.strictObject({
    secret_key: z.string().describe('Of an API key'),
    access_key_id: z.string(),
    secret_id: z.string().optional(),
    port: z.int().optional(),
    root_volume: z.enum(['auto', 'block']).optional(),
    data_volume: z.boolean().default(false),
  });
  const [form] = describeCredential(schema);
  assert.deepEqual(
    form?.fields.map(({ name, kind, is_required: isRequired }) => [name, kind, isRequired]),
    [
      ['secret_key', 'secret', true],
      ['access_key_id', 'text', true],
      ['secret_id', 'text', false],
      ['port', 'number', false],
      ['root_volume', 'choice', false],
      ['data_volume', 'boolean', false],
    ],
  );
  assert.deepEqual(form?.fields[4]?.choices, ['auto', 'block']);
  assert.equal(form?.fields[0]?.about, 'Of an API key');
});

test('a credential that can be given in several ways has a form for each', () => {
  const schema = z.union([
    z.object({ token: z.string() }),
    z.object({ user: z.string(), password: z.string() }),
  ]);
  assert.deepEqual(
    describeCredential(schema).map(({ fields }) => fields.map(({ name }) => name)),
    [['token'], ['user', 'password']],
  );
});
