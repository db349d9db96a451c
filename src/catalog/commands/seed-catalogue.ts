/**
 * Writes the project's facts about providers, machines and models. Run at each start: rows that are right already are
 * not touched, rows that a person edited never are, and a price from a provider's own list is not replaced by an
 * older one of ours. One transaction under a lock, so several starters do it once.
 */
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { parseRate } from '#kernel/money.ts';
import { upsertModels } from '../model-store.ts';
import { notePrices } from '../offer-store.ts';
import { AWS } from '../seeds/aws.ts';
import { MODELS } from '../seeds/models.ts';
import { SCALEWAY } from '../seeds/scaleway.ts';
import type { ModelSeed, ProviderSeed } from '../seeds/seed.ts';
import { lockCatalogue, seedOffers, upsertProvider, upsertTypes, upsertZones } from '../store.ts';

export interface CatalogueSeeds {
  readonly providers: readonly ProviderSeed[];
  readonly models: readonly ModelSeed[];
}

const SEEDS: CatalogueSeeds = { providers: [SCALEWAY, AWS], models: MODELS };

export async function seedCatalogue(env: Env, db: Database, seeds: CatalogueSeeds = SEEDS): Promise<void> {
  await db.transaction(async (tx) => {
    await lockCatalogue(tx);
    for (const provider of seeds.providers) await seedProvider(env, tx, provider);
    await upsertModels(
      tx,
      seeds.models.map((model) => ({ ...model, id: newId(env, 'model') })),
    );
  });
}

async function seedProvider(env: Env, tx: Transaction, seed: ProviderSeed): Promise<void> {
  await upsertProvider(tx, seed);
  await upsertZones(tx, seed.id, seed.zones, 'seed');
  await upsertTypes(
    tx,
    seed.id,
    seed.types.map((type) => ({ ...type, id: newId(env, 'instanceType') })),
    'seed',
  );
  await seedOffers(
    tx,
    seed.id,
    seed.offers.map(({ type, zone, price }) => ({
      type,
      zone,
      nanosPerHour: price && parseRate(price.perHour),
      currency: price?.currency ?? null,
      asOf: price?.asOf ?? null,
      source: price?.source ?? null,
      availability: 'unknown' as const,
      service: 'offered' as const,
    })),
  );
  await notePrices(tx, seed.id);
}
