import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlainHead } from './plain-head.ts';

const PLAIN = 'POST /v1/a HTTP/1.1\r\nHost: a\r\nX-A:b c\r\nContent-Length: 12\r\n\r\nbody';

function read(text: string) {
  return readPlainHead(Buffer.from(text, 'latin1'));
}

test('a plain head is read as it stands', () => {
  assert.deepEqual(read(PLAIN), {
    method: 'POST',
    target: '/v1/a',
    rawHeaders: ['host', 'a', 'x-a', 'b c', 'content-length', '12'],
    bodyBytes: 12,
    isLast: false,
    end: PLAIN.length - 4,
  });
  assert.equal(read('GET / HTTP/1.1\r\nhost: a\r\nconnection: Close\r\n\r\n')?.isLast, true);
  assert.equal(read('GET / HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n')?.isLast, false);
});

test('whatever is not plain is left to the general parser', () => {
  const others: Readonly<Record<string, string>> = {
    'not whole': PLAIN.slice(0, 40),
    empty: '',
    'another method': PLAIN.replace('POST', 'PUT'),
    'a method in small letters': PLAIN.replace('POST', 'post'),
    'another version': PLAIN.replace('1.1', '1.0'),
    'two spaces': PLAIN.replace('POST ', 'POST  '),
    'an absolute address': PLAIN.replace('/v1', 'http://a/v1'),
    'a question': PLAIN.replace('/v1/a', '/v1/a?b'),
    'a percent sign': PLAIN.replace('/v1/a', '/v1%2fa'),
    'a line before': `\r\n${PLAIN}`,
    'a bare line end': PLAIN.replace('a\r\n', 'a\n'),
    'a bare CR': PLAIN.replace('b c', 'b\rc'),
    'a folded header': PLAIN.replace('b c', 'b\r\n c'),
    'a space before the colon': PLAIN.replace('X-A:', 'X-A :'),
    'no colon': PLAIN.replace('X-A:b', 'X-A'),
    'no name': PLAIN.replace('X-A', ''),
    'no value': PLAIN.replace('b c', ''),
    'a space after the value': PLAIN.replace('b c', 'b '),
    'a tab': PLAIN.replace('b c', 'b\tc'),
    'a zero byte': PLAIN.replace('b c', 'b\0c'),
    'a byte above ASCII': PLAIN.replace('b c', 'b\xe9c'),
    'an underscore in a name': PLAIN.replace('X-A', 'X_A'),
    'no host': PLAIN.replace('Host', 'Hosts'),
    'two hosts': PLAIN.replace('X-A', 'host'),
    'no length': PLAIN.replace('Content-Length', 'Content-Lengths'),
    'two lengths': PLAIN.replace('X-A:b c', 'content-length:12'),
    'a length with a zero before': PLAIN.replace('12', '012'),
    'a length with a sign': PLAIN.replace('12', '+12'),
    'a length with two values': PLAIN.replace('12', '12, 12'),
    'a length beyond all': PLAIN.replace('12', '99999999999'),
    'a body on GET': PLAIN.replace('POST', 'GET'),
    chunks: PLAIN.replace('X-A:b c', 'Transfer-Encoding: chunked'),
    'an upgrade': PLAIN.replace('X-A:b c', 'Upgrade: h2c'),
    'an expectation': PLAIN.replace('X-A:b c', 'Expect: 100-continue'),
    'another connection': PLAIN.replace('X-A:b c', 'Connection: x-a'),
    'two kinds of connection': PLAIN.replace('X-A:b c', 'Connection: close\r\nConnection: keep-alive'),
    'a very long head': PLAIN.replace('b c', 'b'.repeat(17_000)),
  };
  for (const [name, text] of Object.entries(others)) assert.equal(read(text), undefined, name);
});
