/** Removes samples that are older than their retention, some at a time, so that no run holds a lock for long. */
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { deleteOldSamples } from '../store/samples.ts';

export const EXPIRE_SAMPLES = 'expire-samples';

const BATCH = 5_000;
const EVERY_MS = 600_000;
const NEXT_BATCH_MS = 200;

export function expireSamplesHandler(db: Database, retentionHours: () => number): JobHandler {
  return {
    kind: EXPIRE_SAMPLES,
    neverGivesUp: true,
    async run() {
      const hasMore = await deleteOldSamples(db, retentionHours(), BATCH);
      return { againInMs: hasMore ? NEXT_BATCH_MS : EVERY_MS };
    },
  };
}
