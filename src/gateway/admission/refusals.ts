/** Each reason for which a request is not taken, as an error that says what to do next. */
import { AppError } from '#kernel/errors.ts';
import type { LimitRefusal } from '#routing/limits/limits.ts';
import type { QueueRefusedError } from '#routing/queue/waiting.ts';
import { durationOf } from './rate-headers.ts';

/** A start that is under way, of which nobody knows how long it takes. */
const START_RETRY_MS = 15_000;
const START_RETRY_MS_MAX = 120_000;

const WORDS: Readonly<Record<LimitRefusal['limit'], string>> = {
  requests_per_minute: 'requests per minute',
  tokens_per_minute: 'tokens per minute',
  concurrent_requests: 'requests at once',
};

export function limitError({ subject, limit, allowed, retryAfterMs }: LimitRefusal): AppError {
  const owner = subject === 'key' ? 'this API key' : 'your organisation';
  const details = { param: limit };
  if (retryAfterMs === Number.POSITIVE_INFINITY) {
    return new AppError('limit.request_too_large', {
      publicMessage: `The request needs more than the ${allowed} ${WORDS[limit]} that ${owner} may use. Shorten the prompt, lower the largest number of output tokens, or raise the limit.`,
      details,
    });
  }
  const when = retryAfterMs === undefined ? 'when one of them has ended' : `in ${durationOf(retryAfterMs)}`;
  return new AppError('limit.exceeded', {
    publicMessage: `The limit of ${allowed} ${WORDS[limit]} of ${owner} is reached. Try again ${when}.`,
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
  });
}

/** Those that are refused together must not come back together: SDKs wait exactly as long as they are told. */
const SPREAD = 0.25;

/** Workers are there: they are contended. `chance` from 0 to 1 spreads who comes back when. */
export function queueError(refused: QueueRefusedError, chance: number): AppError {
  const { retryAfterMs } = refused;
  const retry =
    retryAfterMs === undefined ? {} : { retryAfterMs: Math.round(retryAfterMs * (1 + SPREAD * chance)) };
  switch (refused.reason) {
    case 'stopping':
      return new AppError('gateway.overloaded', {
        publicMessage: 'The gateway restarts. Try again shortly.',
      });
    case 'deadline':
      return new AppError('queue.timeout', retry);
    default:
      return new AppError('queue.full', retry);
  }
}

/** No worker is there at all. */
export function absenceError(readyInMs: number | undefined, isAwaited: boolean): AppError {
  const details = { param: 'model' };
  if (!isAwaited) return new AppError('model.not_ready', { details });
  const retryAfterMs = Math.min(START_RETRY_MS_MAX, Math.ceil(readyInMs ?? START_RETRY_MS));
  const usual = readyInMs === undefined ? '' : ` It is usually ready in ${durationOf(readyInMs)}.`;
  return new AppError('model.starting', {
    publicMessage: `The model is starting.${usual} Try again after \`Retry-After\`, or send \`x-inventiv-wait: true\` to wait for it.`,
    details,
    retryAfterMs,
  });
}
