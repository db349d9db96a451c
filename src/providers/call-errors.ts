/**
 * What every adapter makes of a call that did not go well, whoever the provider is. What an answer says is each
 * adapter's own matter; what silence and garbage mean for an order is not.
 */
import { ProviderError, type ProviderErrorFacts, type ProviderErrorKind } from './provider.ts';

export interface CallFacts {
  readonly provider: string;
  readonly operation: string;
  readonly isMutation: boolean;
}

/** Nothing had been sent when these happened. */
const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** No answer: the deadline passed, the connection broke, or nobody listens. */
export function errorOfSilence(call: CallFacts, cause: unknown, wasSent: boolean): ProviderError {
  const code = codeOf(cause);
  return new ProviderError(
    `${call.operation} got no answer${code ? ` (${code})` : ''}`,
    {
      ...plainFacts(call, 'retryable'),
      outcomeUnknown: call.isMutation && wasSent && !NEVER_REACHED.has(code ?? ''),
      ...(code === undefined ? {} : { providerCode: code }),
    },
    cause,
  );
}

/** An answer that says yes in a form that cannot be read. */
export function errorOfUnreadable(call: CallFacts, status: number, cause?: unknown): ProviderError {
  return new ProviderError(
    `${call.operation} was answered ${status} in a form that cannot be read`,
    { ...plainFacts(call, 'unknown'), outcomeUnknown: call.isMutation, httpStatus: status },
    cause,
  );
}

/** What an adapter refuses by itself: nothing was sent that could have had an effect. */
export function refusal(
  call: Omit<CallFacts, 'isMutation'>,
  kind: ProviderErrorKind,
  message: string,
  providerCode?: string,
): ProviderError {
  return new ProviderError(`${call.operation}: ${message}`, {
    ...plainFacts(call, kind),
    ...(providerCode === undefined ? {} : { providerCode }),
  });
}

export function isOfKind(error: unknown, ...kinds: readonly ProviderErrorKind[]): error is ProviderError {
  return error instanceof ProviderError && kinds.includes(error.facts.kind);
}

/** Undefined where the provider itself says that there is no such thing. */
export async function absent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isOfKind(error, 'not_found')) return undefined;
    throw error;
  }
}

function plainFacts(call: Omit<CallFacts, 'isMutation'>, kind: ProviderErrorKind): ProviderErrorFacts {
  return { kind, provider: call.provider, operation: call.operation, outcomeUnknown: false };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'AggregateError' ? undefined : codeOf(error.cause);
}
