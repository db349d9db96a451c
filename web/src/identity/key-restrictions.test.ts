import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bodyOf,
  isLimit,
  isRestricted,
  isSendable,
  restrictionsOf,
  UNRESTRICTED,
} from './key-restrictions.ts';

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
    tokensPerMinute: ' 1000000 ',
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

test('what is no limit is never sent as none', () => {
  for (const text of ['', ' ', '1', ' 60 ', '999999999999']) assert.equal(isLimit(text), true, text);
  for (const text of ['0', '-1', '1.5', '1e6', 'many', '1 000', '1000000000000']) {
    assert.equal(isLimit(text), false, text);
    assert.equal(isSendable({ ...UNRESTRICTED, tokensPerMinute: text }), false);
  }
});

test('a key that is edited without a change stays as it is', () => {
  const restricted = {
    models: ['org/a', 'org/b'],
    limits: { requests_per_minute: 60, tokens_per_minute: null, concurrent_requests: 3 },
    priority_max: 'batch' as const,
    waits_for_start: true,
  };
  assert.deepEqual(bodyOf(restrictionsOf(restricted)), restricted);
  assert.deepEqual(restrictionsOf(bodyOf(UNRESTRICTED)), UNRESTRICTED);
});
