/** Money between organisations, on a real database: whatever is used, in whatever order it arrives, sums agree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chargeOfTokens } from '#contracts/token-price.ts';
import type { UsageRecord, UsageTerms } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { chargeFee, setCredit, topUpWallet, transferMoney } from './commands/move-money.ts';
import { getChargeBack, getWallet } from './market-queries.ts';
import { recordUsage } from './testing.ts';

const PROVIDER = 'org_p' as OrgId;
const CONSUMERS = ['org_a', 'org_b'] as OrgId[];
const [A, B] = CONSUMERS as [OrgId, OrgId];
const START_MS = 1_790_000_000_000;
const ACTOR = 'user:u';

async function prepare(db: Database): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at)
     select id, substr(id, 5), id, app_now() from unnest('{org_p,org_a,org_b}'::text[]) as t (id)`,
  );
  await db.query(
    `insert into models (id, hf_id, name, weights_bytes, context_length) values ('model_1', 'x/m', 'M', 1, 1)`,
  );
  await db.query(
    `insert into offerings (org_id, id, code, model_id, name, description, visibility, access, created_by, created_at)
     values ('org_p', 'off_1', 'chat', 'model_1', 'Chat', '', 'public', 'per_token', 'u', app_now())`,
  );
}

function terms(micros: number, over: Partial<UsageTerms> = {}): UsageTerms {
  return {
    provider_org_id: PROVIDER,
    offering_id: 'off_1',
    entitlement_id: 'ent_1',
    contract_id: null,
    terms_id: `terms_${micros}`,
    price: { prompt_micros_per_1k: micros, completion_micros_per_1k: micros * 3, cached_micros_per_1k: 1 },
    allowance: null,
    ...over,
  };
}

function record(index: number, over: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: `req_${String(index).padStart(5, '0')}`,
    org_id: A,
    api_key_id: null,
    user_id: null,
    model_id: 'model_1',
    instance_id: 'inst_1',
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: 1_000,
    completion_tokens: 0,
    cached_tokens: 0,
    started_at_ms: START_MS + index,
    ended_at_ms: START_MS + index + 1,
    ttft_ms: null,
    streamed: false,
    terms: terms(7),
    ...over,
  };
}

const amount = async (db: Database, sql: string) =>
  Number((await db.query<{ n: string | null }>(`select (${sql})::bigint as n`))[0]?.n ?? 0);
const moneyOf = async (db: Database, orgId: OrgId) => (await getWallet(db, { orgId })).balance_micros;

/** Ledger, hourly sums, entries and balances say the same, for each side and in all. */
async function assertBooksAgree(db: Database): Promise<void> {
  for (const orgId of CONSUMERS) {
    const scope = { orgId };
    const ledger = await amount(db, `select sum(charged_micros) from usage_ledger where org_id = '${orgId}'`);
    const bill = await getChargeBack(db, scope, {});
    const usage = bill.consumed.rows.reduce((sum, row) => sum + row.usage_micros, 0);
    assert.equal(usage, ledger);
    assert.equal(
      await amount(
        db,
        `select sum(-amount_micros) from wallet_entries where org_id = '${orgId}' and kind = 'usage'`,
      ),
      ledger,
    );
  }
  const provided = await getChargeBack(db, { orgId: PROVIDER }, {});
  const consumed = await Promise.all(CONSUMERS.map((orgId) => getChargeBack(db, { orgId }, {})));
  const owed = consumed.reduce((sum, bill) => sum + bill.consumed.total_micros, 0);
  assert.equal(provided.provided.total_micros, owed, 'the bills of the two sides differ');
  assert.equal(
    await amount(db, `select sum(amount_micros) from wallet_entries where kind = 'income'`),
    owed,
    'the income is not what was charged',
  );
  const wrong = await db.query(
    `select org_id from wallets w where balance_micros <> coalesce(
       (select sum(amount_micros) from wallet_entries e where e.org_id = w.org_id), 0) order by 1`,
  );
  assert.deepEqual(wrong, [], 'a balance is not the sum of its entries');
  const overrun = await db.query(
    `select allowance_id from allowance_usage a where tokens <> coalesce((
       select sum(prompt_tokens + completion_tokens) from usage_ledger l
       where l.org_id = a.org_id and l.allowance_id = a.allowance_id and outcome <> 'upstream_failed'), 0) order by 1`,
  );
  assert.deepEqual(overrun, [], 'an allowance bore something else than the ledger says');
  // Money is made by top-ups alone.
  assert.equal(
    await amount(db, `select coalesce(sum(balance_micros), 0) from wallets`),
    await amount(db, `select coalesce(sum(amount_micros), 0) from wallet_entries where kind = 'top_up'`),
  );
}

