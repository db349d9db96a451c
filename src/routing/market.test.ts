import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import { Market, type SnapshotEntitlement, type SnapshotOffering } from './market.ts';

const PROVIDER = 'org_p' as OrgId;
const CONSUMER = 'org_c' as OrgId;
const STRANGER = 'org_s' as OrgId;
const NOW = 1_000_000;
const OFFERING: SnapshotOffering = {
  id: 'off_1',
  providerOrgId: PROVIDER,
  name: 'acme/chat',
  modelId: 'model_1' as ModelId,
  isPrivate: false,
};
const priceOf = (micros: number) => ({
  prompt_micros_per_1k: micros,
  completion_micros_per_1k: micros,
  cached_micros_per_1k: micros,
});
const versionOf = (fromMs: number, micros: number) => ({
  termsId: `terms_${fromMs}_${micros}`,
  fromMs,
  price: priceOf(micros),
});

function entitlement(over: Partial<SnapshotEntitlement> = {}): SnapshotEntitlement {
  return {
    id: 'ent_1',
    orgId: CONSUMER,
    offeringId: OFFERING.id,
    source: 'contract',
    contractId: 'con_1',
    fromMs: NOW,
    untilMs: NOW + 100,
    prices: [versionOf(NOW, 5)],
    allowances: [],
    ...over,
  };
}

function marketOf(one: SnapshotEntitlement, offering = OFFERING): Market {
  return new Market({ offerings: [offering], entitlements: [one], wallets: [] });
}

const kindAt = (market: Market, nowMs: number, orgId = CONSUMER) =>
  market.resolve(orgId, OFFERING.name, nowMs).kind;

test('a contract lets one organisation use the offering, to the moment, and no other', () => {
  const market = marketOf(entitlement());
  assert.equal(kindAt(market, NOW - 1), 'not_entitled');
  assert.equal(kindAt(market, NOW), 'usable');
  assert.equal(kindAt(market, NOW + 99), 'usable');
  assert.equal(kindAt(market, NOW + 100), 'not_entitled');
  assert.equal(kindAt(market, NOW, STRANGER), 'not_entitled');
  assert.equal(kindAt(market, NOW, PROVIDER), 'own');
  assert.equal(market.resolve(CONSUMER, 'acme/other', NOW).kind, 'unknown');
});

test('a private offering is unknown to whoever may not use it', () => {
  const market = marketOf(entitlement(), { ...OFFERING, isPrivate: true });
  assert.equal(kindAt(market, NOW, STRANGER), 'unknown');
  assert.equal(kindAt(market, NOW), 'usable');
  assert.equal(kindAt(market, NOW + 100), 'unknown');
});

test('a withdrawn offering is unknown, whatever was agreed', () => {
  const market = new Market({ offerings: [], entitlements: [entitlement()], wallets: [] });
  assert.equal(kindAt(market, NOW), 'unknown');
  assert.deepEqual(market.usableBy(CONSUMER, NOW), []);
});

test('the price is that of the moment, and the terms name the version', () => {
  const market = marketOf(entitlement({ prices: [versionOf(NOW, 5), versionOf(NOW + 10, 9)] }));
  const at = (nowMs: number) => {
    const resolved = market.resolve(CONSUMER, OFFERING.name, nowMs);
    assert(resolved.kind === 'usable');
    return [resolved.terms.price.prompt_micros_per_1k, resolved.terms.terms_id];
  };
  assert.deepEqual(at(NOW + 9), [5, `terms_${NOW}_5`]);
  assert.deepEqual(at(NOW + 10), [9, `terms_${NOW + 10}_9`]);
});

test('whatever the versions, the latest that has begun is the price', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 90 }), { minLength: 1, maxLength: 8 }),
      fc.nat({ max: 99 }),
      (starts, later) => {
        const prices = starts
          .toSorted((a, b) => a - b)
          .map((start, index) => versionOf(NOW + start, index + 1));
        const resolved = marketOf(entitlement({ prices })).resolve(CONSUMER, OFFERING.name, NOW + later);
        const begun = prices.filter(({ fromMs }) => fromMs <= NOW + later);
        if (begun.length === 0) assert.equal(resolved.kind, 'not_entitled');
        else assert(resolved.kind === 'usable' && resolved.terms.terms_id === begun.at(-1)?.termsId);
      },
    ),
  );
});

test('free and trials cost nothing even if the list has a price', () => {
  for (const source of ['free', 'trial'] as const) {
    const allowances = [{ id: 'ent_1', fromMs: NOW, untilMs: null, tokens: 10, used: 9 }];
    const market = marketOf(entitlement({ source, contractId: null, allowances }));
    const resolved = market.resolve(CONSUMER, OFFERING.name, NOW);
    assert(resolved.kind === 'usable' && resolved.allowanceLeft === 1);
    assert.equal(resolved.terms.price.prompt_micros_per_1k, 0);
  }
});

test('a trial ends with its tokens, a subscription goes on at the list price or not at all', () => {
  const used = [{ id: 'month_1', fromMs: NOW, untilMs: NOW + 50, tokens: 10, used: 10 }];
  const left = [{ id: 'month_1', fromMs: NOW, untilMs: NOW + 50, tokens: 10, used: 9 }];
  assert.equal(kindAt(marketOf(entitlement({ source: 'trial', allowances: used })), NOW), 'allowance_used');
  const subscribed = (over: Partial<SnapshotEntitlement>) =>
    marketOf(entitlement({ source: 'subscription', ...over }));
  assert.equal(kindAt(subscribed({ allowances: used, prices: [] }), NOW), 'allowance_used');
  const overage = subscribed({ allowances: used }).resolve(CONSUMER, OFFERING.name, NOW);
  assert(overage.kind === 'usable' && overage.allowanceLeft === 0);
  const included = subscribed({ allowances: left }).resolve(CONSUMER, OFFERING.name, NOW);
  assert(included.kind === 'usable' && included.allowanceLeft === 1);
  // The month is over and the next is not paid.
  assert.equal(kindAt(subscribed({ allowances: left }), NOW + 50), 'subscription_unpaid');
});

test('what is usable is listed once, by name', () => {
  const second = { ...OFFERING, id: 'off_2', name: 'acme/apple' };
  const market = new Market({
    offerings: [OFFERING, second],
    entitlements: [
      entitlement(),
      entitlement({ id: 'ent_2', offeringId: 'off_2' }),
      entitlement({ id: 'ent_3', offeringId: 'off_gone' }),
      entitlement({ id: 'ent_4', offeringId: 'off_1', fromMs: NOW + 50 }),
    ],
    wallets: [],
  });
  assert.deepEqual(
    market.usableBy(CONSUMER, NOW).map(({ name }) => name),
    ['acme/apple', 'acme/chat'],
  );
});
