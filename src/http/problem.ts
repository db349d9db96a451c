import { STATUS_CODES } from 'node:http';
import type { OpenAiError, Problem } from '#contracts/problem.ts';
import type { ErrorCode, ErrorKind } from '#kernel/error-catalogue.ts';
import type { AppError } from '#kernel/errors.ts';

/** The one place where a kind of error becomes an HTTP status. */
export const STATUS_BY_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  limited: 429,
  no_capacity: 503,
  unavailable: 503,
  timeout: 504,
  internal: 500,
};

/** Codes for which HTTP has a more precise status than their kind's. */
const STATUS_BY_CODE: Partial<Record<ErrorCode, number>> = {
  'request.malformed': 400,
  'auth.ambiguous': 400,
  'route.method_not_allowed': 405,
  'request.too_large': 413,
  'file.too_large': 413,
  'request.unsupported_media_type': 415,
  'worker.revoked': 410,
  'wallet.empty': 402,
  'offering.allowance_used': 402,
  'offering.subscription_unpaid': 402,
};

/** Where each code is explained to people, on this origin. */
export const ERROR_PAGE = '/api/docs/errors';

export function statusOf(error: AppError): number {
  return STATUS_BY_CODE[error.code] ?? STATUS_BY_KIND[error.kind];
}

/** The body that a client sees: nothing of an unknown error but its request id. */
export function toProblem(error: AppError, requestId: string): Problem {
  const status = statusOf(error);
  const fields = error.details['errors'];
  return {
    type: `${ERROR_PAGE}#${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.publicMessage,
    code: error.code,
    request_id: requestId,
    ...(Array.isArray(fields) ? { errors: fields as NonNullable<Problem['errors']> } : {}),
  };
}

/** The same error as SDKs of the inference API read it. */
export function toOpenAiError(error: AppError): OpenAiError {
  const types: Partial<Record<ErrorKind, string>> = {
    invalid: 'invalid_request_error',
    unauthenticated: 'authentication_error',
    forbidden: 'permission_error',
    not_found: 'not_found_error',
    limited: 'rate_limit_error',
  };
  const type = types[error.kind] ?? 'server_error';
  return { error: { message: error.publicMessage, type, param: null, code: error.code } };
}
