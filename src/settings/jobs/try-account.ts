/** Trying an account out at its provider, within a limit, told in sentences of our own. */
import type { Settings } from '#config/settings.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { SealError } from '#kernel/sealing.ts';
import type { Inspection } from '#providers/inspection.ts';
import { type CallContext, ProviderError, type ProviderErrorKind } from '#providers/provider.ts';
import type { AccountDirectory, Trial } from '../account-directory.ts';
import { judgeInspection } from '../judge-inspection.ts';

export interface TrialDeps {
  readonly env: Env;
  readonly settings: Settings;
  readonly accounts: AccountDirectory;
  readonly installationId: string;
}

/** What came of a trial. Sentences are ours: what a provider says of a credential might repeat it. */
export interface Finding {
  /** Null: machines can be ordered. */
  readonly error: string | null;
  readonly message: string | null;
  readonly inspection: Inspection | null;
  /** The same might be answered otherwise a while later. */
  readonly isPassing: boolean;
}

const SENTENCES: Partial<Record<ProviderErrorKind, string>> = {
  auth: 'The provider refused the credential: it is wrong, expired or revoked. One that was made a moment ago may need two minutes.',
  permission: 'The credential is right, but may not list servers or what is offered: widen its permissions.',
  throttled: 'The provider asks to slow down: try again in a while.',
};
const PASSING: readonly string[] = ['retryable', 'throttled', 'unknown', 'conflict', 'locked'];

export async function tryAccount(
  deps: TrialDeps,
  lease: Lease,
  account: { readonly id: string; readonly providerId: string },
  which: 'present' | 'next',
): Promise<Finding> {
  let inspection: Inspection | null = null;
  try {
    const trial = await deps.accounts.open(account.providerId, account.id, which);
    if (!trial) return refusal('not_enabled', 'The provider is not enabled any more.');
    const found = await withLimit(deps, lease, account, (context) => trial.inspect(context));
    inspection = found;
    await withLimit(deps, lease, account, (context) => listAll(deps, context, trial, found));
    const judgement = judgeInspection(found, deps.env.clock.now());
    return { ...judgement, inspection, isPassing: false };
  } catch (error) {
    if (error instanceof SealError) {
      return refusal('unreadable', 'The stored credential cannot be opened: replace it.');
    }
    if (!(error instanceof ProviderError)) throw error;
    // What ended because this run ends is no finding.
    lease.signal.throwIfAborted();
    return { ...describe(error, inspection, deps.env.clock.now()), inspection };
  }
}

/** Some providers tell everybody what they offer, so what is ours is asked for as well, where a zone answers. */
async function listAll(
  { installationId }: TrialDeps,
  context: CallContext,
  { provider }: Trial,
  found: Inspection,
): Promise<void> {
  const away = new Set(found.zones.filter(({ isReachable }) => !isReachable).map(({ zone }) => zone));
  const offers = await provider.listOffers(context);
  const zones = [...new Set(offers.map((offer) => offer.zone))].filter((zone) => !away.has(zone));
  await provider.listOwned(context, installationId, zones);
}

async function withLimit<T>(
  { env, settings }: TrialDeps,
  lease: Lease,
  { providerId }: { readonly providerId: string },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const timeoutMs = settings.get('PROVIDER_TIMEOUT_MS', providerId);
  const limit = new AbortController();
  const done = new AbortController();
  const timer = env
    .sleep(timeoutMs, done.signal)
    .then(() => limit.abort(new Error(`no answer within ${timeoutMs} ms`)))
    .catch(() => undefined);
  try {
    const signal = AbortSignal.any([lease.signal, limit.signal]);
    return await work({ signal, correlationId: lease.correlationId });
  } finally {
    done.abort();
    await timer;
  }
}

/** A right that the inspection saw missing says more than the call that was refused for want of it. */
function describe({ facts }: ProviderError, inspection: Inspection | null, nowMs: number) {
  const judgement =
    inspection && facts.kind === 'permission' ? judgeInspection(inspection, nowMs) : undefined;
  if (judgement?.error) return { ...judgement, isPassing: false };
  const answer = facts.httpStatus === undefined ? 'no answer' : `answer ${facts.httpStatus}`;
  const message = SENTENCES[facts.kind] ?? `The provider could not be asked (${facts.operation}: ${answer}).`;
  return { error: facts.kind, message, isPassing: PASSING.includes(facts.kind) };
}

function refusal(error: string, message: string): Finding {
  return { error, message, inspection: null, isPassing: false };
}
