import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CATALOGUE, type ErrorCode } from '#kernel/error-catalogue.ts';
import { AppError } from '#kernel/errors.ts';
import { protocolNamed } from './client-protocol.ts';

const openai = protocolNamed('openai');
const anthropic = protocolNamed('anthropic');

function told(bytes: Buffer): Record<string, Record<string, unknown>> {
  return JSON.parse(bytes.toString('utf8')) as Record<string, Record<string, unknown>>;
}

test('every error has a shape in each protocol, and only what may be tried again says when', () => {
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const error = new AppError(code);
    const [theirs, ours] = [anthropic.answerTo(error, 'req_1'), openai.answerTo(error, 'req_1')];
    const { type, error: said, request_id } = theirs.body as Record<string, unknown>;
    assert.deepEqual([type, request_id], ['error', 'req_1']);
    assert.equal((said as { message: string }).message, error.publicMessage);
    assert.match((said as { type: string }).type, /^[a-z_]+_error$|^request_too_large$/);
    for (const { status, headers } of [theirs, ours]) {
      // A budget comes back with its time or its owner, not with another try.
      const isSpent = code === 'api_key.budget_reached';
      const isRetryable = !isSpent && (status === 429 || status === 503 || status === 529);
      assert.equal(headers['x-should-retry'], String(isRetryable), code);
      assert.equal(headers['retry-after'] !== undefined, isRetryable, code);
    }
  }
});

test('an engine’s error keeps its message in whatever shape it came', () => {
  const message = 'max_tokens is too large';
  const shapes = [
    { error: { message, type: 'BadRequestError', param: 'max_tokens', code: 400 } },
    { type: 'error', error: { type: 'BadRequestError', message } },
    { object: 'error', message, type: 'BadRequestError', code: 400 },
    { detail: message },
  ];
  for (const shape of shapes) {
    const body = Buffer.from(JSON.stringify(shape));
    const theirs = told(anthropic.engineError(body, 400, 'req_1'));
    assert.deepEqual(theirs, {
      type: 'error',
      error: { type: 'invalid_request_error', message },
      request_id: 'req_1',
    });
    assert.equal(told(openai.engineError(body, 400, 'req_1'))['error']?.['message'], message);
  }
  const [first] = shapes;
  const body = Buffer.from(JSON.stringify(first));
  assert.equal(openai.engineError(body, 400, 'req_1'), body, 'what has the shape passes as it is');
});

test('an engine without the address, or without words, gets some', () => {
  const absent = told(openai.engineError(Buffer.from('{"detail":"Not Found"}'), 404, 'req_1'));
  assert.match(String(absent['error']?.['message']), /does not serve this address/);
  for (const garbage of [
    '',
    'Internal Server Error',
    '[]',
    'null',
    '{"error":null}',
    '{"error":{"message":7}}',
  ]) {
    const ours = told(openai.engineError(Buffer.from(garbage), 500, 'req_1'));
    assert.deepEqual([ours['error']?.['type'], ours['error']?.['code']], ['server_error', null], garbage);
    const theirs = told(anthropic.engineError(Buffer.from(garbage), 500, 'req_1'));
    assert.equal(theirs['error']?.['type'], 'api_error');
  }
});
