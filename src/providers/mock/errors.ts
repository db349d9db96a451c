import * as z from 'zod';
import type { CallFacts } from '#providers/call-errors.ts';
import { retryAfterMs } from '#providers/http-answer.ts';
import { ProviderError, type ProviderErrorFacts, type ProviderErrorKind } from '#providers/provider.ts';

/**
 * From what the cloud answers, or does not, to the twelve kinds. The type in the body is believed first, the status
 * second. A mutation has an unknown outcome unless the cloud itself said no, or was never reached.
 */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
  readonly nowMs: number;
}

const KIND_BY_TYPE: Record<string, ProviderErrorKind> = {
  invalid_arguments: 'invalid',
  request_too_large: 'invalid',
  unknown_path: 'unsupported',
  denied_authentication: 'auth',
  permissions_denied: 'permission',
  quotas_exceeded: 'quota',
  out_of_stock: 'stock_out',
  not_found: 'not_found',
  transient_state: 'conflict',
  resource_still_in_use: 'conflict',
  idempotency_mismatch: 'conflict',
  locked: 'locked',
  too_many_requests: 'throttled',
};

const KIND_BY_STATUS: Record<number, ProviderErrorKind> = {
  401: 'auth',
  403: 'permission',
  405: 'unsupported',
  409: 'conflict',
  423: 'locked',
  429: 'throttled',
  501: 'unsupported',
};

const bodySchema = z.object({ type: z.string().max(100), message: z.string().nullish() });
const MESSAGE_LENGTH_MAX = 200;

/** An answer that says no. */
export function errorOfAnswer(call: CallFacts, answer: RefusedAnswer): ProviderError {
  const body = bodySchema.safeParse(answer.body);
  const type = body.success ? body.data.type : undefined;
  const known = type === undefined ? undefined : KIND_BY_TYPE[type];
  const kind = known ?? kindOfStatus(answer.status);
  const retryAfterIn = retryAfterMs(answer.retryAfter, answer.nowMs);
  const facts: ProviderErrorFacts = {
    kind,
    provider: call.provider,
    operation: call.operation,
    outcomeUnknown: call.isMutation && known === undefined && !isPlainRefusal(answer.status),
    httpStatus: answer.status,
    ...(type === undefined ? {} : { providerCode: type }),
    ...(retryAfterIn === undefined ? {} : { retryAfterMs: retryAfterIn }),
  };
  const said = body.success ? (body.data.message ?? '').slice(0, MESSAGE_LENGTH_MAX) : '';
  return new ProviderError(`${call.operation} was answered ${answer.status} ${type ?? ''}: ${said}`, facts);
}

function kindOfStatus(status: number): ProviderErrorKind {
  if (status >= 500 && status !== 501) return 'retryable';
  if (status === 408) return 'retryable';
  // A 404 that the cloud did not write itself may come from a proxy, so it does not say that something is absent.
  if (status === 404) return 'unknown';
  return KIND_BY_STATUS[status] ?? (status >= 400 ? 'invalid' : 'unknown');
}

/** The statuses that say, also without a readable body, that nothing was done. */
function isPlainRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 408;
}
