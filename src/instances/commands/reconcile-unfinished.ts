/**
 * Asks for care for every machine that is not at rest. A starting orchestrator does this, so that recovery after a
 * crash and a normal start are the same; asking for what is under way already changes nothing. Machines that serve
 * have their next look in the queue: only those that lost it are asked for, so that a restart beside ten thousand
 * ready machines is no storm.
 */
import type { Database } from '#database/database.ts';
import { enqueueAll } from '#jobs/jobs.ts';
import { RECONCILE_INSTANCE } from '../jobs/wake-reconciler.ts';
import { listUnfinished } from '../store/instances.ts';

const BATCH = 500;

export async function reconcileUnfinished(db: Database): Promise<number> {
  const unfinished = await listUnfinished(db);
  for (const isReady of [false, true]) {
    const chosen = unfinished.filter(({ state }) => (state === 'ready') === isReady);
    for (let from = 0; from < chosen.length; from += BATCH) {
      const batch = chosen.slice(from, from + BATCH);
      const subjects = batch.map(({ id, orgId, correlationId }) => ({ subjectId: id, orgId, correlationId }));
      await db.transaction((tx) => enqueueAll(tx, RECONCILE_INSTANCE, subjects, { onlyMissing: isReady }));
    }
  }
  return unfinished.length;
}
