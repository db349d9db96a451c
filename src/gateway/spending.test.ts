import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_PRICE } from '#contracts/token-price.ts';
import type { UsageRecord, UsageTerms } from '#contracts/usage.ts';
import type { OrgId } from '#kernel/ids.ts';
import { NO_SILENCE_LIMITS, Snapshot } from '#routing/snapshot.ts';
import { Spending } from './spending.ts';
import { usageOfNumber } from './testing/usage-samples.ts';

const ORG = 'org_a' as OrgId;
const TERMS: UsageTerms = {
  provider_org_id: 'org_p',
  offering_id: 'off_1',
  entitlement_id: 'ent_1',
  contract_id: null,
  terms_id: 'terms_1',
  price: { prompt_micros_per_1k: 1_000, completion_micros_per_1k: 0, cached_micros_per_1k: 1_000 },
  allowance: null,
};
const CHARGED = { terms: TERMS };

/** One micro-euro per token of the prompt. */
function usage(id: string, tokens: number): UsageRecord {
  return { ...usageOfNumber(id, tokens), org_id: ORG, terms: TERMS };
}

function start(balanceMicros: number, creditMicros: number | null = 0) {
  const listeners: (() => void)[] = [];
  const snapshotOf = (balance: number) =>
    new Snapshot(
      {
        keys: [],
        organisations: [],
        models: [],
        workers: [],
        awaited: [],
        market: {
          offerings: [],
          entitlements: [],
          wallets: [{ orgId: ORG, balanceMicros: balance, creditMicros }],
        },
      },
      NO_SILENCE_LIMITS,
    );
  const keeper = {
    current: snapshotOf(balanceMicros),
    onChange: (listener: () => void) => void listeners.push(listener),
  };
  const spending = new Spending(keeper);
  return {
    spending,
    hold: (tokens: number) => spending.hold(ORG, CHARGED, { inputTokens: tokens, outputTokens: 5 }),
    read(balance: number) {
      keeper.current = snapshotOf(balance);
      for (const tell of listeners) tell();
    },
  };
}

const isEmpty = { name: 'AppError', code: 'wallet.empty' };

test('open requests hold what they are expected to cost', () => {
  const { hold, spending } = start(100);
  const first = hold(60);
  assert.throws(() => hold(50), isEmpty);
  const second = hold(40);
  assert.throws(() => hold(0), isEmpty);
  first.release(undefined);
  second.release(undefined);
  second.release(undefined);
  assert.equal(spending.pending(ORG), 0);
  hold(100);
});

test('credit is used up like a balance, and no limit is none', () => {
  const limited = start(-40, 50);
  assert.throws(() => limited.hold(11), isEmpty);
  limited.hold(10);
  start(-1_000_000, null).hold(1_000_000);
});

test('what costs nothing needs no wallet', () => {
  const { spending } = start(0);
  spending.hold(ORG, {}, { inputTokens: 1e6, outputTokens: 1e6 });
  spending.hold(ORG, { terms: { ...TERMS, price: NO_PRICE } }, { inputTokens: 1e6, outputTokens: 1e6 });
  assert.equal(spending.pending(ORG), 0);
});

test('what was spent counts until a reading that began after the shipment', () => {
  const { hold, spending, read } = start(100);
  hold(10).release(usage('req_1', 70));
  assert.equal(spending.pending(ORG), 70);
  assert.throws(() => hold(31), isEmpty);
  // Not shipped: the balance cannot know of it, however often it is read.
  for (let i = 0; i < 5; i++) read(100);
  assert.equal(spending.pending(ORG), 70);
  spending.shipped([JSON.stringify(usage('req_1', 70))]);
  // The reading that was under way may not have seen it.
  read(100);
  assert.throws(() => hold(31), isEmpty);
  read(30);
  assert.equal(spending.pending(ORG), 0);
  hold(30);
});

test('an allowance is used up while the database is away too; then the wallet pays, or nobody', () => {
  const { spending } = start(100);
  const allowance = { id: 'month_1', tokens: 1_000 };
  const expected = { inputTokens: 40, outputTokens: 10 };
  const within = { terms: { ...TERMS, allowance }, allowanceLeft: 60 };
  const trial = { terms: { ...TERMS, allowance, price: NO_PRICE }, allowanceLeft: 60 };
  const first = spending.hold(ORG, within, expected);
  assert.equal(spending.pending('month_1'), 50);
  // The request that crosses the end is included.
  spending.hold(ORG, trial, expected).release(undefined);
  first.release(usage('req_1', 60));
  assert.equal(spending.pending('month_1'), 61);
  assert.throws(() => spending.hold(ORG, trial, expected), { code: 'offering.allowance_used' });
  assert.equal(spending.pending(ORG), 0);
  spending.hold(ORG, within, expected);
  assert.equal(spending.pending(ORG), 40);
});

test('a failure of the provider is not held against anybody', () => {
  const { hold, spending } = start(100);
  hold(10).release({ ...usage('req_1', 70), outcome: 'upstream_failed' });
  assert.equal(spending.pending(ORG), 0);
});

test('whatever comes in whatever order, a wallet is overdrawn by no more than open requests cost beyond their estimate', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('open' as const),
      expected: fc.nat({ max: 60 }),
      extra: fc.nat({ max: 30 }),
    }),
    fc.record({ kind: fc.constant('close' as const) }),
    fc.record({ kind: fc.constant('ship' as const) }),
    fc.record({ kind: fc.constant('read' as const) }),
  );
  fc.assert(
    fc.property(fc.nat({ max: 300 }), fc.array(step, { maxLength: 80 }), (funds, steps) => {
      const { spending, hold, read } = start(funds);
      const open: { release: () => UsageRecord; over: number }[] = [];
      let [unshipped, balance, overshoot, count]: [UsageRecord[], number, number, number] = [[], funds, 0, 0];
      for (const one of steps) {
        if (one.kind === 'open') {
          const id = `req_${count++}`;
          let own: ReturnType<typeof hold>;
          try {
            own = hold(one.expected);
          } catch {
            continue;
          }
          const record = usage(id, one.expected + one.extra);
          const release = () => {
            own.release(record);
            return record;
          };
          open.push({ release, over: one.extra });
        } else if (one.kind === 'close') {
          const last = open.pop();
          if (!last) continue;
          overshoot += last.over;
          unshipped.push(last.release());
        } else if (one.kind === 'ship') {
          for (const record of unshipped) balance -= record.prompt_tokens;
          spending.shipped(unshipped.map((record) => JSON.stringify(record)));
          unshipped = [];
        } else read(balance);
        const left = balance - unshipped.reduce((sum, record) => sum + record.prompt_tokens, 0);
        assert.ok(left >= -overshoot, `${left} left, ${overshoot} beyond the estimates`);
      }
    }),
  );
});
