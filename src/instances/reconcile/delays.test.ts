import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadDelay } from './delays.ts';

const at = (value: number) => ({ float: () => value, bytes: (length: number) => new Uint8Array(length) });

test('machines at rest are looked at after the usual pace or a fifth later, each at another time', () => {
  assert.equal(spreadDelay(300_000, 300_000, at(0)), 300_000, 'never before a look is due');
  assert.equal(spreadDelay(300_000, 300_000, at(0.5)), 330_000);
  assert.ok(spreadDelay(300_000, 300_000, at(0.999_999)) <= 360_000);
});

test('what is waited for on purpose is not put off', () => {
  assert.equal(spreadDelay(299_999, 300_000, at(0.9)), 299_999);
  assert.equal(spreadDelay(0, 300_000, at(0.9)), 0);
});
