import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, readConfig } from './model-draft.ts';

const empty = {
  hfId: '',
  name: '',
  licence: '',
  configText: '',
  contextText: '',
  weightsText: '',
  argsText: '',
};

test('only a JSON object is a configuration', () => {
  assert.equal(readConfig(' '), null);
  assert.equal(readConfig('{"a":'), undefined);
  assert.equal(readConfig('[1]'), undefined);
  assert.deepEqual(readConfig('{"model_type":"llama"}'), { model_type: 'llama' });
});

test('what is left empty is left to the server', () => {
  assert.deepEqual(factsOf(empty), { engine_args: [] });
});

test('gigabytes are read with a point or a comma, and arguments by line', () => {
  const facts = factsOf({ ...empty, weightsText: '16,4', contextText: '8192', argsText: '--a\n\n --b=1 ' });
  assert.deepEqual(facts, {
    weights_bytes: 16_400_000_000,
    context_length: 8192,
    engine_args: ['--a', '--b=1'],
  });
});
