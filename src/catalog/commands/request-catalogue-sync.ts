/** SYNC_CATALOG, asked for by a person: durable from here on; its report is read under the id that is answered. */
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { type Id, newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { RUN_CATALOGUE_SYNC } from '../jobs/run-catalogue-sync.ts';
import { insertCatalogueSync } from '../sync-store.ts';

export async function requestCatalogueSync(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  wish: { readonly provider?: string | undefined },
  by: Actor,
): Promise<Id<'catalogueSync'>> {
  const id = newId(env, 'catalogueSync');
  const { correlationId } = by;
  await enqueue(tx, { kind: RUN_CATALOGUE_SYNC, subjectId: id, correlationId });
  await insertCatalogueSync(tx, { id, providerId: wish.provider ?? null, by: by.actor, correlationId });
  return id;
}
