/**
 * Asks for care for every machine that is not at rest. A starting orchestrator does this, so that recovery after a
 * crash and a normal start are the same; asking for what is under way already changes nothing.
 */
import type { Database } from '#database/database.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { listUnfinished } from '../store/instances.ts';

export async function reconcileUnfinished(db: Database): Promise<number> {
  const unfinished = await listUnfinished(db);
  for (const instance of unfinished) {
    await db.transaction((tx) => wakeReconciler(tx, instance, instance.id, instance.correlationId));
  }
  return unfinished.length;
}
