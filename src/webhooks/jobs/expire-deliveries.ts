/** Ends deliveries that nobody sends any more, and removes those that are long over, some at a time. */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { deleteOldDeliveries, failLateDeliveries } from '../delivery-store.ts';
import { EXPIRE_DELIVERIES } from '../job-kinds.ts';

const EVERY_MS = 600_000;
const SOON_MS = 200;
const LIMIT = 1_000;

export function expireDeliveriesHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_DELIVERIES,
    neverGivesUp: true,
    async run() {
      const retentionHours = settings.get('WEBHOOK_LOG_RETENTION_HOURS');
      const late = await failLateDeliveries(db, LIMIT);
      const old = await deleteOldDeliveries(db, { retentionHours, limit: LIMIT });
      return { againInMs: late === LIMIT || old === LIMIT ? SOON_MS : EVERY_MS };
    },
  };
}
