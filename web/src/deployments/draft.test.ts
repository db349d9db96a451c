import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestName } from './draft.ts';

const VALID = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

test('a suggested name is valid for any model id', () => {
  for (const hf_id of [
    'Qwen/Qwen3-0.6B_Instruct',
    '-._/..',
    'x',
    `org/${'Long-Name.'.repeat(20)}`,
    'Modèle/É',
  ]) {
    const name = suggestName({ hf_id }, '4f2a');
    assert.match(name, VALID, hf_id);
    assert.ok(name.length <= 60, name);
  }
});
