import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorOfSilence } from '#providers/call-errors.ts';
import { errorOfAnswer } from './errors.ts';

function refused(status: number, body: unknown, changes: { isMutation?: boolean; retryAfter?: string } = {}) {
  const call = { provider: 'scaleway', operation: 'op', isMutation: changes.isMutation ?? true };
  return errorOfAnswer(call, {
    status,
    body,
    retryAfter: changes.retryAfter,
    requestId: 'req-1',
    nowMs: 1_000,
  });
}

/** Recorded, or from the SDK's own tests where nothing was recorded. */
const TABLE: readonly (readonly [status: number, body: unknown, kind: string, isUnknown: boolean])[] = [
  [400, { type: 'invalid_arguments', message: 'invalid argument(s)', details: [] }, 'invalid', false],
  [400, { type: 'invalid_request_error', message: 'Validation Error' }, 'invalid', false],
  [400, { type: 'invalid_request_error', message: 'server should be running' }, 'conflict', false],
  [403, { type: 'invalid_request_error', message: 'Quota exceeded for this resource.' }, 'quota', false],
  [400, { message: 'Server is not delivered' }, 'invalid', false],
  [401, { type: 'denied_authentication', method: 'api_key', reason: 'not_found' }, 'auth', false],
  [
    403,
    { type: 'permissions_denied', details: [{ action: 'read', resource: 'server' }] },
    'permission',
    false,
  ],
  [403, { type: 'quotas_exceeded', details: [{ resource: 'instance_volume', quota: 1 }] }, 'quota', false],
  [403, { message: 'insufficient permissions' }, 'permission', false],
  [404, { type: 'not_found', resource: 'instance_server' }, 'not_found', false],
  [404, { type: 'unknown_resource', message: 'Volume "x" not found' }, 'not_found', false],
  [404, null, 'unknown', true],
  [409, { type: 'transient_state', current_state: 'updating' }, 'conflict', false],
  [409, { type: 'conflict', message: 'Group is in use.' }, 'conflict', false],
  [409, { message: 'Tuple concurrently updated' }, 'conflict', false],
  [412, { type: 'precondition_failed', precondition: 'protected_resource' }, 'locked', false],
  [412, { type: 'precondition_failed', precondition: 'resource_still_in_use' }, 'conflict', false],
  [423, { type: 'locked', resource: 'x' }, 'locked', false],
  [429, null, 'throttled', false],
  [429, { type: 'too_many_requests', reset_seconds: 7 }, 'throttled', false],
  [503, { type: 'out_of_stock', resource: 'L4-1-24G' }, 'stock_out', false],
  [503, { message: 'cloud-init is not supported on this offer' }, 'retryable', true],
  [500, '<html>', 'retryable', true],
  [502, null, 'retryable', true],
  [418, { type: 'something_new' }, 'invalid', false],
];

describe('refusals of Scaleway', () => {
  it('lead each to one kind, and only a clear no is one', () => {
    for (const [status, body, kind, isUnknown] of TABLE) {
      const { facts } = refused(status, body);
      assert.deepEqual([facts.kind, facts.outcomeUnknown], [kind, isUnknown], JSON.stringify([status, body]));
      assert.equal(
        refused(status, body, { isMutation: false }).facts.outcomeUnknown,
        false,
        'a read changes nothing',
      );
    }
  });

  it('say what is wrong, and by which request Scaleway finds it', () => {
    const details = [{ argument_name: 'volumes', reason: 'constraint', help_message: 'total must be 0' }];
    const { message } = refused(400, { type: 'invalid_arguments', message: 'invalid argument(s)', details });
    assert.match(
      message,
      /400 invalid_arguments: invalid argument\(s\), volumes constraint total must be 0 \(request req-1\)/,
    );
    assert.ok(refused(400, { type: 'invalid_arguments', message: 'x'.repeat(5_000) }).message.length < 500);
  });

  it('tell the delay that is asked for, in a header or in the body, within bounds', () => {
    assert.equal(refused(429, null).facts.retryAfterMs, undefined);
    assert.equal(refused(429, null, { retryAfter: '7' }).facts.retryAfterMs, 7_000);
    assert.equal(refused(429, null, { retryAfter: new Date(5_000).toUTCString() }).facts.retryAfterMs, 4_000);
    assert.equal(refused(429, { type: 'too_many_requests', reset_seconds: 9 }).facts.retryAfterMs, 9_000);
    assert.equal(refused(429, null, { retryAfter: '999999999' }).facts.retryAfterMs, 3_600_000);
    assert.equal(refused(429, null, { retryAfter: 'soon' }).facts.retryAfterMs, undefined);
  });

  it('are not silence, after which nobody knows', () => {
    const call = { provider: 'scaleway', operation: 'op', isMutation: true };
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const nobody = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
    });
    assert.equal(errorOfSilence(call, reset, true).facts.outcomeUnknown, true);
    assert.equal(errorOfSilence(call, nobody, true).facts.outcomeUnknown, false);
    assert.equal(errorOfSilence(call, reset, false).facts.outcomeUnknown, false);
    assert.equal(errorOfSilence({ ...call, isMutation: false }, reset, true).facts.outcomeUnknown, false);
  });
});
