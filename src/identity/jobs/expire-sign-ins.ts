/** Forgets sessions that ended long ago, links whose time is over, and failed tries that count no more. */
import type { Transaction } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { deleteOldLinks } from '../accounts/link-store.ts';
import { deleteOldSessions } from '../sessions/session-store.ts';
import { deleteOldTries } from '../throttle-store.ts';

export const EXPIRE_SIGN_INS = 'expire-sign-ins';

const EVERY_MS = 600_000;
const BATCH = 2_000;
const STEPS: readonly ((tx: Transaction, limit: number) => Promise<number>)[] = [
  deleteOldSessions,
  deleteOldLinks,
  deleteOldTries,
];

export function expireSignInsHandler(): JobHandler {
  return {
    kind: EXPIRE_SIGN_INS,
    neverGivesUp: true,
    async run(lease) {
      let isFull = false;
      for (const forget of STEPS) {
        const count = await lease.apply((tx) => forget(tx, BATCH));
        isFull ||= count === BATCH;
      }
      return { againInMs: isFull ? 200 : EVERY_MS };
    },
  };
}
