/**
 * Keeps the partitions of the request log: those of the days ahead are made, those past their retention are dropped.
 * Safe in several processes and at any time; what a run leaves undone the next one does.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { keepPartitions } from '#database/partitions.ts';
import type { JobHandler } from '#jobs/jobs.ts';

export const EXPIRE_REQUEST_LOG = 'expire-request-log';

const EVERY_MS = 600_000;
const AHEAD_HOURS = 72;

export function expireRequestLogHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_REQUEST_LOG,
    neverGivesUp: true,
    async run() {
      await keepPartitions(db, 'request_log', settings.get('REQUEST_LOG_RETENTION_HOURS'), AHEAD_HOURS);
      return { againInMs: EVERY_MS };
    },
  };
}
