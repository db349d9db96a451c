/**
 * Forgets what people once asked for and was answered: reports of SYNC_CATALOG and RECONCILE past their retention.
 * What has not ended stays, however old. Some at a time; what a run leaves the next one takes.
 */
import { forgetOldSyncs } from '#catalog/commands/forget-old-syncs.ts';
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { removeOldReconcileRequests } from '../store/reconcile-requests.ts';

export const EXPIRE_REPORTS = 'expire-reports';

const EVERY_MS = 3_600_000;
const BATCH = 1_000;
/** When there were more than fitted into a round. */
const NEXT_ROUND_MS = 200;

export function expireReportsHandler(db: Database, settings: Settings, batch = BATCH): JobHandler {
  return {
    kind: EXPIRE_REPORTS,
    neverGivesUp: true,
    async run() {
      const days = settings.get('REPORT_RETENTION_DAYS');
      const counts = [
        await forgetOldSyncs(db, days, batch),
        await removeOldReconcileRequests(db, days, batch),
      ];
      return { againInMs: counts.some((count) => count === batch) ? NEXT_ROUND_MS : EVERY_MS };
    },
  };
}
