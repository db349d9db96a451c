/** What every part of a round needs to know. */
import type { SettingName, Settings } from '#config/settings.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { type CallAnswer, callWithLimit } from '#providers/call-with-limit.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import type { CallContext, Provider } from '#providers/provider.ts';
import type { NewRound } from '../store/sweep-rounds.ts';

export const SWEEPER = 'sweep-provider';

export interface SweepDeps {
  readonly env: Env;
  readonly db: Database;
  readonly providers: ProviderDirectory;
  readonly installationId: string;
  readonly settings: Settings;
}

export interface Round extends NewRound {
  readonly deps: SweepDeps;
  readonly lease: Lease;
  readonly provider: Provider;
  /** Filled while the round acts; people read it. */
  readonly errors: string[];
}

export function figure<K extends SettingName>(round: Pick<Round, 'deps' | 'providerId'>, name: K) {
  return round.deps.settings.get(name, round.providerId);
}

/** How long this provider may take to show what exists. */
export function windowMsOf(round: Pick<Round, 'deps' | 'providerId' | 'provider'>): number {
  return figure(round, 'ABSENCE_WINDOW_MS') || round.provider.capabilities.visibilityWindowMs;
}

export function call<T>(
  round: Pick<Round, 'deps' | 'lease' | 'providerId'>,
  operation: string,
  work: (context: CallContext) => Promise<T>,
): Promise<CallAnswer<T>> {
  const { lease } = round;
  const timeoutMs = figure(round, 'PROVIDER_TIMEOUT_MS');
  const limits = { signal: lease.signal, timeoutMs, correlationId: lease.correlationId };
  return callWithLimit(round.deps.env, `${lease.kind}.${operation}`, limits, work);
}

/** Everything a round decides is written here: under its lease, or not at all. */
export async function apply<T>(
  round: Pick<Round, 'deps' | 'lease'>,
  what: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { env } = round.deps;
  await env.crashPoint(`${round.lease.kind}.${what}.commit`);
  const result = await round.lease.apply(work);
  await env.crashPoint(`${round.lease.kind}.${what}.committed`);
  return result;
}