async function clear(db: Database): Promise<void> {
  await db.query(
    'truncate usage_ledger, usage_hourly, charge_hourly, allowance_usage, wallets, wallet_entries',
  );
}

test('a batch sent three times, and by two at once, is charged once', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const batch = Array.from({ length: 100 }, (_, index) => record(index, { org_id: index % 2 ? A : B }));
  await Promise.all([recordUsage(db, batch), recordUsage(db, batch.toReversed())]);
  await recordUsage(db, batch);
  assert.equal(await moneyOf(db, A), -350);
  assert.equal(await moneyOf(db, B), -350);
  assert.equal(await moneyOf(db, PROVIDER), 700);
  await assertBooksAgree(db);
});

test('whatever is used, at whatever prices, shipped by many at once and again: both bills agree to the micro-euro', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const usage = fc.record({
    consumer: fc.constantFrom(...CONSUMERS),
    price: fc.nat({ max: 5_000 }),
    contract: fc.constantFrom(null, 'con_1', 'con_2'),
    prompt: fc.nat({ max: 100_000 }),
    completion: fc.nat({ max: 10_000 }),
    cached: fc.nat({ max: 100_000 }),
    outcome: fc.constantFrom('completed', 'client_closed', 'lost', 'upstream_failed', 'rejected'),
    isOwn: fc.boolean(),
    allowance: fc.option(fc.constantFrom('month_1', 'month_2'), { nil: null }),
  });
  const shipments = fc.array(fc.array(fc.nat({ max: 39 }), { maxLength: 15 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(usage, { minLength: 1, maxLength: 40 }), shipments, async (used, again) => {
      await clear(db);
      const records = used.map((one, index) => {
        const { terms: _, ...plain } = record(index, {
          org_id: one.consumer,
          prompt_tokens: one.prompt,
          completion_tokens: one.completion,
          cached_tokens: one.cached,
          outcome: one.outcome as UsageRecord['outcome'],
        });
        const allowance = one.allowance && { id: `${one.consumer}_${one.allowance}`, tokens: 60_000 };
        return one.isOwn
          ? plain
          : { ...plain, terms: terms(one.price, { contract_id: one.contract, allowance }) };
      });
      const batches = again.map((indexes) => indexes.flatMap((index) => records[index] ?? []));
      await Promise.all(batches.map((batch) => recordUsage(db, batch)));
      await recordUsage(db, records);
      await assertBooksAgree(db);
      assert.equal(await amount(db, 'select count(*) from usage_ledger'), records.length);
      for (const one of records) await assertCharge(db, one);
    }),
    { numRuns: 25 },
  );
});

/** Nothing, or exactly what its own price says. */
async function assertCharge(db: Database, one: UsageRecord): Promise<void> {
  const [row] = await db.query<{ charged: number | null; bearer: string | null }>(
    `select charged_micros as charged, allowance_id as bearer from usage_ledger where request_id = $1`,
    [one.request_id],
  );
  const isFailure = one.outcome === 'upstream_failed';
  const expected = one.terms ? (isFailure ? 0 : chargeOfTokens(one, one.terms.price)) : null;
  if (row?.bearer) assert.equal(row.charged, 0);
  else assert.equal(row?.charged, expected);
}

