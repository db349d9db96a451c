/** What is kept for a time only. */
import type { Settings } from '#config/settings.ts';
import { removeOldBusinessEvents } from '#database/business-events.ts';
import type { Database } from '#database/database.ts';
import { removeOldEvents } from '#database/event-retention.ts';
import { expireAuditLog } from '#http/audit-log.ts';
import { removeOldIdempotencyKeys } from '#http/idempotency.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { EXPIRE_CONVERSATIONS, expireConversationsHandler } from '#workbench/jobs/expire-conversations.ts';

const HOUR_MS = 3_600_000;
const EVENT_BATCH = 10_000;

const EXPIRE_EVENTS = 'expire-events';
const EXPIRE_IDEMPOTENCY_KEYS = 'expire-idempotency-keys';
const EXPIRE_BUSINESS_EVENTS = 'expire-business-events';
const EXPIRE_AUDIT_LOG = 'expire-audit-log';

export const HOUSEKEEPING: readonly string[] = [
  EXPIRE_EVENTS,
  EXPIRE_IDEMPOTENCY_KEYS,
  EXPIRE_BUSINESS_EVENTS,
  EXPIRE_AUDIT_LOG,
  EXPIRE_CONVERSATIONS,
];

export function housekeepingHandlers(db: Database, settings: Settings): JobHandler[] {
  return [
    expireEventsHandler(db, () => settings.get('EVENT_RETENTION_HOURS')),
    expireIdempotencyKeysHandler(db),
    expireBusinessEventsHandler(db, settings),
    expireAuditLogHandler(db, settings),
    expireConversationsHandler(db, settings),
  ];
}

function expireEventsHandler(db: Database, retentionHours: () => number): JobHandler {
  return {
    kind: EXPIRE_EVENTS,
    neverGivesUp: true,
    async run() {
      const hasMore = await removeOldEvents(db, retentionHours(), EVENT_BATCH);
      return { againInMs: hasMore ? 200 : HOUR_MS / 6 };
    },
  };
}

function expireIdempotencyKeysHandler(db: Database): JobHandler {
  return {
    kind: EXPIRE_IDEMPOTENCY_KEYS,
    neverGivesUp: true,
    async run() {
      await removeOldIdempotencyKeys(db);
      return { againInMs: HOUR_MS };
    },
  };
}

function expireBusinessEventsHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_BUSINESS_EVENTS,
    neverGivesUp: true,
    async run() {
      const hours = settings.get('BUSINESS_EVENT_RETENTION_HOURS');
      return { againInMs: (await removeOldBusinessEvents(db, hours, EVENT_BATCH)) ? 200 : HOUR_MS / 6 };
    },
  };
}

/** Without a retention nothing ever goes. */
function expireAuditLogHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_AUDIT_LOG,
    neverGivesUp: true,
    async run() {
      const days = settings.get('AUDIT_RETENTION_DAYS');
      const hasMore = days > 0 && (await expireAuditLog(db, days, EVENT_BATCH));
      return { againInMs: hasMore ? 200 : HOUR_MS };
    },
  };
}
