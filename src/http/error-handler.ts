import type { FastifyError, FastifyReply } from 'fastify';
import { constraintOf } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { ErrorCode } from '#kernel/error-catalogue.ts';
import { AppError, messageOf, toAppError } from '#kernel/errors.ts';
import { isInferencePath } from './paths.ts';
import { statusOf, toOpenAiError, toProblem } from './problem.ts';
import type { ServedRequest } from './request-context.ts';

/** Answers any error in the shape that the path's clients read, and logs once what is our fault. */
export function answerError(env: Env, error: unknown, request: ServedRequest, reply: FastifyReply): void {
  const appError = translate(error);
  const status = statusOf(appError);
  request.errorCode = appError.code;
  logFault(env, appError, status, request);
  if (appError.retryAfterMs !== undefined) {
    void reply.header('retry-after', String(Math.max(1, Math.ceil(appError.retryAfterMs / 1000))));
  }
  void reply
    .code(status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff');
  if (isInferencePath(request.url)) {
    void reply.type('application/json; charset=utf-8').send(JSON.stringify(toOpenAiError(appError)));
  } else {
    void reply
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(toProblem(appError, request.id)));
  }
}

const CODE_BY_FASTIFY_CODE: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
};

/** Guards of the database that stand behind a command's own check, for two at once. */
const CODE_BY_GUARD: Record<string, ErrorCode> = {
  memberships_last_owner: 'organisation.last_owner',
  organisation_is_living: 'organisation.deleting',
};

/** What is thrown anywhere, as an error with a code. */
export function translate(error: unknown): AppError {
  if (error instanceof AppError || !(error instanceof Error)) return toAppError(error);
  const { code, statusCode } = error as FastifyError;
  const known = CODE_BY_FASTIFY_CODE[code];
  if (known) return new AppError(known, { cause: error });
  // What the framework refuses before any code of ours runs: a broken address, a wrong length, a cut body.
  const isFromFramework = typeof code === 'string' && code.startsWith('FST_ERR_');
  if (isFromFramework && statusCode !== undefined && statusCode < 500) {
    const publicMessage = 'The request is not well formed: its address, length or encoding is wrong.';
    return new AppError('request.malformed', { publicMessage, cause: error });
  }
  const guard = CODE_BY_GUARD[constraintOf(error) ?? ''];
  if (guard) return new AppError(guard, { cause: error });
  return toAppError(error);
}

function logFault(env: Env, error: AppError, status: number, request: ServedRequest): void {
  if (status < 500) return;
  const fields = {
    request_id: request.id,
    correlation_id: request.correlationId,
    code: error.code,
    error: error.cause ?? error,
  };
  if (error.kind === 'internal') env.log.error(fields, 'a request failed unexpectedly');
  else env.log.warn({ ...fields, error: messageOf(fields.error) }, 'a request could not be served');
}
