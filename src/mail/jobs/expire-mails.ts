/** Forgets which mails were sent long ago, and closes the alerts of those that could not be. */
import { closeAlert } from '#alerts/alerts.ts';
import type { Settings } from '#config/settings.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { deleteOldMails } from '../store.ts';
import { MAIL_UNDELIVERABLE } from './send-mail.ts';

export const EXPIRE_MAILS = 'expire-mails';

const EVERY_MS = 3_600_000;
const BATCH = 1_000;

export function expireMailsHandler(settings: Settings): JobHandler {
  return {
    kind: EXPIRE_MAILS,
    neverGivesUp: true,
    async run(lease) {
      const removed = await lease.apply(async (tx) => {
        const mails = await deleteOldMails(tx, settings.get('MAIL_RETENTION_DAYS'), BATCH);
        for (const { id, state } of mails) {
          if (state === 'failed') await closeAlert(tx, { kind: 'mail', id }, MAIL_UNDELIVERABLE);
        }
        return mails.length;
      });
      return { againInMs: removed === BATCH ? 200 : EVERY_MS };
    },
  };
}
