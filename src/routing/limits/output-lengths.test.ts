import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputLengths } from './output-lengths.ts';

test('nine of ten answers are not longer than the usual one, and the figure follows the model', () => {
  const lengths = new OutputLengths();
  assert.equal(lengths.usual('a'), 512);
  for (let i = 1; i <= 128; i++) lengths.add('a', i);
  assert.equal(lengths.usual('a'), 115);
  for (let i = 0; i < 128; i++) lengths.add('a', 1_000);
  assert.equal(lengths.usual('a'), 1_000);
  assert.equal(lengths.usual('b'), 512);
});
