import type { OpenAiError } from '#contracts/problem.ts';
import { STATUS_BY_KIND } from '#http/problem.ts';
import type { ErrorCode, ErrorKind } from '#kernel/error-catalogue.ts';
import type { AppError } from '#kernel/errors.ts';
import type { ClientProtocol, ErrorAnswer } from './client-protocol.ts';
import { engineErrorOf } from './engine-error.ts';
import { isRetryable, retryHeaders } from './retry-headers.ts';

/** Clients of OpenAI expect 400 where the management API says 422. */
const INVALID_STATUS = 400;

const TYPE_BY_KIND: Readonly<Record<ErrorKind, string>> = {
  invalid: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'invalid_request_error',
  conflict: 'invalid_request_error',
  limited: 'rate_limit_error',
  no_capacity: 'service_unavailable_error',
  unavailable: 'service_unavailable_error',
  timeout: 'timeout_error',
  internal: 'server_error',
};

/** Codes that clients of OpenAI know under another name than ours. */
const CODE_BY_ERROR: Partial<Readonly<Record<ErrorCode, string>>> = {
  'auth.required': 'invalid_api_key',
  'auth.invalid_api_key': 'invalid_api_key',
  'model.not_served': 'model_not_found',
  'model.not_found': 'model_not_found',
  'model.not_ready': 'model_not_ready',
  'model.starting': 'model_starting',
  'api_key.budget_reached': 'insufficient_quota',
  'limit.exceeded': 'rate_limit_exceeded',
  'limit.request_too_large': 'rate_limit_exceeded',
  'queue.full': 'queue_full',
  'queue.timeout': 'queue_timeout',
};
/** OpenAI names this one by its type as well. */
const TYPE_BY_ERROR: Partial<Readonly<Record<ErrorCode, string>>> = {
  'api_key.budget_reached': 'insufficient_quota',
};
const STATUS_BY_ERROR: Partial<Readonly<Record<ErrorCode, number>>> = {
  'request.too_large': 413,
  'file.too_large': 413,
  'wallet.empty': 402,
  'offering.allowance_used': 402,
  'offering.subscription_unpaid': 402,
};

export function statusOf(error: AppError): number {
  if (error.kind === 'invalid') return STATUS_BY_ERROR[error.code] ?? INVALID_STATUS;
  return STATUS_BY_ERROR[error.code] ?? STATUS_BY_KIND[error.kind];
}

export function answerTo(error: AppError): ErrorAnswer {
  const status = statusOf(error);
  return { status, headers: retryHeaders(error, isRetryable(status)), body: errorBody(error) };
}

export function errorBody(error: AppError): OpenAiError {
  const param = error.details['param'];
  return {
    error: {
      message: error.publicMessage,
      type: TYPE_BY_ERROR[error.code] ?? TYPE_BY_KIND[error.kind],
      param: typeof param === 'string' ? param : null,
      code: CODE_BY_ERROR[error.code] ?? error.code,
    },
  };
}

/** An engine's error; one that has our shape already passes as it is. */
function engineError(body: Buffer, status: number): Buffer {
  const said = engineErrorOf(body);
  if (said.isOpenAi) return body;
  const error = {
    message: said.message ?? 'The model refused the request.',
    type: said.type ?? (status < 500 ? 'invalid_request_error' : 'server_error'),
    param: said.param,
    code: said.code,
  };
  return Buffer.from(JSON.stringify({ error }));
}

export const openAiProtocol: ClientProtocol = { statusOf, answerTo, engineError };
