import type { ErrorCode } from '#kernel/error-catalogue.ts';
import type { AppError } from '#kernel/errors.ts';

const RETRY_AFTER_MS_BY_ERROR: Partial<Readonly<Record<ErrorCode, number>>> = {
  'model.not_ready': 5_000,
  'gateway.journal_full': 10_000,
};
const RETRY_AFTER_MS = 1_000;
/** Refused with a status that passes elsewhere, and stays until a person changes something. */
const NEVER: ReadonlySet<ErrorCode> = new Set(['api_key.budget_reached']);

/** What the client may send again as it is. */
export function isRetryable(status: number): boolean {
  return status === 429 || status === 503 || status === 529;
}

/** SDKs obey `x-should-retry` first, and read the delay from `retry-after-ms`, then from `retry-after`. */
export function retryHeaders(error: AppError, isAllowed: boolean): Record<string, string> {
  if (!isAllowed || NEVER.has(error.code)) return { 'x-should-retry': 'false' };
  const delayMs = error.retryAfterMs ?? RETRY_AFTER_MS_BY_ERROR[error.code] ?? RETRY_AFTER_MS;
  return {
    'x-should-retry': 'true',
    'retry-after': String(Math.max(1, Math.ceil(delayMs / 1_000))),
    'retry-after-ms': String(delayMs),
  };
}
