import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyUsageReader, StreamUsageReader, type UsageReader } from './usage-reader.ts';

function event(fields: Record<string, unknown>): string {
  return `data: ${JSON.stringify(fields)}\n\n`;
}

function usage(prompt: number, completion: number, cached = 0): Record<string, unknown> {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

function read(reader: UsageReader, text: string, cutEvery: number): UsageReader {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cutEvery) reader.push(bytes.subarray(at, at + cutEvery));
  reader.finish();
  return reader;
}

const HOSTILE = 'é "usage": {"completion_tokens": 99} \n data: {"usage":{}} 🙂';

describe('the usage of a stream', () => {
  const text = [
    event({ choices: [{ index: 0, delta: { role: 'assistant' } }], usage: usage(5, 0, 3) }),
    event({ choices: [{ index: 0, delta: { content: HOSTILE } }], usage: usage(5, 1, 3) }),
    event({ choices: [{ index: 0, delta: { content: 'x' } }], usage: usage(5, 2, 3) }),
    event({ choices: [], usage: usage(5, 2, 3) }),
    'data: [DONE]\n\n',
  ].join('');

  for (const cutEvery of [1, 2, 7, 64, 100_000]) {
    it(`is the same when the bytes come in pieces of ${cutEvery}`, () => {
      const reader = read(new StreamUsageReader(), text, cutEvery);
      assert.deepEqual(reader.usage, { promptTokens: 5, completionTokens: 2, cachedTokens: 3 });
      assert.equal(reader.hasFailed, false);
    });
  }

  it('sums what each choice has so far, until the engine tells the sum', () => {
    const reader = new StreamUsageReader();
    read(
      reader,
      event({ choices: [{ index: 0 }], usage: usage(5, 3) }) +
        event({ choices: [{ index: 1 }], usage: usage(5, 2) }) +
        event({ choices: [{ index: 0 }], usage: usage(5, 4) }),
      1000,
    );
    assert.equal(reader.usage.completionTokens, 6);
    read(reader, event({ choices: [], usage: usage(5, 7) }), 1000);
    assert.equal(reader.usage.completionTokens, 7);
  });

  it('counts each prompt of several once, however many choices it has', () => {
    const reader = new StreamUsageReader(2);
    for (const [index, prompt] of [
      [0, 5],
      [1, 5],
      [2, 7],
      [0, 5],
    ] as const) {
      reader.push(Buffer.from(event({ choices: [{ index }], usage: usage(prompt, 1, prompt - 1) })));
    }
    assert.deepEqual(reader.usage, { promptTokens: 12, completionTokens: 3, cachedTokens: 10 });
  });

  it('counts an event without its last newline, and one with carriage returns', () => {
    const line = event({ choices: [{ index: 0 }], usage: usage(1, 4) });
    assert.equal(read(new StreamUsageReader(), line.trimEnd(), 3).usage.completionTokens, 4);
    assert.equal(read(new StreamUsageReader(), line.replaceAll('\n', '\r\n'), 3).usage.completionTokens, 4);
  });

  it('sees an error in mid-stream behind which the engine still says it is done', () => {
    const reader = read(
      new StreamUsageReader(),
      `${event({ error: { message: 'out of blocks', code: 500 } })}data: [DONE]\n\n`,
      10,
    );
    assert.equal(reader.hasFailed, true);
  });

  it('is not disturbed by garbage, and ignores counts that are none', () => {
    const reader = read(
      new StreamUsageReader(),
      `data: {"usage": broken and long enough\n\n: comment comment comment\n\n${event({ choices: [{ index: 0 }], usage: { prompt_tokens: -4, completion_tokens: 'many' } })}`,
      5,
    );
    assert.deepEqual(reader.usage, { promptTokens: 0, completionTokens: 0, cachedTokens: 0 });
  });

  it('lets a line without end pass and goes on behind it', () => {
    const reader = new StreamUsageReader();
    for (let i = 0; i < 10; i++) reader.push(Buffer.alloc(1024 * 1024, 'x'));
    reader.push(Buffer.from(`\n\n${event({ choices: [{ index: 0 }], usage: usage(1, 9) })}`));
    assert.equal(reader.usage.completionTokens, 9);
  });
});

describe('the usage of a single answer', () => {
  it('is read from the body, whatever the texts in it say', () => {
    const body = JSON.stringify({
      choices: [{ message: { content: HOSTILE } }],
      usage: usage(4, 8, 2),
      x: 1,
    });
    const reader = read(new BodyUsageReader(), body, 9);
    assert.deepEqual(reader.usage, { promptTokens: 4, completionTokens: 8, cachedTokens: 2 });
  });

  it('is found at the end of an answer that is too large to keep', () => {
    const reader = new BodyUsageReader();
    for (let i = 0; i < 20; i++) reader.push(Buffer.alloc(1024 * 1024, 'x'));
    reader.push(Buffer.from(`","usage": ${JSON.stringify(usage(4, 8))}}`));
    reader.finish();
    assert.equal(reader.usage.completionTokens, 8);
  });

  it('is zero where the engine tells none', () => {
    for (const body of ['', '{}', '{"usage":null}', '{"usage":', '{"usage":{"prompt_tokens":']) {
      assert.equal(read(new BodyUsageReader(), body, 3).usage.promptTokens, 0);
    }
  });
});
