import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, isRestricted, UNRESTRICTED } from './key-restrictions.ts';

test('an untouched form restricts nothing', () => {
  assert.equal(isRestricted(UNRESTRICTED), false);
  assert.deepEqual(bodyOf(UNRESTRICTED), {
    models: null,
    limits: { requests_per_minute: null, tokens_per_minute: null, concurrent_requests: null },
    priority_max: 'normal',
    waits_for_start: false,
  });
});

test('names of models may be separated as people do, and numbers are numbers', () => {
  const wish = {
    ...UNRESTRICTED,
    models: 'org/a, org/b;\n org/a ',
    requestsPerMinute: '60',
    tokensPerMinute: '1e6',
    concurrentRequests: ' ',
  };
  assert.equal(isRestricted(wish), true);
  assert.deepEqual(bodyOf(wish).models, ['org/a', 'org/b']);
  assert.deepEqual(bodyOf(wish).limits, {
    requests_per_minute: 60,
    tokens_per_minute: 1_000_000,
    concurrent_requests: null,
  });
});
