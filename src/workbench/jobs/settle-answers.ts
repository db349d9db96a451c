/**
 * Settles answers that nobody looks at, and gives up those of whose request nothing was heard. Whoever reads a
 * conversation does not wait for it: reading settles too.
 */
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { settleAnswers } from '../commands/settle-answers.ts';
import { giveUpFigures, type PendingAnswer, selectPending } from '../message-store.ts';

export const SETTLE_ANSWERS = 'settle-answers';

const EVERY_MS = 60_000;
const PAGE = 200;
/** A gateway that was away brings its journal when it is back. */
const GIVE_UP_HOURS = 48;

export function settleAnswersHandler(db: Database): JobHandler {
  return {
    kind: SETTLE_ANSWERS,
    neverGivesUp: true,
    async run(lease) {
      let last: PendingAnswer | undefined;
      // Page by page to the end: those that will never be found hold up none that can be.
      while (!lease.signal.aborted) {
        const page = await selectPending(db, { limit: PAGE, after: last });
        await settleAnswers(db, page);
        last = page.at(-1);
        if (page.length < PAGE) break;
      }
      await giveUpFigures(db, GIVE_UP_HOURS);
      return { againInMs: EVERY_MS };
    },
  };
}
