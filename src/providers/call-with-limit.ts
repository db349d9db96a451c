import type { Env } from '#kernel/env.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { type CallContext, ProviderError } from './provider.ts';

export interface CallLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly correlationId: string;
}

export type CallAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ProviderError };

/**
 * One call with one deadline, between two crash points named after it. Only the adapter's own error is an answer;
 * anything else ends the run.
 */
export async function callWithLimit<T>(
  env: Env,
  name: string,
  limits: CallLimits,
  call: (context: CallContext) => Promise<T>,
): Promise<CallAnswer<T>> {
  await env.crashPoint(`${name}.before`);
  limits.signal.throwIfAborted();
  const limit = new AbortController();
  const done = new AbortController();
  const timer = env
    .sleep(limits.timeoutMs, done.signal)
    .then(() => limit.abort(new Error(`no answer within ${limits.timeoutMs} ms`)))
    .catch(() => undefined);
  try {
    const signal = AbortSignal.any([limits.signal, limit.signal]);
    const value = await call({ signal, correlationId: limits.correlationId as CorrelationId });
    await env.crashPoint(`${name}.after`);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ok: false, error };
  } finally {
    done.abort();
    await timer;
  }
}
