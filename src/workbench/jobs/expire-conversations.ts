/**
 * Forgets conversations after their time, and what people kept to themselves some time after they left. What is
 * shared with the organisation stays until somebody removes it or its time is over.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import {
  deleteOfGoneOrganisations,
  deleteOfLeavers,
  deleteOldConversations,
  noteLeavers,
} from '../expiry-store.ts';

export const EXPIRE_CONVERSATIONS = 'expire-conversations';

const EVERY_MS = 3_600_000;
const SOON_MS = 200;
/** With all their messages. */
const LIMIT = 200;

export function expireConversationsHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_CONVERSATIONS,
    neverGivesUp: true,
    async run() {
      await noteLeavers(db);
      const counts = [
        await deleteOldConversations(db, settings.get('WORKBENCH_RETENTION_DAYS'), LIMIT),
        await deleteOfLeavers(db, settings.get('WORKBENCH_LEAVER_DAYS'), LIMIT),
        await deleteOfGoneOrganisations(db, LIMIT),
      ];
      return { againInMs: counts.includes(LIMIT) ? SOON_MS : EVERY_MS };
    },
  };
}
