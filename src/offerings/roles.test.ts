/** The whole way of an agreement, each step with no more rights than its process has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor, type ProcessRole } from '#database/roles.ts';
import { withRoles } from '#database/test-roles.ts';
import { setCredit, topUpWallet, transferMoney } from '#finops/commands/move-money.ts';
import { getChargeBack, getWallet, listWalletEntries } from '#finops/market-queries.ts';
import { recordUsage } from '#finops/testing.ts';
import { usageOfNumber } from '#gateway/testing/usage-samples.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import { approveAccess, requestAccess } from './commands/ask-for-access.ts';
import {
  acceptContract,
  changeContractPrice,
  endContract,
  proposeContract,
} from './commands/manage-contract.ts';
import { changeOffering, createOffering, publishOffering, setListPrice } from './commands/manage-offering.ts';
import { createPlan, retirePlan } from './commands/manage-plan.ts';
import { endEntitlement, takeUpOffering } from './commands/take-up-offering.ts';
import { renewSubscriptionsHandler } from './jobs/renew-subscriptions.ts';
import { listContracts, listEntitlements, listOfferings, listPlans, readMarket } from './queries.ts';
import { priceOf } from './testing.ts';

const ACME = { orgId: 'org_acme' as OrgId, userId: 'user_a' as UserId };
const BETA = { orgId: 'org_beta' as OrgId, userId: 'user_b' as UserId };
const ORDER = { ref: 'x', amountMicros: 1_000_000, note: '', actor: 'user:admin' };

test('each process can do its part of the market with the rights that it has', async (t) => {
  await withRoles(t, async ({ config, env, owner }) => {
    await owner.query(
      `insert into organisations (id, slug, name, created_at)
       values ('org_acme', 'acme', 'Acme', app_now()), ('org_beta', 'beta', 'Beta', app_now())`,
    );
    await owner.query(
      `insert into models (id, hf_id, name, weights_bytes, context_length) values ('model_1', 'x/m', 'M', 1, 1)`,
    );
    const open = (process: ProcessRole) =>
      openDatabase(env, {
        url: databaseUrlFor(config, process),
        applicationName: 'test',
        poolSize: 2,
      });
    const [api, gateway, finops] = [open('api'), open('gateway'), open('finops')];
    try {
      const offer = async (code: string, access: 'request' | 'subscription') => {
        const shared = { model_id: 'x/m', name: code, description: '', visibility: 'public' } as const;
        const made = await api.transaction((tx) =>
          createOffering(env, tx, ACME, { ...shared, code, access }),
        );
        await changeOffering(api, ACME, made.id, { description: 'better' });
        await api.transaction((tx) =>
          setListPrice(env, tx, ACME, { offeringId: made.id, price: priceOf(1_000) }),
        );
        return publishOffering(api, ACME, made.id, true);
      };
      const chat = await offer('chat', 'request');
      const monthly = await offer('monthly', 'subscription');
      await api.transaction((tx) => topUpWallet(tx, BETA, ORDER));
      await api.transaction((tx) => setCredit(tx, BETA, 5));

      const asked = await api.transaction((tx) =>
        requestAccess(env, tx, BETA, { offering: 'acme/chat', note: '' }),
      );
      const approved = await api.transaction((tx) =>
        approveAccess(env, tx, ACME, { id: asked.id, answer: '' }),
      );
      const contractId = approved.contract_id ?? '';
      await api.transaction((tx) =>
        changeContractPrice(env, tx, ACME, { id: contractId, price: priceOf(2_000) }),
      );
      const order = { offering_id: monthly.id, name: 'M', fee_micros: 100, included_tokens: 50 };
      const plan = await api.transaction((tx) => createPlan(env, tx, ACME, order));
      const subscribed = await api.transaction((tx) =>
        takeUpOffering(env, tx, BETA, { offering: 'acme/monthly', plan_id: plan.id }),
      );
      await retirePlan(api, ACME, plan.id);

      const market = await readMarket(gateway);
      assert.deepEqual(market.entitlements.map(({ source }) => source).sort(), ['contract', 'subscription']);
      const month = market.entitlements.flatMap(({ allowances }) => allowances)[0];
      const terms = {
        provider_org_id: ACME.orgId,
        offering_id: chat.id,
        entitlement_id: 'ent_1',
        contract_id: contractId,
        terms_id: 'terms_1',
        price: priceOf(2_000),
        allowance: null,
      };
      const usage = (id: string) => ({ ...usageOfNumber(id, 10), org_id: BETA.orgId, terms });
      const borne = { ...terms, allowance: { id: month?.id ?? '', tokens: month?.tokens ?? 0 } };
      await recordUsage(gateway, [usage('req_1'), { ...usage('req_2'), terms: borne }]);

      await owner.query(`update entitlements set starts_at = starts_at - interval '2 months'`);
      await owner.query(
        `update subscription_periods set starts_at = starts_at - interval '40 days', ends_at = ends_at - interval '40 days'`,
      );
      const lease = {
        signal: new AbortController().signal,
        apply: (work) => finops.transaction(work),
      } as Lease;
      await renewSubscriptionsHandler(env, finops).run(lease);

      const bill = await getChargeBack(api, BETA, {});
      assert.equal(bill.consumed.total_micros, 22 + 200);
      assert.equal((await getChargeBack(api, ACME, {})).provided.total_micros, 222);
      assert.equal((await getWallet(api, BETA)).balance_micros, 1_000_000 - 222);
      const [latest] = await listWalletEntries(api, ACME, { limit: 1 });
      assert.deepEqual([latest?.kind, latest?.amount_micros], ['income', 100]);
      await api.transaction((tx) => transferMoney(tx, ACME, BETA, { ...ORDER, amountMicros: 222 }));

      await endEntitlement(api, BETA, subscribed.id);
      await endContract(api, BETA, contractId);
      const proposal = { offering_id: chat.id, consumer: 'beta', price: priceOf(1), note: '' };
      const { id } = await api.transaction((tx) => proposeContract(env, tx, ACME, proposal));
      await api.transaction((tx) => acceptContract(env, tx, BETA, id));
      const page = { limit: 10 };
      const newest = { ...page, order: { key: 'created_at', isDescending: true } } as const;
      assert.equal((await listOfferings(api, BETA, { of: 'market' }, newest)).total, 2);
      assert.equal((await listContracts(api, BETA, page)).length, 2);
      assert.equal((await listEntitlements(api, ACME, 'provided', page)).length, 3);
      assert.equal((await listPlans(api, BETA, 'acme/monthly')).length, 1);
    } finally {
      await Promise.all([api.close(), gateway.close(), finops.close()]);
    }
  });
});
