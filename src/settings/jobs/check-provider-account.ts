/**
 * Tries a provider account out: whose it is, what it may do and has left, what it could rent and holds of ours; and
 * writes what came of it onto the account. Nothing is made at the provider, so it may be done again at any time.
 */
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { isId } from '#kernel/ids.ts';
import { recordCheck, selectAccount } from '../account-store.ts';
import { CHECK_ACCOUNT } from '../commands/manage-account.ts';
import { type TrialDeps, tryAccount } from './try-account.ts';

export interface CheckAccountDeps extends TrialDeps {
  readonly db: Database;
}

/** The subject is the account's id. */
export function checkProviderAccountHandler(deps: CheckAccountDeps): JobHandler {
  return {
    kind: CHECK_ACCOUNT,
    async run(lease) {
      const { subjectId: id, orgId } = lease;
      if (!isId('providerAccount', id) || orgId === undefined || !isId('organisation', orgId)) {
        throw new Error(`not a provider account: ${id} ${orgId}`);
      }
      const account = await selectAccount(deps.db, { orgId }, id);
      if (!account || account.checksAsked === account.checksDone) return { done: true };
      const finding = await tryAccount(deps, lease, account, 'present');
      await deps.env.crashPoint('check-provider-account.commit');
      await lease.apply(async (tx) => {
        const { version, checksAsked: number } = account;
        const { error, message, inspection } = finding;
        await recordCheck(tx, account, id, { number, version, error, message, inspection });
        const summary = { state: 'active', check: error ?? 'ok' };
        await emitEvent(tx, { orgId, type: 'provider_account.changed', subjectId: id, summary });
      });
      return { done: true };
    },
  };
}
