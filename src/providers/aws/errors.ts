import { type CallFacts, errorOfSilence, errorOfUnreadable } from '#providers/call-errors.ts';
import { retryAfterMs } from '#providers/http-answer.ts';
import { ProviderError, type ProviderErrorFacts, type ProviderErrorKind } from '#providers/provider.ts';

/**
 * From what AWS answers, or does not, to the twelve kinds. Its code is believed first, the status second: a machine
 * that cannot be had is a 500 with a code. A mutation has an unknown outcome unless AWS itself said no, or was never
 * reached.
 */
const KIND_BY_CODE: Readonly<Record<string, ProviderErrorKind>> = {
  // The zone has no such machine, or not in this form: another one may.
  Unsupported: 'stock_out',
  RequestLimitExceeded: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestThrottled: 'throttled',
  EC2ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  SlowDown: 'throttled',
  MaxSpotInstanceCountExceeded: 'quota',
  AuthFailure: 'auth',
  InvalidClientTokenId: 'auth',
  SignatureDoesNotMatch: 'auth',
  IncompleteSignature: 'auth',
  UnrecognizedClientException: 'auth',
  MissingAuthenticationToken: 'auth',
  InvalidAccessKeyId: 'auth',
  ExpiredToken: 'auth',
  ExpiredTokenException: 'auth',
  RequestExpired: 'auth',
  OptInRequired: 'auth',
  Blocked: 'auth',
  PendingVerification: 'auth',
  UnauthorizedOperation: 'permission',
  AccessDenied: 'permission',
  AccessDeniedException: 'permission',
  OperationNotPermitted: 'locked',
  IncorrectInstanceState: 'conflict',
  IncorrectState: 'conflict',
  VolumeInUse: 'conflict',
  DependencyViolation: 'conflict',
  ResourceInUseException: 'conflict',
  ConcurrentTagAccess: 'conflict',
  InvalidNextToken: 'retryable',
  ExpiredNextTokenException: 'retryable',
  InternalError: 'retryable',
  InternalFailure: 'retryable',
  InternalErrorException: 'retryable',
  Unavailable: 'retryable',
  ServiceUnavailable: 'retryable',
  RequestTimeout: 'retryable',
  MissingInput: 'invalid',
  MissingParameter: 'invalid',
  UnknownParameter: 'invalid',
  ValidationError: 'invalid',
  ValidationException: 'invalid',
  VPCIdNotSpecified: 'invalid',
  UnsupportedOperation: 'unsupported',
};

/** Families of codes, in the order in which they are asked. */
const KIND_BY_FORM: readonly (readonly [RegExp, ProviderErrorKind])[] = [
  [/^Insufficient/, 'stock_out'],
  [/LimitExceeded$/, 'quota'],
  [/^Idempotent/, 'conflict'],
  [/(\.|^)NotFound$/, 'not_found'],
  [/\.(Duplicate|InUse)$/, 'conflict'],
  [/^Invalid/, 'invalid'],
];

const KIND_BY_STATUS: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'auth',
  403: 'permission',
  405: 'unsupported',
  408: 'retryable',
  409: 'conflict',
  429: 'throttled',
};

const MESSAGE_LENGTH_MAX = 300;

/** What the SDK throws, as far as we look at it. */
interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export function errorOf(call: CallFacts, error: unknown, nowMs: number): ProviderError {
  const thrown = (error ?? {}) as Thrown;
  const status = thrown.$metadata?.httpStatusCode;
  const broken = typeof thrown.code === 'string' ? thrown.code : undefined;
  // An answer that broke off in its middle is none.
  if (status === undefined || broken !== undefined) return errorOfSilence(call, error, true);
  if (thrown.$fault === undefined && status < 300) return errorOfUnreadable(call, status, error);
  const code = thrown.$fault === undefined ? undefined : codeOf(thrown.name);
  return errorOfRefusal(call, { thrown, status, code, nowMs });
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is ProviderError {
  return error instanceof ProviderError && codes.includes(error.facts.providerCode ?? '');
}

interface Refused {
  readonly thrown: Thrown;
  readonly status: number;
  readonly code: string | undefined;
  readonly nowMs: number;
}

function errorOfRefusal(call: CallFacts, { thrown, status, code, nowMs }: Refused): ProviderError {
  const known = code === undefined ? undefined : kindOfCode(code);
  const kind = known ?? kindOfStatus(status);
  const retryMs = retryAfterMs(thrown.$response?.headers?.['retry-after'], nowMs);
  const facts: ProviderErrorFacts = {
    kind,
    provider: call.provider,
    operation: call.operation,
    outcomeUnknown: call.isMutation && (kind === 'retryable' || (known === undefined && status >= 500)),
    httpStatus: status,
    ...(code === undefined ? {} : { providerCode: code }),
    ...(retryMs === undefined ? {} : { retryAfterMs: retryMs }),
  };
  const said = code === undefined ? '' : `: ${String(thrown.message ?? '').slice(0, MESSAGE_LENGTH_MAX)}`;
  const request = thrown.$metadata?.requestId ? ` (request ${thrown.$metadata.requestId})` : '';
  return new ProviderError(
    `${call.operation} was answered ${status}${code ? ` ${code}` : ''}${said}${request}`,
    facts,
  );
}

/** The SDK calls an error without a code `Unknown`; some codes come with the side that is at fault in front. */
function codeOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === 'Unknown' || name === 'Error') return undefined;
  return name.replace(/^(Client|Server)\./, '').slice(0, 100);
}

/** Undefined for a code that is new to us. */
function kindOfCode(code: string): ProviderErrorKind | undefined {
  return KIND_BY_CODE[code] ?? KIND_BY_FORM.find(([form]) => form.test(code))?.[1];
}

function kindOfStatus(status: number): ProviderErrorKind {
  if (status >= 500) return 'retryable';
  // A 404 that AWS did not write itself may come from a proxy, so it does not say that something is absent.
  if (status === 404) return 'unknown';
  return KIND_BY_STATUS[status] ?? (status >= 400 ? 'invalid' : 'unknown');
}
