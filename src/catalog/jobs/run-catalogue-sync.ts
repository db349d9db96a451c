/**
 * Carries out one SYNC_CATALOG: asks each provider what it offers, takes it over, and writes the report. A provider
 * that does not answer is reported, and what was known of it stays. A run that dies is done again from the start;
 * taking an offer over twice is taking it over once.
 */
import type { CatalogueSyncReport } from '#contracts/catalogue-sync.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { messageOf } from '#kernel/errors.ts';
import type { ProviderAccess } from '#providers/directory.ts';
import { type Provider, ProviderError } from '#providers/provider.ts';
import { syncOffers } from '../commands/sync-offers.ts';
import { findCatalogueSync, finishCatalogueSync, markSyncRunning } from '../sync-store.ts';
import { askOffers, type SyncOffersDeps } from './sync-offers.ts';

export const RUN_CATALOGUE_SYNC = 'run-catalogue-sync';

type Synced = CatalogueSyncReport['providers'][number];

/** The subject is the request's id. */
export function runCatalogueSyncHandler(deps: SyncOffersDeps): JobHandler {
  return {
    kind: RUN_CATALOGUE_SYNC,
    neverGivesUp: true,
    run: (lease) => runSync(deps, lease),
  };
}

async function runSync(deps: SyncOffersDeps, lease: Lease): Promise<JobOutcome> {
  const sync = await findCatalogueSync(deps.db, lease.subjectId);
  if (!sync || sync.ended_at) return { done: true };
  await lease.apply((tx) => markSyncRunning(tx, sync.id));
  const access = await deps.providers.list();
  // Every account of a provider sees the same offers; the installation's own is asked, else the first, as by the
  // regular sync.
  const first = new Map<string, ProviderAccess>();
  for (const one of access) {
    if (one.accountId === null || !first.has(one.providerId)) first.set(one.providerId, one);
  }
  const asked = [...first.values()];
  const wanted = asked.filter((one) => !sync.provider_id || one.providerId === sync.provider_id);
  const providers: Synced[] = [];
  for (const { provider } of wanted) providers.push(await syncOne(deps, lease, provider));
  if (wanted.length === 0) providers.push(notEnabled(sync.provider_id ?? ''));
  const state = providers.every((one) => one.error === null) ? 'done' : 'failed';
  await deps.env.crashPoint(`${RUN_CATALOGUE_SYNC}.report.commit`);
  await lease.apply((tx) => finishCatalogueSync(tx, sync.id, { state, report: { providers } }));
  return { done: true };
}

async function syncOne(deps: SyncOffersDeps, lease: Lease, provider: Provider): Promise<Synced> {
  const startedAt = deps.env.clock.monotonic();
  const none = { provider: provider.id, offers: 0, zones: 0, types: 0, unpriced: 0 };
  try {
    const offers = await askOffers(deps, lease, provider);
    await syncOffers(deps.env, deps.db, provider.id, offers);
    return {
      provider: provider.id,
      offers: offers.length,
      zones: new Set(offers.map((offer) => offer.zone)).size,
      types: new Set(offers.map((offer) => offer.type)).size,
      unpriced: offers.filter((offer) => offer.price === null).length,
      duration_ms: Math.round(deps.env.clock.monotonic() - startedAt),
      error: null,
    };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const durationMs = Math.round(deps.env.clock.monotonic() - startedAt);
    return { ...none, duration_ms: durationMs, error: messageOf(error).slice(0, 300) };
  }
}

function notEnabled(provider: string): Synced {
  const error = provider === '' ? 'no provider is enabled' : 'this provider is not enabled';
  return { provider, offers: 0, zones: 0, types: 0, unpriced: 0, duration_ms: 0, error };
}
