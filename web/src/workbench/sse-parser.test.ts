import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSseParser } from './sse-parser.ts';

const STREAM = 'data: {"a":1}\n\n: comment\r\n\r\nevent: x\ndata:two\ndata: lines\n\ndata: [DONE]\r\n\r\n';
const EXPECTED = ['{"a":1}', 'two\nlines', '[DONE]'];

function parseInPieces(stream: string, size: number): string[] {
  const found: string[] = [];
  const parse = createSseParser((data) => found.push(data));
  for (let at = 0; at < stream.length; at += size) parse(stream.slice(at, at + size));
  return found;
}

test('events come out the same however the stream is cut', () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    assert.deepEqual(parseInPieces(STREAM, size), EXPECTED, `pieces of ${size}`);
  }
});

test('an event that was not ended is not told', () => {
  assert.deepEqual(parseInPieces('data: whole\n\ndata: half\n', 100), ['whole']);
});
