/**
 * Takes over what a provider lists by itself into the catalogue, at the start and then every ten minutes. A provider
 * that does not answer is asked again; what was known of it stays, marked as old.
 */

import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { callWithLimit } from '#providers/call-with-limit.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import type { Provider, ProviderOffer } from '#providers/provider.ts';
import { syncOffers } from '../commands/sync-offers.ts';
import { noteSyncFailed } from '../offer-store.ts';

export const SYNC_OFFERS = 'sync-offers';

const EVERY_MS = 600_000;

export interface SyncOffersDeps {
  readonly env: Env;
  readonly db: Database;
  readonly providers: ProviderDirectory;
  readonly settings: Settings;
}

/** The subject is the provider's id. */
export function syncOffersHandler(deps: SyncOffersDeps): JobHandler {
  return {
    kind: SYNC_OFFERS,
    neverGivesUp: true,
    async run(lease) {
      const provider = await anyAccessTo(deps, lease.subjectId);
      // An organisation may bring the first account at any time.
      if (!provider) return { againInMs: EVERY_MS };
      const offers = await askOffers(deps, lease, provider);
      await syncOffers(deps.env, deps.db, provider.id, offers);
      return { againInMs: EVERY_MS };
    },
  };
}

/** Every account of a provider sees the same offers: the installation's own is asked, else the first there is. */
async function anyAccessTo(deps: SyncOffersDeps, providerId: string): Promise<Provider | undefined> {
  const own = await deps.providers.find(providerId, null);
  if (own) return own;
  const access = await deps.providers.list();
  return access.find((one) => one.providerId === providerId)?.provider;
}

/** @throws ProviderError when the provider does not answer in time, or not rightly */
export async function askOffers(
  deps: SyncOffersDeps,
  lease: Lease,
  provider: Provider,
): Promise<readonly ProviderOffer[]> {
  const timeoutMs = deps.settings.get('PROVIDER_TIMEOUT_MS', provider.id);
  const limits = { signal: lease.signal, correlationId: lease.correlationId, timeoutMs };
  const answer = await callWithLimit(deps.env, `${lease.kind}.list`, limits, (context) =>
    provider.listOffers(context),
  );
  if (!answer.ok) {
    // Readers of offers are told that they may have changed since.
    await noteSyncFailed(deps.db, provider.id);
    throw answer.error;
  }
  return answer.value;
}
