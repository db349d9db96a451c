import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findMember, insertFirst, removeMember, replaceValue } from './json-members.ts';

test('a member is removed with one comma and nothing else changes', () => {
  const cases = [
    ['{"a":1,"usage":{"x":[1,2,"}"]},"b":2}', '{"a":1,"b":2}'],
    ['{"usage":{"x":1},"b":2}', '{"b":2}'],
    ['{"a":1, "usage" : {"x":1} }', '{"a":1 }'],
    ['{"usage":null}', '{}'],
    ['{ "usage":null , "b":1e999}', '{ "b":1e999}'],
  ];
  for (const [text = '', expected] of cases) {
    const member = findMember(text, 'usage');
    assert.ok(member);
    assert.equal(removeMember(text, member), expected);
  }
});

test('only a top-level member is found, and of several the last', () => {
  assert.equal(findMember('{"a":{"usage":1},"b":"\\"usage\\":2"}', 'usage'), undefined);
  const text = '{"m":1,"m":2}';
  const member = findMember(text, 'm');
  assert.ok(member);
  assert.equal(text.slice(member.valueStart, member.valueEnd), '2');
});

test('a key that is written with escapes is the same key', () => {
  const text = '{"us\\u0061ge":7,"back\\\\":1}';
  const member = findMember(text, 'usage');
  assert.ok(member);
  assert.equal(replaceValue(text, member, 'null'), '{"us\\u0061ge":null,"back\\\\":1}');
});

test('text that is no JSON ends the search and throws nothing', () => {
  for (const text of [
    '',
    '[',
    '{',
    '{"',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":"',
    '{"a":[',
    '{"\\x":1}',
    '{"a":1,',
    'null',
  ]) {
    assert.equal(findMember(text, 'usage'), undefined, text);
  }
});

test('for any object, removing and inserting say the same as a parser would', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(objects, fc.jsonValue(), (object, value) => {
      const text = Buffer.from(insertFirst(JSON.stringify(object), 'zz_new', JSON.stringify(value))).toString(
        'latin1',
      );
      const key = Object.keys(object)[0] ?? '';
      const latinKey = Buffer.from(key).toString('latin1');
      const member = findMember(text, key === latinKey ? key : latinKey);
      assert.ok(member);
      const back: unknown = JSON.parse(Buffer.from(removeMember(text, member), 'latin1').toString('utf8'));
      const expected = JSON.parse(JSON.stringify({ zz_new: value, ...object })) as Record<string, unknown>;
      delete expected[key];
      assert.deepEqual(back, expected);
    }),
    { numRuns: 300 },
  );
});
