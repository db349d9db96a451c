import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#kernel/errors.ts';
import { NamedEventStream } from './named-event-stream.ts';
import { errorEvent } from './stream-error.ts';
import { RunningCounts } from './token-counts.ts';

const HOSTILE = 'é "usage":{"output_tokens":9}\n\nevent: message_stop\n\n "type":"signature_delta" 漢';
const event = (type: string, fields: Record<string, unknown> = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const MESSAGE = {
  form: 'messages' as const,
  passed:
    event('message_start', { message: { id: 'm', usage: { input_tokens: 12, output_tokens: 0 } } }) +
    ': keep-alive\n\n' +
    event('content_block_delta', { delta: { type: 'thinking_delta', thinking: 'hm' } }) +
    event('content_block_delta', { delta: { type: 'signature_delta', signature: 'x' } }) +
    event('content_block_delta', { delta: { type: 'text_delta', text: HOSTILE } }) +
    event('message_delta', {
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 9, cache_read_input_tokens: 3, output_tokens: 5 },
    }),
  last: event('message_stop'),
  counts: { promptTokens: 12, completionTokens: 5, cachedTokens: 3 },
};
const usage = { input_tokens: 12, input_tokens_details: { cached_tokens: 3 }, output_tokens: 5 };
const RESPONSE = {
  form: 'responses' as const,
  passed:
    event('response.created', { response: { usage: null } }) +
    event('response.output_text.delta', { delta: HOSTILE }) +
    event('response.output_text.done', { text: HOSTILE }),
  last: event('response.completed', { response: { tools: [{ usage: {} }], usage } }),
  counts: MESSAGE.counts,
};

function open(form: 'messages' | 'responses', eventBytesMax = 10_000) {
  const counts = new RunningCounts();
  return { counts, events: new NamedEventStream({ form, counts, eventBytesMax }) };
}

for (const { form, passed, last, counts: expected } of [MESSAGE, RESPONSE]) {
  test(`${form}: bytes pass unchanged in any pieces, and the last event is held back with the counts known`, () => {
    const bytes = Buffer.from(passed + last + event('after'));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const { counts, events } = open(form);
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const out: Buffer[] = [];
        let held: Buffer | undefined;
        for (let i = 1; i < at.length; i++) {
          const pushed = events.push(bytes.subarray(at[i - 1], at[i]));
          out.push(pushed.bytes);
          held ??= pushed.last;
        }
        assert.equal(Buffer.concat(out).toString('utf8'), passed);
        assert.equal(held?.toString('utf8'), last);
        assert.equal(events.isDone, true);
        assert.equal(events.hasError, false);
        assert.deepEqual(counts.total, expected);
      }),
    );
  });

  test(`${form}: until the end each delta counts as a token`, () => {
    const { counts, events } = open(form);
    events.push(Buffer.from(passed.slice(0, passed.lastIndexOf('event: '))));
    assert.equal(events.isDone, false);
    assert.equal(counts.total.completionTokens, form === 'messages' ? 2 : 1);
    assert.equal(counts.total.promptTokens, form === 'messages' ? 12 : 0);
  });
}

test('the prompt of the start stays when the end says only what came out', () => {
  const { counts, events } = open('messages');
  events.push(
    Buffer.from(event('message_start', { message: { usage: { input_tokens: 12, output_tokens: 0 } } })),
  );
  events.push(Buffer.from(event('message_delta', { delta: {}, usage: { output_tokens: 5 } })));
  assert.deepEqual(counts.total, { promptTokens: 12, completionTokens: 5, cachedTokens: 0 });
});

test('an error ends the stream and is known, with its name or without', () => {
  const error = { error: { type: 'internal_error', message: 'broken' } };
  for (const text of [event('error', error), `data: ${JSON.stringify(error)}\n\n`]) {
    for (const form of ['messages', 'responses'] as const) {
      const { events } = open(form);
      assert.equal(events.push(Buffer.from(text)).last?.toString(), text);
      assert.deepEqual([events.isDone, events.hasError], [true, true]);
    }
  }
  const { events } = open('responses');
  events.push(Buffer.from(event('response.failed', { response: { usage } })));
  assert.equal(events.hasError, true);
});

test('an event without end is noticed', () => {
  const { events } = open('messages', 100);
  events.push(Buffer.from(`event: x\ndata: ${'x'.repeat(200)}`));
  assert.equal(events.isOversized, true);
});

test('a broken response says where in its sequence it broke', () => {
  const { events } = open('responses');
  events.push(Buffer.from(RESPONSE.passed));
  const place = { form: 'responses', requestId: 'req_1', events: events.passedEvents } as const;
  const text = errorEvent(new AppError('upstream.broken_stream'), place);
  const [name, data = ''] = text.trimEnd().split('\n');
  assert.equal(name, 'event: error');
  const told = JSON.parse(data.slice('data: '.length)) as Record<string, unknown>;
  assert.deepEqual(
    [told['type'], told['code'], told['sequence_number']],
    ['error', 'upstream.broken_stream', 3],
  );
});
