import * as z from 'zod';
import type { CallFacts } from '#providers/call-errors.ts';
import { boundedRetryMs, retryAfterMs } from '#providers/http-answer.ts';
import { ProviderError, type ProviderErrorFacts, type ProviderErrorKind } from '#providers/provider.ts';

/**
 * From what Scaleway answers, or does not, to the twelve kinds. The type in the body is believed first, the status
 * second: the same 403 is a missing right or a full quota. A mutation has an unknown outcome unless Scaleway itself
 * said no, or was never reached.
 */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
  readonly requestId: string | undefined;
  readonly nowMs: number;
}

const KIND_BY_TYPE: Readonly<Record<string, ProviderErrorKind>> = {
  invalid_arguments: 'invalid',
  invalid_request_error: 'invalid',
  denied_authentication: 'auth',
  permissions_denied: 'permission',
  quotas_exceeded: 'quota',
  out_of_stock: 'stock_out',
  not_found: 'not_found',
  unknown_resource: 'not_found',
  transient_state: 'conflict',
  already_exists: 'conflict',
  conflict: 'conflict',
  resource_still_in_use: 'conflict',
  precondition_failed: 'conflict',
  expired: 'invalid',
  locked: 'locked',
  protected_resource: 'locked',
  too_many_requests: 'throttled',
};

const KIND_BY_STATUS: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'auth',
  403: 'permission',
  405: 'unsupported',
  409: 'conflict',
  412: 'conflict',
  423: 'locked',
  429: 'throttled',
  501: 'unsupported',
};

const bodySchema = z.object({
  type: z.string().max(100).nullish(),
  message: z.string().nullish(),
  resource: z.string().nullish(),
  precondition: z.string().nullish(),
  help_message: z.string().nullish(),
  reset_seconds: z.number().nullish(),
  details: z
    .array(
      z.object({
        argument_name: z.string().nullish(),
        help_message: z.string().nullish(),
        reason: z.string().nullish(),
        resource: z.string().nullish(),
        action: z.string().nullish(),
        quota: z.number().nullish(),
      }),
    )
    .nullish(),
});
type ErrorBody = z.infer<typeof bodySchema>;

const MESSAGE_LENGTH_MAX = 300;

/** An answer that says no. */
export function errorOfAnswer(call: CallFacts, answer: RefusedAnswer): ProviderError {
  const parsed = bodySchema.safeParse(answer.body);
  const body: ErrorBody = parsed.success ? parsed.data : {};
  const type = body.type ?? undefined;
  const known = type === undefined ? undefined : kindOfType(type, body);
  const facts: ProviderErrorFacts = {
    kind: known ?? kindOfStatus(answer.status),
    provider: call.provider,
    operation: call.operation,
    outcomeUnknown: call.isMutation && known === undefined && !isPlainRefusal(answer.status),
    httpStatus: answer.status,
    ...(type === undefined ? {} : { providerCode: type }),
    ...retryAfter(answer, body),
  };
  const request = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
  const said = sentenceOf(body).slice(0, MESSAGE_LENGTH_MAX);
  return new ProviderError(
    `${call.operation} was answered ${answer.status}${type ? ` ${type}` : ''}${said ? `: ${said}` : ''}${request}`,
    facts,
  );
}

/** Undefined for a type that is new to us. */
function kindOfType(type: string, body: ErrorBody): ProviderErrorKind | undefined {
  if (type === 'precondition_failed' && body.precondition === 'protected_resource') return 'locked';
  if (type === 'invalid_request_error') {
    // The older form of several errors, told apart by their sentence alone.
    const said = body.message ?? '';
    if (/quota/i.test(said)) return 'quota';
    if (/should be (running|stopped|started)|in use|is attached|transient/i.test(said)) return 'conflict';
  }
  return KIND_BY_TYPE[type];
}

function kindOfStatus(status: number): ProviderErrorKind {
  if (status >= 500 && status !== 501) return 'retryable';
  if (status === 408) return 'retryable';
  // A 404 that Scaleway did not write itself may come from a proxy, so it does not say that something is absent.
  if (status === 404) return 'unknown';
  return KIND_BY_STATUS[status] ?? (status >= 400 ? 'invalid' : 'unknown');
}

/** The statuses that say, also without a readable body, that nothing was done. */
function isPlainRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 408;
}

/** The message is the same for every error of a type; what is wrong stands in the details. */
function sentenceOf(body: ErrorBody): string {
  const details = (body.details ?? []).map((one) =>
    [one.argument_name, one.action, one.resource, one.reason, one.help_message, one.quota]
      .filter((word) => word !== null && word !== undefined && word !== '')
      .join(' '),
  );
  return [body.message, body.resource, body.precondition, body.help_message, ...details]
    .filter((word) => word)
    .join(', ');
}

function retryAfter(answer: RefusedAnswer, body: ErrorBody): { retryAfterMs?: number } {
  const inBody =
    typeof body.reset_seconds === 'number' ? boundedRetryMs(body.reset_seconds * 1_000) : undefined;
  const ms = retryAfterMs(answer.retryAfter, answer.nowMs) ?? inBody;
  return ms === undefined ? {} : { retryAfterMs: ms };
}
