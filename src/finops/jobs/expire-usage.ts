/**
 * Removes the sums of what instances served when the series beside which they are shown are past their retention. The
 * ledger stays. Some rows at a time, so that nobody waits for it; what a run leaves the next one takes.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { seriesRetentionHours } from '#instances/queries.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { expireUsage } from '../instance-usage-store.ts';

export const EXPIRE_USAGE = 'expire-usage';

const EVERY_MS = 3_600_000;
const ROWS_PER_STEP = 5_000;
const STEPS_MAX = 100;

export function expireUsageHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_USAGE,
    neverGivesUp: true,
    async run({ signal }) {
      for (const resolution of ['5m', '1h'] as const) {
        const hours = seriesRetentionHours(settings, resolution);
        for (let step = 0; step < STEPS_MAX; step++) {
          signal.throwIfAborted();
          if ((await expireUsage(db, resolution, hours, ROWS_PER_STEP)) < ROWS_PER_STEP) break;
        }
      }
      return { againInMs: EVERY_MS };
    },
  };
}
