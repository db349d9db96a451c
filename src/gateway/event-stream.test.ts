import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventStream, type WantedUsage } from './event-stream.ts';
import { RunningCounts } from './token-counts.ts';

const head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m",';
const usage = (completion: number) =>
  `"usage":{"prompt_tokens":5,"total_tokens":${5 + completion},"completion_tokens":${completion}}`;
const chunk = (text: string, index = 0) =>
  `${head}"choices":[{"index":${index},"delta":{"content":${JSON.stringify(text)}}}]`;
const event = (json: string) => `data: ${json}\n\n`;

const TEXTS = ['Hé"llo', ' "usage": {"a":1}', '\\', '漢字 🎈', '"error":'];
/** As the engine sends it with continuous usage, without any option, and with the closing usage alone. */
const asked = [
  ...TEXTS.map((text, i) => event(`${chunk(text)},${usage(i + 1)}}`)),
  event(`${head}"choices":[],${usage(5)}}`),
].join('');
const unasked = TEXTS.map((text) => event(`${chunk(text)}}`)).join('');
const DONE = 'data: [DONE]\n\n';

function stream(wanted: WantedUsage, unaskedForm: 'absent' | 'null' = 'absent', choices = 1) {
  const counts = new RunningCounts(choices);
  const events = new EventStream({ wanted, unasked: unaskedForm, counts, eventBytesMax: 10_000 });
  return { events, counts };
}

function passThrough(events: EventStream, pieces: readonly Buffer[]): string {
  const out: Buffer[] = [];
  for (const piece of pieces) {
    const { bytes, last } = events.push(piece);
    out.push(bytes, last ?? Buffer.alloc(0));
  }
  return Buffer.concat(out).toString('utf8');
}

test('the client sees what the engine would have sent without our question', () => {
  const expected: Record<WantedUsage, string> = {
    none: unasked,
    final: unasked + event(`${head}"choices":[],${usage(5)}}`),
    continuous: asked,
  };
  for (const wanted of ['none', 'final', 'continuous'] as const) {
    const { events, counts } = stream(wanted);
    assert.equal(passThrough(events, [Buffer.from(asked + DONE)]), expected[wanted] + DONE);
    assert.deepEqual(counts.total, { promptTokens: 5, completionTokens: 5, cachedTokens: 0 });
    assert.equal(events.isDone, true);
    assert.equal(events.hasError, false);
  }
});

test('the usage of completions becomes null, as their serving class writes unset fields', () => {
  const { events } = stream('none', 'null');
  assert.equal(
    passThrough(events, [Buffer.from(event(`${chunk('a')},${usage(1)}}`))]),
    event(`${chunk('a')},"usage":null}`),
  );
});

test('wherever the bytes are cut, the same comes out', () => {
  const bytes = Buffer.from(asked + DONE);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      const { events, counts } = stream('none');
      assert.equal(passThrough(events, pieces), unasked + DONE);
      assert.equal(counts.total.completionTokens, 5);
    }),
    { numRuns: 200 },
  );
});

test('counts of several choices add up until the closing chunk says the sum', () => {
  const { events, counts } = stream('none', 'absent', 2);
  passThrough(events, [
    Buffer.from(
      event(`${chunk('a', 0)},${usage(3)}}`) +
        event(`${chunk('b', 1)},${usage(4)}}`) +
        event(`${chunk('c', 0)},${usage(5)}}`),
    ),
  ]);
  assert.deepEqual(counts.total, { promptTokens: 5, completionTokens: 9, cachedTokens: 0 });
  passThrough(events, [Buffer.from(event(`${head}"choices":[],${usage(11)}}`))]);
  assert.equal(counts.total.completionTokens, 11);
  assert.equal(counts.isFinal, true);
});

test('an error event passes as it is and is remembered, though the end marker follows', () => {
  const failure = event('{"error":{"message":"boom","type":"InternalServerError","param":null,"code":500}}');
  const { events } = stream('none');
  assert.equal(passThrough(events, [Buffer.from(failure + DONE)]), failure + DONE);
  assert.equal(events.hasError, true);
});

test('the end marker is handed over apart, and nothing after it', () => {
  const { events } = stream('none');
  const passed = events.push(Buffer.from(`${event(`${chunk('a')}}`)}${DONE}data: more\n\n`));
  assert.equal(passed.bytes.toString(), event(`${chunk('a')}}`));
  assert.equal(passed.last?.toString(), DONE);
  assert.equal(events.push(Buffer.from('x')).bytes.length, 0);
});

test('comments, other fields, CRLF and garbage pass unchanged', () => {
  const text = ': ping\n\nevent: x\r\ndata: {"a":1}\r\n\r\ndata: {"usage":\n\ndata: not json\n\n';
  const { events } = stream('none');
  assert.equal(passThrough(events, [Buffer.from(text)]), text);
});

test('a line without end is noticed before it fills the memory', () => {
  const { events } = stream('none');
  events.push(Buffer.alloc(10_001, 0x61));
  assert.equal(events.isOversized, true);
});

test('an event of the usual form and the same event in any other form come to the same', () => {
  const number = fc.nat(1_000_000);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.nat(127),
      number,
      number,
      fc.option(number, { nil: undefined }),
      fc.constantFrom('none' as const, 'final' as const, 'continuous' as const),
      fc.constantFrom('absent' as const, 'null' as const),
      (text, index, prompt, completion, cached, wanted, unaskedForm) => {
        const details = cached === undefined ? '' : `,"prompt_tokens_details":{"cached_tokens":${cached}}`;
        const counted = `{"prompt_tokens":${prompt},"total_tokens":1,"completion_tokens":${completion}${details}}`;
        const usual = stream(wanted, unaskedForm, 128);
        const other = stream(wanted, unaskedForm, 128);
        const push = (of: typeof usual, json: string) =>
          of.events.push(Buffer.from(event(json))).bytes.toString();
        const told = push(usual, `${chunk(text, index)},"usage":${counted}}`);
        const walked = push(other, `${chunk(text, index)},"usage": ${counted}}`);
        assert.equal(
          told,
          walked.replace('"usage": {', '"usage":{').replace('"usage": null', '"usage":null'),
        );
        assert.deepEqual(usual.counts.total, other.counts.total);
      },
    ),
  );
});
