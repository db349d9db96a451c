import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#kernel/errors.ts';
import { INFERENCE_ENDPOINTS, type InferenceEndpoint } from './endpoints.ts';
import { bytesForEngine, parseOrder } from './inference-order.ts';

const [CHAT, , EMBEDDINGS] = INFERENCE_ENDPOINTS as [InferenceEndpoint, InferenceEndpoint, InferenceEndpoint];

function forEngine(body: string, servedName = 'org/m'): string {
  const bytes = Buffer.from(body);
  return bytesForEngine(bytes, parseOrder(bytes, CHAT), servedName).toString('utf8');
}

test('a whole answer is asked for with the very bytes that came', () => {
  const bytes = Buffer.from(' {"model":"org/m", "x":"é\\ud800", "big":1e999}');
  assert.equal(bytesForEngine(bytes, parseOrder(bytes, CHAT), 'org/m'), bytes);
});

test('a stream is always asked for continuous usage, and what else the client wrote stays', () => {
  assert.equal(
    forEngine('{"model":"org/m","stream":true,"x":"漢"}'),
    '{"stream_options":{"include_usage":true,"continuous_usage_stats":true},"model":"org/m","stream":true,"x":"漢"}',
  );
  assert.equal(
    forEngine('{"model":"org/m","stream":true,"stream_options":{"include_usage":false,"z":"é"},"a":1}'),
    '{"model":"org/m","stream":true,"stream_options":{"include_usage":true,"z":"é","continuous_usage_stats":true},"a":1}',
  );
  assert.equal(
    forEngine('{"model":"org/m","stream":true,"stream_options":null}'),
    '{"model":"org/m","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}',
  );
});

test('options that are no object go to the engine as they are', () => {
  const body = '{"model":"org/m","stream":true,"stream_options":"yes"}';
  assert.equal(forEngine(body), body);
});

test('a model named by our id reaches the engine under the name it serves', () => {
  assert.equal(forEngine('{"model":"model_1","a":[1]}', 'org/m'), '{"model":"org/m","a":[1]}');
  assert.equal(forEngine('{"model":"first","model":"second"}', 'org/m'), '{"model":"first","model":"org/m"}');
});

test('what the client asked for is told apart', () => {
  const wanted = (options: string) =>
    parseOrder(Buffer.from(`{"model":"m","stream":true,"stream_options":${options}}`), CHAT).wantedUsage;
  assert.equal(wanted('null'), 'none');
  assert.equal(wanted('{}'), 'none');
  assert.equal(wanted('{"continuous_usage_stats":true}'), 'none');
  assert.equal(wanted('{"include_usage":true}'), 'final');
  assert.equal(wanted('{"include_usage":true,"continuous_usage_stats":true}'), 'continuous');
});

test('strange but valid JSON is taken as JSON says', () => {
  const order = parseOrder(
    Buffer.from('{"__proto__":{"stream":true},"model":"a","model":"b","constructor":1,"n":2}'),
    CHAT,
  );
  assert.equal(order.model, 'b');
  assert.equal(order.isStream, false);
  assert.equal(order.choices, 2);
  const deep = `{"model":"a","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  assert.equal(parseOrder(Buffer.from(deep), CHAT).model, 'a');
});

test('what is no JSON object with a model is refused with the field that is wrong', () => {
  const codeOf = (body: Buffer | string, endpoint = CHAT) => {
    try {
      parseOrder(Buffer.from(body), endpoint);
    } catch (error) {
      assert.ok(error instanceof AppError);
      return `${error.code} ${String(error.details['param'] ?? '')}`.trim();
    }
    return 'accepted';
  };
  assert.equal(codeOf(''), 'request.malformed');
  assert.equal(codeOf('{"model":"a",}'), 'request.malformed');
  assert.equal(codeOf('[]'), 'request.malformed');
  assert.equal(codeOf('null'), 'request.malformed');
  assert.equal(codeOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 'request.malformed');
  assert.equal(codeOf('{}'), 'request.invalid model');
  assert.equal(codeOf('{"model":["a"]}'), 'request.invalid model');
  assert.equal(codeOf('{"model":"a","stream":"true"}'), 'request.invalid stream');
  assert.equal(codeOf('{"model":"a","stream":true}', EMBEDDINGS), 'request.invalid stream');
});
