/**
 * Pays the next month of every subscription that goes on, up to an hour before the last one ends, so that nothing
 * stops in between. A wallet that cannot pay is asked again every minute: until then the subscription rests. The month
 * and its fee are written in one transaction under the lock of the subscription, so a month is paid once, whatever dies
 * or runs twice.
 */
import type { Database } from '#database/database.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { announceMarket } from '../announce.ts';
import { payMonth } from '../commands/take-up-offering.ts';
import { type DueSubscription, lockDueSubscription, selectDueSubscriptions } from '../entitlement-store.ts';

export const RENEW_SUBSCRIPTIONS = 'renew-subscriptions';

const EVERY_MS = 60_000;
const AT_ONCE = 200;

export function renewSubscriptionsHandler(env: Env, db: Database): JobHandler {
  return {
    kind: RENEW_SUBSCRIPTIONS,
    neverGivesUp: true,
    async run(lease) {
      for (let after = ''; ; ) {
        const due = await selectDueSubscriptions(db, AT_ONCE, after);
        for (const subscription of due) {
          lease.signal.throwIfAborted();
          await renew(env, lease, subscription);
        }
        const last = due.at(-1);
        if (!last || due.length < AT_ONCE) return { againInMs: EVERY_MS };
        after = last.id;
      }
    },
  };
}

async function renew(env: Env, lease: Lease, { id, orgId, providerOrgId }: DueSubscription): Promise<void> {
  try {
    await lease.apply(async (tx) => {
      const subscription = await lockDueSubscription(tx, { orgId }, id);
      if (!subscription) return;
      await payMonth(env, tx, subscription, RENEW_SUBSCRIPTIONS);
      await announceMarket(tx, [orgId, providerOrgId], id);
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'wallet.empty') throw error;
    env.log.info({ entitlement_id: id, org_id: orgId }, 'a subscription rests until its wallet can pay');
  }
}
