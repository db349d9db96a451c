import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from '#database/database.ts';
import { type Lease, LeaseLostError } from '#jobs/jobs.ts';
import { readMarket } from '../queries.ts';
import { NAME, priceOf, startTestMarket, type TestMarket } from '../testing.ts';
import { RENEW_SUBSCRIPTIONS, renewSubscriptionsHandler } from './renew-subscriptions.ts';

const FEE = 1_000;

async function subscribed(market: TestMarket, funds: number) {
  const { acme, beta } = market;
  const { id: offering_id } = await market.publish({ access: 'subscription' });
  const plan = await market.ok(acme, 'plans', {
    offering_id,
    name: 'M',
    fee_micros: FEE,
    included_tokens: 500,
  });
  await market.topUp('beta', funds);
  const entitlement = await market.ok(beta, 'entitlements', { offering: NAME, plan_id: plan.id });
  return { offering_id, plan, entitlement };
}

/** The job as a runner would run it; `isOurs` says whether the lease still holds. */
async function renew({ api: { env, db } }: TestMarket, isOurs = true): Promise<void> {
  const lease: Lease = {
    kind: RENEW_SUBSCRIPTIONS,
    subjectId: 'all',
    orgId: undefined,
    correlationId: 'cor_1',
    attempts: 1,
    signal: new AbortController().signal,
    apply: async <T>(work: (tx: Transaction) => Promise<T>) => {
      if (!isOurs) throw new LeaseLostError('lost');
      return db.transaction(work);
    },
  };
  const outcome = await renewSubscriptionsHandler(env, db).run(lease);
  assert.ok('againInMs' in outcome);
}

const balance = async (market: TestMarket) =>
  (await market.get(market.beta, 'wallet')).balance_micros as number;
const months = async (market: TestMarket) =>
  (await market.api.db.query('select 1 from subscription_periods')).length;
/** As if the month that is paid for ended so long from now; before zero is ago. */
async function endMonthIn({ api: { db } }: TestMarket, much: string): Promise<void> {
  await db.query(`update entitlements set starts_at = starts_at - interval '3 months'`);
  await db.query(
    `update subscription_periods set starts_at = n.at + $1::interval - interval '1 month', ends_at = n.at + $1::interval
     from (select app_now() as at) n`,
    [much],
  );
}

test('the first month is paid with the subscription, or there is none', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta } = market;
  const { id: offering_id } = await market.publish({ access: 'subscription' });
  await market.refused(beta, 'entitlements', { offering: NAME }, 'plan.not_found');
  const plan = await market.ok(acme, 'plans', {
    offering_id,
    name: 'M',
    fee_micros: FEE,
    included_tokens: 500,
  });
  const wanted = { offering: NAME, plan_id: plan.id };
  await market.topUp('beta', FEE - 1);
  await market.refused(beta, 'entitlements', wanted, 'wallet.empty');
  assert.equal(await months(market), 0);
  assert.deepEqual((await market.get(beta, 'entitlements')).data, []);
  await market.topUp('beta', FEE);
  const answers = await Promise.all([1, 2, 3].map(() => market.post(beta, 'entitlements', wanted)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
  assert.equal(await balance(market), FEE - 1);
  const [entitlement] = (await market.get(beta, 'entitlements')).data;
  assert.deepEqual([entitlement.allowance.tokens, entitlement.allowance.used], [500, 0]);
  assert.equal((await market.get(acme, 'costs/charge-back')).provided.total_micros, FEE);
  await market.ok(acme, `plans/${plan.id}/retire`);
  await market.refused(beta, 'entitlements', wanted, 'plan.not_found');
});

test('a month that ends is followed by the next, paid once, however often and by however many the job runs', async (t) => {
  const market = await startTestMarket(t);
  await subscribed(market, 5 * FEE);
  await renew(market);
  assert.equal(await months(market), 1, 'nothing is due');
  await endMonthIn(market, '30 minutes');
  await Promise.all([renew(market), renew(market), renew(market)]);
  await renew(market);
  assert.equal(await months(market), 2);
  assert.equal(await balance(market), 3 * FEE);
  const gap = await market.api.db.query(
    `select 1 from subscription_periods a join subscription_periods b on b.starts_at = a.ends_at`,
  );
  assert.equal(gap.length, 1, 'the next month begins when the last one ends');
});

test('a wallet that cannot pay makes the subscription rest, and go on when it can', async (t) => {
  const market = await startTestMarket(t);
  await subscribed(market, FEE);
  await endMonthIn(market, '-9 days');
  await renew(market);
  assert.equal(await months(market), 1);
  assert.deepEqual((await readMarket(market.api.db)).entitlements[0]?.allowances, []);
  await market.topUp('beta', FEE);
  await renew(market);
  assert.equal(await balance(market), 0);
  const [entitlement] = (await readMarket(market.api.db)).entitlements;
  // The days in between are not paid for.
  assert.ok((entitlement?.allowances[0]?.fromMs ?? 0) > Date.now() - 600_000);
});

test('a lease that is lost books nothing', async (t) => {
  const market = await startTestMarket(t);
  await subscribed(market, 5 * FEE);
  await endMonthIn(market, '-9 days');
  await assert.rejects(renew(market, false), LeaseLostError);
  assert.deepEqual([await months(market), await balance(market)], [1, 4 * FEE]);
});

test('who ends a subscription keeps the month that is paid; ended or withdrawn, it is not renewed', async (t) => {
  const market = await startTestMarket(t);
  const { offering_id, entitlement } = await subscribed(market, 5 * FEE);
  const ended = await market.ok(market.beta, `entitlements/${entitlement.id}/end`);
  assert.deepEqual([ended.state, ended.ends_at], ['active', ended.allowance.ends_at]);
  await endMonthIn(market, '30 minutes');
  await market.api.db.query(
    `update entitlements e set ends_at = s.ends_at from subscription_periods s where s.entitlement_id = e.id`,
  );
  await renew(market);
  assert.equal(await months(market), 1);
  await market.api.db.query(`update entitlements set ends_at = null`);
  await market.ok(market.acme, `offerings/${offering_id}/withdraw`);
  await renew(market);
  assert.equal(await months(market), 1);
  await market.ok(market.acme, `offerings/${offering_id}/publish`);
  await market.ok(market.acme, `offerings/${offering_id}/prices`, { price: priceOf(7) });
  await renew(market);
  assert.equal(await months(market), 2);
});
