/** What the installation itself keeps for a time only. */
import type { Database } from '#database/database.ts';
import { removeOldEvents } from '#database/event-retention.ts';
import { removeOldIdempotencyKeys } from '#http/idempotency.ts';
import type { JobHandler } from '#jobs/jobs.ts';

const HOUR_MS = 3_600_000;
const EVENT_BATCH = 10_000;

export function expireEventsHandler(db: Database, retentionHours: () => number): JobHandler {
  return {
    kind: 'expire-events',
    neverGivesUp: true,
    async run() {
      const hasMore = await removeOldEvents(db, retentionHours(), EVENT_BATCH);
      return { againInMs: hasMore ? 200 : HOUR_MS / 6 };
    },
  };
}

export function expireIdempotencyKeysHandler(db: Database): JobHandler {
  return {
    kind: 'expire-idempotency-keys',
    neverGivesUp: true,
    async run() {
      await removeOldIdempotencyKeys(db);
      return { againInMs: HOUR_MS };
    },
  };
}
