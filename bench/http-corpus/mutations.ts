/** Changes of raw requests, by seed: the same seed makes the same bytes. */
import type { RawCase } from './parts.ts';
import type { Seeded } from './seeded.ts';

const WORDS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  '0\r\n\r\n',
  '\xff',
  '\x0b',
  '%',
  '#',
  '?',
  '_',
  '"',
  '{',
  '}',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'HTTP/1.0',
  'HTTP/1.1',
  'GET ',
  'POST ',
  'http://a',
  'chunked',
  'X: y\r\n',
  'GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n',
  'Authorization: Bearer x\r\n',
  'Content-Encoding: gzip\r\n',
  ' \r\n',
  '\r\n ',
];
const BYTES_MAX = 20_000;
const CHANGES_MAX = 4;
const CUT_OF = 8;

export function mutationOf(cases: readonly RawCase[], random: Seeded, n: number): RawCase {
  let bytes = wholeOf(random.pick(cases));
  for (let left = 1 + random.next(CHANGES_MAX); left > 0; left--) bytes = change(bytes, cases, random);
  if (bytes.length > BYTES_MAX) bytes = bytes.subarray(0, BYTES_MAX);
  const cut = random.next(CUT_OF) === 0 && bytes.length > 1 ? 1 + random.next(bytes.length - 1) : 0;
  const pieces = cut > 0 ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
  return { name: `mutation ${n}`, wanted: 'alike', pieces };
}

function wholeOf({ pieces }: RawCase): Buffer {
  return Buffer.concat(pieces);
}

function change(bytes: Buffer, cases: readonly RawCase[], random: Seeded): Buffer {
  const at = random.next(bytes.length + 1);
  const length = 1 + random.next(Math.max(1, Math.min(40, bytes.length - at)));
  switch (random.next(7)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = random.next(256);
      return copy;
    }
    case 1:
      return splice(bytes, at, 0, Buffer.from([random.next(256)]));
    case 2:
      return splice(bytes, at, length, Buffer.alloc(0));
    case 3:
      return splice(bytes, at, 0, bytes.subarray(at, at + length));
    case 4:
      return splice(bytes, at, 0, Buffer.from(random.pick(WORDS), 'latin1'));
    case 5:
      return splice(bytes, at, length, Buffer.from(random.pick(WORDS), 'latin1'));
    default: {
      const other = wholeOf(random.pick(cases));
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.next(other.length + 1))]);
    }
  }
}

function splice(bytes: Buffer, at: number, length: number, between: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), between, bytes.subarray(at + length)]);
}
