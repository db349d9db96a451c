import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialField } from '#contracts/provider-accounts.ts';
import { credentialOf, humanName, wrongFields } from './credential-form.ts';

const field = (name: string, kind: CredentialField['kind'], isRequired = false): CredentialField => ({
  name,
  kind,
  is_required: isRequired,
  choices: null,
  about: null,
});
const FIELDS = [
  field('secret_key', 'secret', true),
  field('port', 'number'),
  field('disk', 'boolean'),
  field('zones', 'text'),
];

test('what is left empty is not sent, and numbers are numbers', () => {
  assert.deepEqual(credentialOf(FIELDS, { secret_key: ' s ', port: '22', disk: true, zones: '  ' }), {
    secret_key: 's',
    port: 22,
    disk: true,
  });
});

test('what must be given is asked for', () => {
  assert.deepEqual([...wrongFields(FIELDS, { secret_key: ' ', port: 'x' })], ['secret_key', 'port']);
  assert.deepEqual([...wrongFields(FIELDS, { secret_key: 's' })], []);
  assert.equal(humanName('secret_key'), 'Secret key');
});
