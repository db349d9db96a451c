import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventUsageReader } from './event-usage-reader.ts';
import { promptQuestion } from './prompt-question.ts';
import { BodyUsageReader } from './usage-reader.ts';

function event(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const HOSTILE =
  'é "usage": {"output_tokens": 99}\nevent: message_delta\ndata: {} "type":"signature_delta" 🙂';
const START = event('message_start', { message: { id: 'm', usage: { input_tokens: 12, output_tokens: 0 } } });
const TEXT = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: HOSTILE } });
const END = event('message_delta', {
  delta: { stop_reason: 'end_turn' },
  usage: {
    input_tokens: 9,
    output_tokens: 7,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 3,
  },
});

function read(text: string, cutEvery = 1_000): EventUsageReader {
  const reader = new EventUsageReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cutEvery) reader.push(bytes.subarray(at, at + cutEvery));
  reader.finish();
  return reader;
}

describe('the usage of a message', () => {
  for (const cutEvery of [1, 3, 50, 10_000]) {
    it(`is what the engine says at the end, in pieces of ${cutEvery}`, () => {
      const reader = read(`${START}${TEXT}${TEXT}${END}${event('message_stop', {})}`, cutEvery);
      assert.deepEqual(reader.usage, { promptTokens: 12, completionTokens: 7, cachedTokens: 3 });
      assert.equal(reader.hasFailed, false);
    });
  }

  it('is its deltas when it breaks off, without the one that ends a thought', () => {
    const signature = event('content_block_delta', { delta: { type: 'signature_delta', signature: 'x' } });
    const thought = event('content_block_delta', { delta: { type: 'thinking_delta', thinking: 'hm' } });
    const reader = read(`${START}${event('ping', {})}${thought}${signature}${TEXT}`);
    assert.deepEqual(reader.usage, { promptTokens: 12, completionTokens: 2, cachedTokens: 0 });
    assert.equal(reader.lacksPrompt, false);
  });

  it('keeps the prompt of the start when the end says only what came out', () => {
    const end = event('message_delta', { delta: {}, usage: { output_tokens: 7 } });
    assert.deepEqual(read(START + TEXT + end).usage, {
      promptTokens: 12,
      completionTokens: 7,
      cachedTokens: 0,
    });
  });

  it('is known to have failed, whether the error has a name or not', () => {
    const error = { error: { type: 'internal_error', message: 'broken' } };
    assert.equal(read(START + event('error', error)).hasFailed, true);
    assert.equal(read(`${START}data: ${JSON.stringify(error)}\n\n`).hasFailed, true);
  });
});

describe('the usage of a response', () => {
  const created = event('response.created', { response: { usage: null }, sequence_number: 0 });
  const delta = event('response.output_text.delta', { delta: HOSTILE });

  it('is what the engine says in its last event', () => {
    const usage = { input_tokens: 20, input_tokens_details: { cached_tokens: 16 }, output_tokens: 5 };
    for (const last of ['response.completed', 'response.incomplete']) {
      const reader = read(created + delta + event(last, { response: { usage } }), 7);
      assert.deepEqual(reader.usage, { promptTokens: 20, completionTokens: 5, cachedTokens: 16 });
    }
    assert.equal(read(created + event('response.failed', { response: { usage } })).hasFailed, true);
  });

  it('is its deltas when it breaks off, and lacks the prompt until that is found out', () => {
    const reader = read(
      `${created}${delta}${event('response.function_call_arguments.delta', { delta: '{' })}`,
    );
    assert.equal(reader.lacksPrompt, true);
    reader.notePrompt(8);
    assert.deepEqual(reader.usage, { promptTokens: 8, completionTokens: 2, cachedTokens: 0 });
    assert.equal(read(created).lacksPrompt, false, 'nothing was made');
  });

  it('reads events that go without a name', () => {
    assert.equal(read(delta.replace(/^event: .*\n/, '')).usage.completionTokens, 1);
  });

  it('has its prompt counted from the same conversation', () => {
    const question = promptQuestion({
      model: 'm',
      instructions: 'Be kind.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: '4' },
      ],
      tools: [{ type: 'function', name: 'f', parameters: {} }, { type: 'web_search' }],
    });
    assert.deepEqual(question, {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '4' },
      ],
      add_generation_prompt: true,
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
    });
    assert.equal(promptQuestion({ input: [{ type: 'item_reference', id: 'x' }] }), undefined);
    assert.equal(promptQuestion({}), undefined);
  });
});

describe('the usage of a whole answer', () => {
  const cases = {
    message: { content: [], usage: { input_tokens: 4, output_tokens: 2, cache_read_input_tokens: 6 } },
    response: {
      tools: [{ parameters: { properties: { usage: { type: 'object' } } } }],
      usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 6 }, output_tokens: 2 },
      user: null,
    },
    rerank: {
      usage: { prompt_tokens: 10, total_tokens: 10 },
      results: [{ document: { text: '"usage":{}' } }],
    },
  };
  for (const [name, body] of Object.entries(cases)) {
    it(`is found in a ${name}`, () => {
      const reader = new BodyUsageReader();
      reader.push(Buffer.from(JSON.stringify(body)));
      reader.finish();
      assert.equal(reader.usage.promptTokens, 10);
      assert.equal(reader.usage.completionTokens, name === 'rerank' ? 0 : 2);
    });
  }
});
