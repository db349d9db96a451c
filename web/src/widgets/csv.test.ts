import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf } from './csv.ts';

test('cells are quoted where they must be, in the form of each language', () => {
  const rows = [['a "b", c', 1.5, null]] as const;
  assert.equal(csvOf(['x', 'y', 'z'], rows, 'en'), '\ufeffx,y,z\r\n"a ""b"", c",1.5,\r\n');
  assert.equal(csvOf(['x', 'y', 'z'], rows, 'fr'), '\ufeffx;y;z\r\n"a ""b"", c";1,5;\r\n');
});

test('a name that is a formula is only a name; a negative number stays a number', () => {
  assert.equal(csvOf(['n'], [['=1+1'], ['-2'], [-2]], 'en'), "\ufeffn\r\n'=1+1\r\n'-2\r\n-2\r\n");
});
