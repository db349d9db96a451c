import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readReturnPath } from './return-path.ts';

test('a page of ours is come back to', () => {
  for (const path of ['/', '/instances', '/deployments/dep_1?tab=logs', '/costs?from=a&to=b#x', '/apis']) {
    assert.equal(readReturnPath(path), path);
  }
});

test('whatever leaves the site, or is no page, leads home', () => {
  const wrong = [
    undefined,
    '',
    'instances',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    ' //evil.test',
    '/ /evil.test',
    'https://evil.test',
    'javascript:alert(1)',
    '/..//evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '/%2e%2e//evil.test',
    '/api/v1/session',
    '/v1/models',
    '/a/../api/v1/session',
    `/${'a'.repeat(3_000)}`,
  ];
  for (const text of wrong) assert.equal(readReturnPath(text), '/', JSON.stringify(text));
});

test('no text at all leads away', () => {
  const sign = fc.constantFrom(
    '/',
    '\\',
    '.',
    '%2f',
    '%5c',
    '%2e',
    ':',
    '@',
    'evil.test',
    '\t',
    '?',
    '#',
    'a',
    '\u2028',
  );
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
      const path = readReturnPath(`/${signs.join('')}`);
      assert.equal(new URL(path, 'https://inventiv.test').origin, 'https://inventiv.test');
      assert(!/^\/[/\\]/.test(path));
    }),
    { numRuns: 5_000 },
  );
});
