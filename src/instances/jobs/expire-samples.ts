/**
 * Keeps the partitions of series and logs: those of the days ahead are made, those past their retention are dropped.
 * Safe in several processes and at any time; what a run leaves undone the next one does.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { keepPartitions } from '#database/partitions.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { retentionHours } from '../series/retention.ts';

export const EXPIRE_SAMPLES = 'expire-samples';

const EVERY_MS = 600_000;
const AHEAD_HOURS = 72;

export function expireSamplesHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_SAMPLES,
    neverGivesUp: true,
    async run() {
      await keepPartitions(db, 'instance_samples', retentionHours(settings, 'finest'), AHEAD_HOURS);
      await keepPartitions(db, 'instance_samples_5m', retentionHours(settings, '5m'), AHEAD_HOURS);
      await keepPartitions(db, 'instance_samples_1h', retentionHours(settings, '1h'), AHEAD_HOURS);
      await keepPartitions(db, 'instance_logs', settings.get('LOG_RETENTION_HOURS'), AHEAD_HOURS);
      return { againInMs: EVERY_MS };
    },
  };
}
