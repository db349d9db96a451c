import type { Database, Transaction } from '#database/database.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import { type CallContext, type Provider, ProviderError } from '#providers/provider.ts';
import type { FreezeCause } from '../eviction-freeze.ts';
import type { HealthVerdict } from '../rows.ts';
import { type Action, type ActionCode, logAction, logRepeated } from '../store/action-log.ts';
import type { AgentFacts, AgentFiles, WorkerLink } from '../worker-link.ts';
import { failureDelay } from './delays.ts';
import { type Decision, keyOf, type Limits, type Seen, type Situation } from './situation.ts';

export const RECONCILER = 'reconcile-instance';

export interface ReconcileDeps {
  readonly env: Env;
  readonly db: Database;
  readonly providers: ProviderDirectory;
  readonly link: WorkerLink;
  readonly controlKey: Secret;
  /** Tagged on everything that is ordered. */
  readonly installationId: string;
  /** The same text for the same order, however often it is rendered. */
  readonly renderUserData: (order: {
    instanceId: InstanceId;
    bootstrapToken: Secret;
    providerId: string;
  }) => string;
  /** The agent that user data installs; another one is reported. */
  readonly expectedAgent: AgentFacts | undefined;
  /** What an agent fetches that is told to install itself anew. */
  readonly agentFiles: AgentFiles;
  /** Why nobody may be given up for being silent now. */
  readonly freeze: () => Promise<FreezeCause | undefined>;
  /** The figures in force for a provider; asked at the beginning of each run. */
  readonly settingsOf: (providerId: string, orgId: OrgId) => ReconcileSettings;
  /** Told of every alarm, for the metrics. */
  readonly onAlarm?: (code: string) => void;
  /** Told of every health check, for the metrics. */
  readonly onHealth?: (verdict: HealthVerdict, durationMs: number) => void;
}

export interface ReconcileSettings extends Omit<Limits, 'absenceWindowMs'> {
  /** 0 takes the provider's own figure. */
  readonly absenceWindowMs: number;
  readonly providerTimeoutMs: number;
  readonly bootstrapTtlMs: number;
  readonly healthTimeoutMs: number;
  /** How long a refused offer is passed over. */
  readonly offerRetryMs: number;
  /** Life of what is ordered, in its tags. */
  readonly expiryHours: number;
}

/** One decision being carried out. */
export interface Run {
  readonly deps: ReconcileDeps;
  readonly settings: ReconcileSettings;
  /** Undefined when the provider is not enabled, or its account is gone. */
  readonly provider: Provider | undefined;
  readonly lease: Lease;
  readonly situation: Situation;
  readonly seen: Seen;
}

/** Whoever serves an intent carries its correlation id, not that of the wake-up. */
export function actorOf(run: Run): Actor {
  return { actor: RECONCILER, correlationId: run.situation.instance.correlationId };
}

/** @throws provider.not_enabled */
export function providerOf(run: Run): Provider {
  if (!run.provider) throw new AppError('provider.not_enabled');
  return run.provider;
}

export type ProviderAnswer<T> =
  | { readonly ok: true; readonly value: T; readonly durationMs: number }
  | { readonly ok: false; readonly error: ProviderError; readonly durationMs: number };

/**
 * One call with one deadline, between two crash points. Only the adapter's own error is an answer; anything else
 * ends the run, and the next one resolves what may have happened.
 */
export async function callProvider<T>(
  run: Run,
  operation: string,
  call: (context: CallContext) => Promise<T>,
): Promise<ProviderAnswer<T>> {
  const { env } = run.deps;
  const { settings } = run;
  await env.crashPoint(`${RECONCILER}.${operation}.before`);
  run.lease.signal.throwIfAborted();
  const startedAt = env.clock.monotonic();
  const limit = new AbortController();
  const done = new AbortController();
  const timer = env
    .sleep(settings.providerTimeoutMs, done.signal)
    .then(() => limit.abort(new Error(`no answer within ${settings.providerTimeoutMs} ms`)))
    .catch(() => undefined);
  try {
    const value = await call({
      signal: AbortSignal.any([run.lease.signal, limit.signal]),
      correlationId: run.situation.instance.correlationId,
    });
    await env.crashPoint(`${RECONCILER}.${operation}.after`);
    return { ok: true, value, durationMs: env.clock.monotonic() - startedAt };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ok: false, error, durationMs: env.clock.monotonic() - startedAt };
  } finally {
    done.abort();
    await timer;
  }
}

/** Everything a run decides is written here: under its lease, or not at all. */
export async function apply<T>(run: Run, what: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { env } = run.deps;
  await env.crashPoint(`${RECONCILER}.${what}.commit`);
  const result = await run.lease.apply(work);
  await env.crashPoint(`${RECONCILER}.${what}.committed`);
  return result;
}

type ActionFacts = Omit<Action, 'instanceId' | 'component' | 'correlationId'>;

export function log(run: Run, tx: Transaction, action: ActionFacts): Promise<void> {
  return logAction(run.deps.env, tx, run.situation.instance, complete(run, action));
}

export function logOnceInAWhile(run: Run, tx: Transaction, action: ActionFacts): Promise<void> {
  return logRepeated(run.deps.env, tx, run.situation.instance, complete(run, action));
}

function complete(run: Run, action: ActionFacts): Action {
  const { instance } = run.situation;
  return { ...action, instanceId: instance.id, component: RECONCILER, correlationId: instance.correlationId };
}

/** Keeps the failure for people and leaves this one thing alone for a while; the rest of the run goes on. */
export async function holdBack(
  run: Run,
  decision: Decision,
  code: ActionCode,
  failure: { readonly error: ProviderError; readonly durationMs: number },
): Promise<void> {
  const { error, durationMs } = failure;
  run.seen.held.set(keyOf(decision), failureDelay(run.situation, error.facts.retryAfterMs));
  await apply(run, 'failure', (tx) =>
    logOnceInAWhile(run, tx, {
      code,
      status: 'failed',
      durationMs,
      errorCode: error.facts.kind,
      metadata: describeError(error),
    }),
  );
}

export function describeError(error: ProviderError): Record<string, unknown> {
  const { operation, outcomeUnknown, httpStatus, providerCode } = error.facts;
  return {
    message: messageOf(error).slice(0, 500),
    operation,
    outcome_unknown: outcomeUnknown,
    http_status: httpStatus,
    provider_code: providerCode,
  };
}
