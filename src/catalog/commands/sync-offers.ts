/**
 * Takes over what a provider itself lists: types, zones, prices, availability. Rows that a person edited stay; offers
 * that are listed no more are marked so and ordered no more, because machines of theirs may still run. Prices that
 * were seen are kept with their times. Twice the same is once.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { ProviderOffer } from '#providers/provider.ts';
import { notePrices, noteSynced } from '../offer-store.ts';
import { lockCatalogue, replaceOffers, upsertProvider, upsertTypes, upsertZones } from '../store.ts';

export interface SyncedProvider {
  readonly id: string;
  readonly name: string;
}

export async function syncOffers(
  env: Env,
  db: Database,
  provider: string | SyncedProvider,
  offers: readonly ProviderOffer[],
): Promise<void> {
  const { id, name } = typeof provider === 'string' ? { id: provider, name: titleOf(provider) } : provider;
  const owners = new Map(offers.map((offer) => [offer.zone, offer.onlyFor ?? null]));
  const zones = [...owners].map(([code, owner]) => ({ code, region: code, owner }));
  const types = new Map(offers.map((offer) => [offer.type, offer]));
  await db.transaction(async (tx) => {
    await lockCatalogue(tx);
    await upsertProvider(tx, { id, name });
    await upsertZones(tx, id, zones, 'provider');
    await upsertTypes(
      tx,
      id,
      [...types.values()].map((offer) => ({
        id: newId(env, 'instanceType'),
        code: offer.type,
        gpuCount: offer.gpuCount,
        gpuKind: offer.gpuKind,
        gpuFraction: null,
        vramBytesPerGpu: offer.vramBytesPerGpu,
        vcpus: offer.vcpus,
        memoryBytes: offer.memoryBytes,
        arch: offer.arch ?? 'x86_64',
        scratchBytesMax: offer.scratchBytesMax ?? 0,
      })),
      'provider',
    );
    await replaceOffers(
      tx,
      id,
      offers.map((offer) => ({
        type: offer.type,
        zone: offer.zone,
        nanosPerHour: offer.price?.nanosPerHour ?? null,
        currency: offer.price?.currency ?? null,
        asOf: offer.price?.asOf ?? null,
        source: `${name}'s own list`,
        availability: offer.availability,
        service: offer.isEnding ? ('ending' as const) : ('offered' as const),
      })),
    );
    await notePrices(tx, id);
    await noteSynced(tx, id);
  });
}

function titleOf(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1);
}
