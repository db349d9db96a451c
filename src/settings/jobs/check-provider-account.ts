/**
 * Tries a provider account out: lists what it could rent and what it holds of ours, and writes what came of it onto
 * the account. Nothing is made at the provider. Sentences here are our own: what a provider says about a credential
 * it refused might repeat it.
 */

import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { isId } from '#kernel/ids.ts';
import { SealError } from '#kernel/sealing.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import {
  type CallContext,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
} from '#providers/provider.ts';
import { type AccountRow, recordCheck, selectAccount } from '../account-store.ts';
import { CHECK_ACCOUNT } from '../commands/manage-account.ts';

export interface CheckAccountDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly providers: ProviderDirectory;
  readonly installationId: string;
}

interface Finding {
  readonly error: string | null;
  readonly message: string | null;
}

const FINE: Finding = { error: null, message: null };
const UNREADABLE: Finding = {
  error: 'unreadable',
  message: 'The stored credential cannot be opened: replace it.',
};
const SENTENCES: Partial<Record<ProviderErrorKind, string>> = {
  auth: 'The provider refused the credential: it is wrong, expired or revoked.',
  permission: 'The credential is right, but may not list servers or what is offered: widen its permissions.',
  throttled: 'The provider asks to slow down: try again in a while.',
};

/** The subject is the account's id. */
export function checkProviderAccountHandler(deps: CheckAccountDeps): JobHandler {
  return {
    kind: CHECK_ACCOUNT,
    async run(lease) {
      const { subjectId: id, orgId } = lease;
      if (!isId('providerAccount', id) || orgId === undefined || !isId('organisation', orgId)) {
        throw new Error(`not a provider account: ${id} ${orgId}`);
      }
      const account = await selectAccount(deps.db, { orgId }, id);
      if (!account || account.checksAsked === account.checksDone) return { done: true };
      const finding = await tryOut(deps, lease, account);
      await deps.env.crashPoint('check-provider-account.commit');
      await lease.apply(async (tx) => {
        const { version, checksAsked: number } = account;
        await recordCheck(tx, account, id, { number, version, ...finding });
        const summary = { state: 'active', check: finding.error ?? 'ok' };
        await emitEvent(tx, { orgId, type: 'provider_account.changed', subjectId: id, summary });
      });
      return { done: true };
    },
  };
}

async function tryOut(deps: CheckAccountDeps, lease: Lease, account: AccountRow): Promise<Finding> {
  const timeoutMs = deps.settings.get('PROVIDER_TIMEOUT_MS', account.providerId);
  const limit = new AbortController();
  const done = new AbortController();
  const timer = deps.env
    .sleep(timeoutMs, done.signal)
    .then(() => limit.abort(new Error(`no answer within ${timeoutMs} ms`)))
    .catch(() => undefined);
  try {
    const provider = await deps.providers.find(account.providerId, account.id);
    if (!provider) return { error: 'not_enabled', message: 'The provider is not enabled any more.' };
    const signal = AbortSignal.any([lease.signal, limit.signal]);
    await listAll(provider, { signal, correlationId: lease.correlationId }, deps.installationId);
    return FINE;
  } catch (error) {
    if (error instanceof SealError) return UNREADABLE;
    if (!(error instanceof ProviderError)) throw error;
    // What ended because this run ends is no finding.
    lease.signal.throwIfAborted();
    return describe(error);
  } finally {
    done.abort();
    await timer;
  }
}

/** Some providers tell everybody what they offer, so what is ours is asked for as well. */
async function listAll(provider: Provider, context: CallContext, installationId: string): Promise<void> {
  const offers = await provider.listOffers(context);
  const zones = [...new Set(offers.map((offer) => offer.zone))];
  await provider.listOwned(context, installationId, zones);
}

function describe({ facts }: ProviderError): Finding {
  const answer = facts.httpStatus === undefined ? 'no answer' : `answer ${facts.httpStatus}`;
  const message = SENTENCES[facts.kind] ?? `The provider could not be asked (${facts.operation}: ${answer}).`;
  return { error: facts.kind, message };
}
