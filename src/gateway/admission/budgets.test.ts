import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { KeyBudget, SnapshotKey } from '#routing/snapshot.ts';
import { keyOf } from '#routing/testing.ts';
import { answering, FakeAgent } from '../testing/fake-agent.ts';
import { eventually, MODEL, ORG, startTestGateway, USER } from '../testing/test-gateway.ts';
import { Budgets, type KeySpending, type TokenPrice } from './budgets.ts';

const NONE: KeyBudget = { dayMicros: null, monthMicros: null, totalMicros: null };
const price = (over: Partial<TokenPrice> = {}): TokenPrice => ({
  orgId: ORG,
  modelId: MODEL.id,
  promptMicros: 1_000_000,
  completionMicros: 2_000_000,
  cachedMicros: 500_000,
  ...over,
});
const tokens = (prompt: number, completion: number, cached = 0) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  cached_tokens: cached,
});
const keyWith = (budget: Partial<KeyBudget>): SnapshotKey =>
  keyOf({ id: 'key_a', orgId: ORG, userId: USER, tokenHash: 'x', budget: { ...NONE, ...budget } });

/** Budgets over a clock that is set, and a database that answers or not; read again when it is told to. */
async function bookOf(t: TestContext, key: SnapshotKey, first: Partial<KeySpending> = {}) {
  const system = systemEnv(SILENT_LOG);
  const state = {
    nowMs: Date.UTC(2026, 10, 30, 12),
    isAway: false,
    reads: 0,
    spending: { spent: [], prices: [price()], ...first } as KeySpending,
  };
  let wake: (() => void) | undefined;
  const env = {
    ...system,
    clock: { now: () => state.nowMs, monotonic: () => state.nowMs },
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  const budgets = new Budgets(env, {
    budgetedKeys: () => new Set([key.id]),
    read: async () => {
      state.reads += 1;
      if (state.isAway) throw new Error('away');
      return state.spending;
    },
  });
  t.after(() => budgets.stop());
  await budgets.tried;
  const reread = async () => {
    const before = state.reads;
    await eventually(() => {
      wake?.();
      return state.reads > before;
    });
    // The answer is taken after it is given.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { budgets, state, reread };
}

const spent = (over: Partial<KeySpending['spent'][number]>) => [
  { keyId: 'key_a', dayMicros: 0, monthMicros: 0, totalMicros: 0, ...over },
];

test('a budget holds by day, month and for good, and says which of them it was', async (t) => {
  const cases = [
    [{ dayMicros: 100 }, { dayMicros: 100 }, /0\.000100 EUR today/],
    [{ monthMicros: 5_000_000 }, { monthMicros: 6_000_000 }, /5\.00 EUR this month/],
    [{ totalMicros: 0 }, {}, /0\.00 EUR in all/],
  ] as const;
  for (const [budget, used, words] of cases) {
    const key = keyWith(budget);
    const { budgets } = await bookOf(t, key, { spent: spent(used) });
    assert.throws(() => budgets.require(key, MODEL), {
      code: 'api_key.budget_reached',
      publicMessage: words,
    });
  }
  const key = keyWith({ dayMicros: 100, monthMicros: 200 });
  const { budgets } = await bookOf(t, key, { spent: spent({ dayMicros: 99, monthMicros: 199 }) });
  budgets.require(key, MODEL);
  budgets.require(undefined, MODEL);
  budgets.require(keyWith({}), MODEL);
});

test('what ends here counts at once, in exact fractions, until the database tells it', async (t) => {
  const key = keyWith({ totalMicros: 10 });
  const prices = [price({ promptMicros: 300_000, cachedMicros: 100_000, completionMicros: 600_000 })];
  const { budgets, state, reread } = await bookOf(t, key, { prices });
  // 0.3 of a millionth each: ten of them are three.
  for (let n = 0; n < 10; n++) budgets.charge(key, MODEL.id, tokens(1, 0));
  budgets.require(keyWith({ totalMicros: 4 }), MODEL);
  assert.throws(() => budgets.require(keyWith({ totalMicros: 3 }), MODEL), {
    code: 'api_key.budget_reached',
  });
  budgets.charge(key, MODEL.id, tokens(10, 10, 5));
  budgets.charge(key, MODEL.id, tokens(0, 0));
  budgets.charge(key, MODEL.id, undefined);
  // 3 + 5 × 0.3 + 5 × 0.1 + 10 × 0.6 are eleven.
  assert.throws(() => budgets.require(keyWith({ totalMicros: 11 }), MODEL), {
    code: 'api_key.budget_reached',
  });
  budgets.require(keyWith({ totalMicros: 12 }), MODEL);
  state.spending = { prices, spent: spent({ totalMicros: 11 }) };
  await reread();
  budgets.require(keyWith({ totalMicros: 12 }), MODEL);
});

test('while the database is away what ends here goes on being added; without a first reading nothing is served', async (t) => {
  const key = keyWith({ dayMicros: 10 });
  const { budgets, state, reread } = await bookOf(t, key, { spent: spent({ dayMicros: 4 }) });
  state.isAway = true;
  for (let n = 0; n < 3; n++) {
    budgets.charge(key, MODEL.id, tokens(1, 0));
    await reread();
  }
  budgets.require(key, MODEL);
  for (let n = 0; n < 3; n++) budgets.charge(key, MODEL.id, tokens(1, 0));
  assert.throws(() => budgets.require(key, MODEL), { code: 'api_key.budget_reached' });
  state.isAway = false;
  state.spending = { prices: [price()], spent: spent({ dayMicros: 9 }) };
  await reread();
  budgets.require(key, MODEL);

  const system = systemEnv(SILENT_LOG);
  const never = new Budgets(system, {
    budgetedKeys: () => new Set([key.id]),
    read: () => Promise.reject(new Error('away')),
  });
  t.after(() => never.stop());
  await never.tried;
  assert.throws(() => never.require(key, MODEL), { code: 'database.unavailable' });
  never.require(keyWith({}), MODEL);
});

test('a new day and a new month begin at nothing, also while the database is away', async (t) => {
  const key = keyWith({ dayMicros: 10 });
  const month = keyWith({ monthMicros: 10 });
  const used = spent({ dayMicros: 10, monthMicros: 10, totalMicros: 10 });
  const { budgets, state } = await bookOf(t, key, { spent: used });
  budgets.charge(key, MODEL.id, tokens(1, 0));
  assert.throws(() => budgets.require(key, MODEL), { code: 'api_key.budget_reached' });
  assert.throws(() => budgets.require(month, MODEL), { code: 'api_key.budget_reached' });
  // The thirtieth of November was the last of its month.
  state.nowMs += 86_400_000;
  budgets.require(key, MODEL);
  budgets.require(month, MODEL);
  assert.throws(() => budgets.require(keyWith({ totalMicros: 11 }), MODEL), {
    code: 'api_key.budget_reached',
  });
});

test('an unknown price is not nothing: with a budget the model is refused, by the price for all it is served', async (t) => {
  const key = keyWith({ dayMicros: 10 });
  const unpriced = await bookOf(t, key, {
    prices: [price({ modelId: 'model_x' }), price({ orgId: 'org_x' })],
  });
  assert.throws(() => unpriced.budgets.require(key, MODEL), { code: 'api_key.price_unknown' });
  const forAll = await bookOf(t, key, { prices: [price({ modelId: '' })] });
  forAll.budgets.require(key, MODEL);
});

test('of any requests, together they exceed a budget by no more than the last that began within it', async (t) => {
  const key = keyWith({ totalMicros: 1_000 });
  const step = fc.record({ prompt: fc.nat(400), completion: fc.nat(100), reread: fc.boolean() });
  const play = async (steps: readonly { prompt: number; completion: number; reread: boolean }[]) => {
    const { budgets, state, reread } = await bookOf(t, key);
    let [sum, largest] = [0, 0];
    for (const { prompt, completion, ...one } of steps) {
      try {
        budgets.require(key, MODEL);
      } catch {
        assert(sum >= 1_000, `refused at ${sum}`);
        continue;
      }
      const cost = prompt + 2 * completion;
      largest = Math.max(largest, cost);
      sum += cost;
      budgets.charge(key, MODEL.id, tokens(prompt, completion));
      if (!one.reread) continue;
      state.spending = { ...state.spending, spent: spent({ totalMicros: sum }) };
      await reread();
    }
    assert(sum < 1_000 + largest || sum === 0, `${sum} with ${largest}`);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), play), { numRuns: 30 });
});

test('clients read of a used-up budget as of a quota, and are told not to come again', async (t) => {
  const agent = await new FakeAgent(answering(2)).listen();
  t.after(() => agent.close());
  const own = await startTestGateway(t, [agent], {
    key: { budget: { ...NONE, totalMicros: 1 } },
    readSpending: async () => ({ spent: [], prices: [price()] }),
  });
  const ask = (path: string) =>
    fetch(`${own.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own.key}` },
      body: JSON.stringify({ model: MODEL.hfId, max_tokens: 4, messages: [{ role: 'user', content: 'hi' }] }),
    });
  const first = await ask('/v1/chat/completions');
  assert.equal(first.status, 200);
  await first.text();
  const refused = await ask('/v1/chat/completions');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('x-should-retry'), 'false');
  const { error } = (await refused.json()) as { error: { code: string; type: string; param: string } };
  assert.deepEqual(
    [error.code, error.type, error.param],
    ['insufficient_quota', 'insufficient_quota', 'budget.totalMicros'],
  );
  const other = await ask('/v1/messages');
  assert.deepEqual([other.status, ((await other.json()) as { type: string }).type], [429, 'error']);
});
