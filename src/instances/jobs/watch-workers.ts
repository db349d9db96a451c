/**
 * Finds workers that fell silent with one query, and wakes the reconciler of each, once for each silence. From then on
 * the reconciler sets its own pace, up to the moment at which the worker counts as dead. So nobody has to look at
 * machines that speak, however many there are.
 *
 * A round is bounded and the longest silent come first. Waking and noting it are one transaction: a crash leaves both
 * undone, and the next round does them.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { enqueueAll, type JobHandler } from '#jobs/jobs.ts';
import { markSilenceTold, selectUntoldSilent } from '../store/silent-workers.ts';
import { RECONCILE_INSTANCE } from './wake-reconciler.ts';

export const WATCH_WORKERS = 'watch-workers';

const PER_ROUND = 500;
/** When there were more than fitted into a round. */
const NEXT_ROUND_MS = 100;

export interface WatchWorkersDeps {
  readonly db: Database;
  readonly settings: Settings;
  /** How many are woken in one round. */
  readonly perRound?: number;
}

export function watchWorkersHandler({ db, settings, perRound = PER_ROUND }: WatchWorkersDeps): JobHandler {
  return {
    kind: WATCH_WORKERS,
    neverGivesUp: true,
    async run(lease) {
      const silent = await selectUntoldSilent(db, settings.get('WORKER_SILENT_MS'), perRound);
      if (silent.length > 0) {
        const subjects = silent
          .map(({ id, orgId, correlationId }) => ({ subjectId: id, orgId, correlationId }))
          .toSorted((a, b) => (a.subjectId < b.subjectId ? -1 : 1));
        await lease.apply(async (tx) => {
          await enqueueAll(tx, RECONCILE_INSTANCE, subjects, { onlyMissing: false });
          await markSilenceTold(
            tx,
            silent.map(({ id }) => id),
          );
        });
      }
      return { againInMs: silent.length < perRound ? settings.get('SILENCE_LOOK_MS') : NEXT_ROUND_MS };
    },
  };
}