test('an allowance bears what began first, the request that crosses its end included, then the price counts', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const allowance = { id: 'month_1', tokens: 2_500 };
  const batch = Array.from({ length: 5 }, (_, index) => record(index, { terms: terms(7, { allowance }) }));
  // In any order, and by two at once: three fit.
  await Promise.all([recordUsage(db, batch.toReversed()), recordUsage(db, batch)]);
  await recordUsage(db, batch);
  const rows = await db.query<{ charged: number; bearer: string | null }>(
    `select charged_micros as charged, allowance_id as bearer from usage_ledger order by request_id`,
  );
  assert.deepEqual(
    rows.map(({ charged, bearer }) => [charged, bearer]),
    [
      [0, 'month_1'],
      [0, 'month_1'],
      [0, 'month_1'],
      [7, null],
      [7, null],
    ],
  );
  assert.equal(await amount(db, 'select tokens from allowance_usage'), 3_000);
  await assertBooksAgree(db);
});

test('shipments of many gateways at once share one allowance, and none of it is given twice', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  for (let round = 0; round < 10; round++) {
    await clear(db);
    const allowance = { id: 'month_1', tokens: 2_500 };
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        recordUsage(db, [record(index, { terms: terms(7, { allowance }) })]),
      ),
    );
    assert.equal(await amount(db, 'select tokens from allowance_usage'), 3_000);
    assert.equal(await moneyOf(db, A), -35);
    await assertBooksAgree(db);
  }
});

test('of many transfers at once only those go through that are covered, and nothing is lost', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const order = (ref: string, amountMicros: number) => ({ ref, amountMicros, note: '', actor: ACTOR });
  for (let round = 0; round < 10; round++) {
    await clear(db);
    await db.transaction((tx) => topUpWallet(tx, { orgId: A }, order('t', 100)));
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        db.transaction((tx) => transferMoney(tx, { orgId: A }, { orgId: B }, order(`m${index}`, 40))),
      ),
    );
    for (const result of results) {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'wallet.empty');
    }
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.deepEqual([await moneyOf(db, A), await moneyOf(db, B)], [20, 80]);
    await assertBooksAgree(db);
  }
});

test('the same order moves money once; fees keep to the credit, and nobody takes back what is not there', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const scope = { orgId: A };
  const order = { ref: 'x', amountMicros: 100, note: '', actor: ACTOR };
  for (let i = 0; i < 2; i++) await db.transaction((tx) => topUpWallet(tx, scope, order));
  assert.equal(await moneyOf(db, A), 100);
  const takeBack = db.transaction((tx) => topUpWallet(tx, scope, { ...order, ref: 'y', amountMicros: -101 }));
  await assert.rejects(takeBack, { code: 'wallet.empty' });
  const fee = { orgId: A, providerOrgId: PROVIDER, offeringId: 'off_1', feeMicros: 150 };
  const pay = (id: string) => db.transaction((tx) => chargeFee(tx, id, fee, ACTOR));
  await assert.rejects(pay('month_1'), { code: 'wallet.empty' });
  await db.transaction((tx) => setCredit(tx, scope, 200));
  await Promise.all([pay('month_1'), pay('month_1')]);
  await pay('month_2');
  assert.equal(await moneyOf(db, A), -200);
  await assert.rejects(pay('month_3'), { code: 'wallet.empty' });
  const bill = await getChargeBack(db, scope, {});
  assert.equal(bill.consumed.total_micros, 300);
  await assertBooksAgree(db);
});

test('entries of wallets and versions of prices are never changed, not even by the owner of the tables', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  await recordUsage(db, [record(1)]);
  await assert.rejects(db.query(`update wallet_entries set amount_micros = 1`), /never changed/);
  await assert.rejects(db.query(`delete from wallet_entries`), /never changed/);
});
