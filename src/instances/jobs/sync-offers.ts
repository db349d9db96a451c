/**
 * Takes over what a provider lists by itself into the catalogue, at the start and then every ten minutes. A provider
 * that does not answer is asked again; what was known of it stays.
 */
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { ProviderDirectory } from '#providers/directory.ts';

export const SYNC_OFFERS = 'sync-offers';

const EVERY_MS = 600_000;

export interface SyncOffersDeps {
  readonly env: Env;
  readonly db: Database;
  readonly providers: ProviderDirectory;
}

/** The subject is the provider's id. */
export function syncOffersHandler(deps: SyncOffersDeps): JobHandler {
  return {
    kind: SYNC_OFFERS,
    neverGivesUp: true,
    async run(lease) {
      const provider = await deps.providers.find(lease.subjectId, null);
      if (!provider) return { done: true };
      const correlationId = lease.correlationId as CorrelationId;
      const offers = await provider.listOffers({ signal: lease.signal, correlationId });
      await syncOffers(deps.env, deps.db, provider.id, offers);
      return { againInMs: EVERY_MS };
    },
  };
}
