import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flavourOfType, readTypeRules } from './by-type.ts';

test('the first pair that matches counts, whatever the case', () => {
  const text = 'H100-*=fast, L4-1-24G=small *-2-*=two *=rest';
  assert.equal(flavourOfType(text, 'h100-2-80g'), 'fast');
  assert.equal(flavourOfType(text, 'L4-1-24G'), 'small');
  assert.equal(flavourOfType(text, 'L4-2-24G'), 'two');
  assert.equal(flavourOfType(text, 'anything'), 'rest');
  assert.equal(flavourOfType('', 'L4-1-24G'), undefined);
  assert.equal(flavourOfType('L4=small', 'L4-1-24G'), undefined, 'the whole name, without an asterisk');
});

test('an asterisk stands for nothing too, and parts do not overlap', () => {
  assert.equal(flavourOfType('a*b=x', 'ab'), 'x');
  assert.equal(flavourOfType('ab*ba=x', 'aba'), undefined);
  assert.equal(flavourOfType('a*b*c=x', 'a-b-b-c'), 'x');
  assert.equal(flavourOfType('*b*=x', 'abc'), 'x');
  assert.equal(flavourOfType('a.c=x', 'abc'), undefined, 'a dot is a dot');
});

test('words that are no pair are told and count for nothing', () => {
  assert.deepEqual(readTypeRules('L4 =x L4= a=b=c'), [undefined, undefined, undefined, undefined]);
  assert.equal(flavourOfType('L4 L4=small', 'L4'), 'small');
});
