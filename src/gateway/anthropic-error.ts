/** Errors as Anthropic's clients read them. Their SDK picks its class by the status; `overloaded_error` is 529 there. */
import type { ErrorKind } from '#kernel/error-catalogue.ts';
import type { AppError } from '#kernel/errors.ts';
import type { ClientProtocol, ErrorAnswer } from './client-protocol.ts';
import { engineErrorOf } from './engine-error.ts';
import { statusOf as openAiStatusOf } from './openai-error.ts';
import { isRetryable, retryHeaders } from './retry-headers.ts';

const OVERLOADED_STATUS = 529;

const TYPE_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [504, 'timeout_error'],
  [OVERLOADED_STATUS, 'overloaded_error'],
]);
const OVERLOADED_KINDS: ReadonlySet<ErrorKind> = new Set(['no_capacity', 'unavailable']);

export function statusOf(error: AppError): number {
  return OVERLOADED_KINDS.has(error.kind) ? OVERLOADED_STATUS : openAiStatusOf(error);
}

function answerTo(error: AppError, requestId: string): ErrorAnswer {
  const status = statusOf(error);
  return {
    status,
    headers: retryHeaders(error, isRetryable(status)),
    body: anthropicErrorBody(error, requestId),
  };
}

export function anthropicErrorBody(error: AppError, requestId: string): unknown {
  return bodyOf(typeOf(statusOf(error)), error.publicMessage, requestId);
}

/** An engine's error: it may speak its own words for the types, or OpenAI's shape where it refused the form. */
function engineError(body: Buffer, status: number, requestId: string): Buffer {
  const message = engineErrorOf(body).message ?? 'The model refused the request.';
  return Buffer.from(JSON.stringify(bodyOf(typeOf(status), message, requestId)));
}

function typeOf(status: number): string {
  return TYPE_BY_STATUS.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

function bodyOf(type: string, message: string, requestId: string): unknown {
  return { type: 'error', error: { type, message }, request_id: requestId };
}

export const anthropicProtocol: ClientProtocol = { statusOf, answerTo, engineError };
