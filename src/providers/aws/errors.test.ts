import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorOfSilence } from '#providers/call-errors.ts';
import type { ProviderErrorKind } from '#providers/provider.ts';
import { errorOf } from './errors.ts';

const NOW_MS = 1_000;
const mutation = { provider: 'aws', operation: 'op', isMutation: true };

/** As the SDK throws what AWS answers. */
function refused(code: string | undefined, status: number, headers: Record<string, string> = {}) {
  const thrown = Object.assign(new Error('said'), {
    name: code ?? 'Unknown',
    $fault: status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: status, requestId: 'req-1' },
    $response: { headers },
  });
  return errorOf(mutation, thrown, NOW_MS);
}

describe('refusals of AWS', () => {
  it('have a kind each, by their code and not by their status', () => {
    const table: [string, number, ProviderErrorKind][] = [
      ['InsufficientInstanceCapacity', 500, 'stock_out'],
      ['InsufficientHostCapacity', 500, 'stock_out'],
      ['InsufficientFreeAddressesInSubnet', 400, 'stock_out'],
      ['Unsupported', 400, 'stock_out'],
      ['VcpuLimitExceeded', 400, 'quota'],
      ['InstanceLimitExceeded', 400, 'quota'],
      ['VolumeLimitExceeded', 400, 'quota'],
      ['MaxIOPSLimitExceeded', 400, 'quota'],
      ['AddressLimitExceeded', 400, 'quota'],
      ['SecurityGroupLimitExceeded', 400, 'quota'],
      ['RequestLimitExceeded', 503, 'throttled'],
      ['ThrottlingException', 400, 'throttled'],
      ['AuthFailure', 401, 'auth'],
      ['InvalidClientTokenId', 403, 'auth'],
      ['ExpiredToken', 403, 'auth'],
      ['RequestExpired', 400, 'auth'],
      ['OptInRequired', 401, 'auth'],
      ['PendingVerification', 400, 'auth'],
      ['UnauthorizedOperation', 403, 'permission'],
      ['AccessDeniedException', 400, 'permission'],
      ['InvalidInstanceID.NotFound', 400, 'not_found'],
      ['InvalidVolume.NotFound', 400, 'not_found'],
      ['InvalidGroup.NotFound', 400, 'not_found'],
      ['IncorrectInstanceState', 400, 'conflict'],
      ['VolumeInUse', 400, 'conflict'],
      ['DependencyViolation', 400, 'conflict'],
      ['IdempotentParameterMismatch', 400, 'conflict'],
      ['InvalidGroup.Duplicate', 400, 'conflict'],
      ['OperationNotPermitted', 400, 'locked'],
      ['InvalidParameterValue', 400, 'invalid'],
      ['InvalidInstanceID.Malformed', 400, 'invalid'],
      ['MissingParameter', 400, 'invalid'],
      ['UnsupportedOperation', 400, 'unsupported'],
    ];
    for (const [code, status, kind] of table) {
      const { facts } = refused(code, status);
      assert.deepEqual([facts.kind, facts.outcomeUnknown, facts.providerCode], [kind, false, code]);
    }
  });

  it('leave it open what happened where AWS itself failed, or says something new', () => {
    for (const [code, status] of [
      ['InternalError', 500],
      ['Unavailable', 503],
      ['ServiceUnavailable', 503],
      ['SomethingNew', 500],
      [undefined, 502],
    ] as const) {
      const { facts } = refused(code, status);
      assert.deepEqual([facts.kind, facts.outcomeUnknown], ['retryable', true], code);
    }
    assert.deepEqual(
      [refused('SomethingNew', 400).facts.kind, refused('SomethingNew', 400).facts.outcomeUnknown],
      ['invalid', false],
    );
    assert.equal(refused(undefined, 404).facts.kind, 'unknown', 'a proxy may have written it');
  });

  it('tell the delay that is asked for, within bounds', () => {
    const after = (text: string) => refused('RequestLimitExceeded', 503, { 'retry-after': text }).facts;
    assert.equal(refused('RequestLimitExceeded', 503).facts.retryAfterMs, undefined);
    assert.equal(after('7').retryAfterMs, 7_000);
    assert.equal(after(new Date(5_000).toUTCString()).retryAfterMs, 4_000);
    assert.equal(after('999999999').retryAfterMs, 3_600_000);
    assert.equal(after('soon').retryAfterMs, undefined);
  });

  it('are not silence, after which nobody knows', () => {
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const nobody = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    assert.equal(errorOf(mutation, reset, NOW_MS).facts.outcomeUnknown, true);
    assert.equal(errorOf(mutation, nobody, NOW_MS).facts.outcomeUnknown, false);
    assert.equal(errorOfSilence(mutation, reset, false).facts.outcomeUnknown, false);
    assert.equal(errorOf({ ...mutation, isMutation: false }, reset, NOW_MS).facts.outcomeUnknown, false);
    const broken = Object.assign(reset, { $metadata: { httpStatusCode: 200 } });
    assert.equal(errorOf(mutation, broken, NOW_MS).facts.kind, 'retryable');
  });
});
