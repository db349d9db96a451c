import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorOfSilence, errorOfUnreadable } from '#providers/call-errors.ts';
import { errorOfAnswer } from './errors.ts';

const read = { provider: 'mock', operation: 'findServer', isMutation: false };
const mutation = { provider: 'mock', operation: 'createServer', isMutation: true };
const NOW_MS = Date.parse('2026-11-21T00:00:00Z');

function answered(status: number, body: unknown, retryAfter?: string, call = mutation) {
  return errorOfAnswer(call, { status, body, retryAfter, nowMs: NOW_MS }).facts;
}

describe('errors of the mock provider', () => {
  it('the type in the body decides, and says for certain that nothing was done', () => {
    for (const [status, type, kind] of [
      [400, 'invalid_arguments', 'invalid'],
      [401, 'denied_authentication', 'auth'],
      [403, 'permissions_denied', 'permission'],
      [403, 'quotas_exceeded', 'quota'],
      [404, 'not_found', 'not_found'],
      [404, 'unknown_path', 'unsupported'],
      [409, 'transient_state', 'conflict'],
      [409, 'resource_still_in_use', 'conflict'],
      [409, 'idempotency_mismatch', 'conflict'],
      [423, 'locked', 'locked'],
      [429, 'too_many_requests', 'throttled'],
      [503, 'out_of_stock', 'stock_out'],
    ] as const) {
      const facts = answered(status, { type, message: 'no' });
      assert.deepEqual(
        [facts.kind, facts.outcomeUnknown, facts.providerCode, facts.httpStatus],
        [kind, false, type, status],
      );
    }
  });

  it('without a readable body the status decides, and only plain refusals are certain', () => {
    for (const [status, kind, outcomeUnknown] of [
      [400, 'invalid', false],
      [401, 'auth', false],
      [403, 'permission', false],
      [404, 'unknown', true],
      [405, 'unsupported', false],
      [408, 'retryable', true],
      [409, 'conflict', false],
      [423, 'locked', false],
      [429, 'throttled', false],
      [301, 'unknown', true],
      [500, 'retryable', true],
      [501, 'unsupported', true],
      [502, 'retryable', true],
    ] as const) {
      for (const body of [null, '<html>', [], { type: 7 }, { type: 'never_heard_of' }]) {
        const facts = answered(status, body);
        assert.deepEqual([facts.kind, facts.outcomeUnknown], [kind, outcomeUnknown], String(status));
        assert.equal(answered(status, body, undefined, read).outcomeUnknown, false);
      }
    }
  });

  it('Retry-After is read as seconds or as a date, never negative, never for ever', () => {
    const delays = [
      '7',
      ' 0 ',
      'Sat, 21 Nov 2026 00:00:30 GMT',
      'Sat, 21 Nov 2020 00:00:30 GMT',
      '999999999',
    ];
    assert.deepEqual(
      delays.map((text) => answered(429, null, text).retryAfterMs),
      [7_000, 0, 30_000, 0, 3_600_000],
    );
    assert.equal(answered(429, null, 'soon').retryAfterMs, undefined);
  });

  it('silence leaves a mutation unknown unless nothing was sent or nobody listened', () => {
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    const silence = (error: unknown, wasSent = true) => errorOfSilence(mutation, error, wasSent).facts;
    assert.equal(silence(coded('UND_ERR_SOCKET')).outcomeUnknown, true);
    assert.equal(silence(coded('ECONNRESET')).outcomeUnknown, true);
    assert.equal(silence(new DOMException('late', 'TimeoutError')).outcomeUnknown, true);
    assert.equal(silence(coded('ECONNREFUSED')).outcomeUnknown, false);
    assert.equal(silence(coded('ECONNRESET'), false).outcomeUnknown, false);
    assert.equal(silence(new Error('outer', { cause: coded('ECONNREFUSED') })).outcomeUnknown, false);
    assert.equal(errorOfSilence(read, coded('ECONNRESET'), true).facts.outcomeUnknown, false);
  });

  it('an unreadable success is unknown for a mutation and nothing for a read', () => {
    assert.equal(errorOfUnreadable(mutation, 201, new Error('x')).facts.outcomeUnknown, true);
    const facts = errorOfUnreadable(read, 200, new Error('x')).facts;
    assert.deepEqual([facts.kind, facts.outcomeUnknown], ['unknown', false]);
  });
});
