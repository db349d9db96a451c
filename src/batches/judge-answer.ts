/** What an answer of the gateway means for a line. Pure. */

export interface LineAnswer {
  readonly status: number;
  /** What the gateway told about when to come again. */
  readonly retryAfterMs: number | undefined;
  readonly mayRetry: boolean;
  /** Undefined when it was larger than is kept. */
  readonly body: Buffer | undefined;
}

export type Verdict =
  /** The line's result: an answer, or a refusal that stays one. */
  | { readonly kind: 'answered'; readonly isFailed: boolean; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** Not taken now: nothing was computed, the same request may be sent again. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** It was tried and failed: the next try is another request. */
  | { readonly kind: 'try_failed'; readonly afterMs: number; readonly body: Buffer }
  /** The key may not speak any more, or so it seems. */
  | { readonly kind: 'unauthorised' };

const RETRY_MS = 2_000;
const RETRY_MS_MAX = 60_000;
/**
 * Refusals of the gateway before it admits a request: nothing was computed and nothing is in the ledger. All else that
 * fails may have been, so its next try has another id.
 */
const LATER = new Set([
  'rate_limit_exceeded',
  'queue_full',
  'queue_timeout',
  'model_not_ready',
  'model_starting',
  'gateway.overloaded',
  'gateway.journal_full',
  'database.unavailable',
  'batch.line_running',
]);
/** The key itself is refused, or what it asks for lacks an activation: the database tells which. */
const OF_THE_KEY = new Set(['activation.missing', 'api_key.suspended']);
/** A refusal that looks as if it would pass and does not. */
const STAYS = 'insufficient_quota';
const TRIED_AGAIN = new Set([408, 409, 425, 429]);

export function judgeAnswer(answer: LineAnswer): Verdict {
  const { status, body } = answer;
  const afterMs = Math.min(answer.retryAfterMs ?? RETRY_MS, RETRY_MS_MAX);
  if (status === 401) return { kind: 'unauthorised' };
  if (!body) {
    return { kind: 'failed', code: 'response_too_large', message: 'The answer is larger than is kept.' };
  }
  const said = parse(body);
  if (said === undefined) return { kind: 'try_failed', afterMs, body: asJson(body) };
  if (status >= 200 && status < 300) return { kind: 'answered', isFailed: false, body };
  const code = codeOf(said);
  if (OF_THE_KEY.has(code)) return { kind: 'unauthorised' };
  if (code === STAYS) return { kind: 'answered', isFailed: true, body };
  if (LATER.has(code) && (answer.mayRetry || status === 409)) return { kind: 'later', afterMs };
  if (status >= 500 || (TRIED_AGAIN.has(status) && !LATER.has(code))) {
    return { kind: 'try_failed', afterMs, body };
  }
  return { kind: 'answered', isFailed: true, body };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function codeOf(said: unknown): string {
  const error = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function asJson(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify(body.toString('utf8', 0, 1_000)));
}
