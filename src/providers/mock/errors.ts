import * as z from 'zod';
import { ProviderError, type ProviderErrorFacts, type ProviderErrorKind } from '#providers/provider.ts';

/**
 * From what the cloud answers, or does not, to the twelve kinds. The type in the body is believed first, the status
 * second. A mutation has an unknown outcome unless the cloud itself said no, or was never reached.
 */
export interface CallFacts {
  readonly provider: string;
  readonly operation: string;
  readonly isMutation: boolean;
}

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

/** Nothing had been sent when these happened. */
const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const bodySchema = z.object({ type: z.string().max(100), message: z.string().nullish() });
const RETRY_AFTER_MS_MAX = 3_600_000;
const MESSAGE_LENGTH_MAX = 200;

/** An answer that says no. */
export function errorOfAnswer(call: CallFacts, answer: RefusedAnswer): ProviderError {
  const body = bodySchema.safeParse(answer.body);
  const type = body.success ? body.data.type : undefined;
  const known = type === undefined ? undefined : KIND_BY_TYPE[type];
  const kind = known ?? kindOfStatus(answer.status);
  const facts: ProviderErrorFacts = {
    kind,
    provider: call.provider,
    operation: call.operation,
    outcomeUnknown: call.isMutation && known === undefined && !isPlainRefusal(answer.status),
    httpStatus: answer.status,
    ...(type === undefined ? {} : { providerCode: type }),
    ...retryAfter(answer),
  };
  const said = body.success ? (body.data.message ?? '').slice(0, MESSAGE_LENGTH_MAX) : '';
  return new ProviderError(`${call.operation} was answered ${answer.status} ${type ?? ''}: ${said}`, facts);
}

/** An answer that says yes in a form that cannot be read. */
export function errorOfUnreadable(call: CallFacts, status: number, cause: unknown): ProviderError {
  return new ProviderError(
    `${call.operation} was answered ${status} in a form that cannot be read`,
    {
      kind: 'unknown',
      provider: call.provider,
      operation: call.operation,
      outcomeUnknown: call.isMutation,
      httpStatus: status,
    },
    cause,
  );
}

/** No answer: the deadline passed, the connection broke, or nobody listens. */
export function errorOfSilence(call: CallFacts, cause: unknown, wasSent: boolean): ProviderError {
  const code = codeOf(cause);
  return new ProviderError(
    `${call.operation} got no answer${code ? ` (${code})` : ''}`,
    {
      kind: 'retryable',
      provider: call.provider,
      operation: call.operation,
      outcomeUnknown: call.isMutation && wasSent && !NEVER_REACHED.has(code ?? ''),
      ...(code === undefined ? {} : { providerCode: code }),
    },
    cause,
  );
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

function retryAfter(answer: RefusedAnswer): { retryAfterMs?: number } {
  const text = answer.retryAfter?.trim();
  if (!text) return {};
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - answer.nowMs;
  return Number.isFinite(ms) ? { retryAfterMs: Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX) } : {};
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'AggregateError' ? undefined : codeOf(error.cause);
}
