/**
 * A contract lets one organisation use the other's model, and both bills agree to the micro-euro: the real API, a real
 * database, a real gateway with its journal, real ledger; only the engine is a script.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { chargeOfTokens } from '#contracts/token-price.ts';
import type { Database } from '#database/database.ts';
import { recordUsage } from '#finops/testing.ts';
import { walletRoutes } from '#finops/wallet-routes.ts';
import { answering, FakeAgent } from '#gateway/testing/fake-agent.ts';
import {
  eventually,
  MODEL,
  ORG,
  OTHER_ORG,
  startTestGateway,
  type TestGateway,
} from '#gateway/testing/test-gateway.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { readMarket } from '#offerings/queries.ts';
import { marketRoutes } from '#offerings/routes.ts';

const PRICE = { prompt_micros_per_1k: 2_100, completion_micros_per_1k: 10_300, cached_micros_per_1k: 700 };
const DEARER = { prompt_micros_per_1k: 9_900, completion_micros_per_1k: 77_700, cached_micros_per_1k: 3_300 };
const USED = { prompt_tokens: 5, completion_tokens: 3, cached_tokens: 2 };
const MESSAGES = [{ role: 'user' as const, content: 'hi' }];
const NAME = 'acme/chat';
const SOON_MS = 20_000;

interface Market {
  readonly api: TestApi;
  readonly gateway: TestGateway;
  readonly provider: TestPerson;
  readonly consumer: TestPerson;
  readonly client: OpenAI;
  /** False: the database is away for the gateway. */
  readonly database: { isThere: boolean };
}

async function start(t: TestContext): Promise<Market> {
  const api = await startTestApi(t, {
    routes: async ({ env, db }) => {
      await seedCatalogue(env, db);
      return [...walletRoutes({ env, db }), ...marketRoutes({ env, db })];
    },
  });
  await api.db.query(
    `insert into organisations (id, slug, name, created_at)
     values ($1, 'acme', 'Acme', app_now()), ($2, 'beta', 'Beta', app_now())`,
    [ORG, OTHER_ORG],
  );
  await api.db.query(
    `insert into models (id, hf_id, name, weights_bytes, context_length) values ($1, $2, 'M', 1, 1)`,
    [MODEL.id, MODEL.hfId],
  );
  const agent = await new FakeAgent(answering(3)).listen();
  t.after(() => agent.close());
  const database = { isThere: true };
  const orAway = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!database.isThere) throw new Error('the database is away');
    return work();
  };
  const gateway = await startTestGateway(t, [agent], {
    market: () => orAway(() => readMarket(api.db)),
    recordUsage: (records) => orAway(() => recordUsage(api.db, records)),
  });
  const [provider, consumer] = [await api.person('owner', ORG), await api.person('owner', OTHER_ORG)];
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.otherKey, maxRetries: 0 });
  return { api, gateway, provider, consumer, client, database };
}

async function ok(api: TestApi, as: TestPerson, method: string, path: string, body?: object) {
  const answer = await api.send(path, { method, as, ...(body ? { body } : {}) });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** One streamed request: 5 prompt tokens, of which 2 cached, and 3 of the answer. */
async function ask({ client }: Market): Promise<void> {
  const stream = await client.chat.completions.create({
    model: NAME,
    messages: MESSAGES,
    stream: true,
    max_tokens: 3,
  });
  for await (const _ of stream);
}

async function refusal(market: Market): Promise<string | undefined> {
  return ask(market).then(
    () => undefined,
    (error: unknown) => (error instanceof OpenAI.APIError ? String(error.code) : String(error)),
  );
}

async function until(market: Market, code: string | undefined): Promise<void> {
  for (const end = performance.now() + SOON_MS; ; ) {
    await market.gateway.reread();
    const found = await refusal(market);
    if (found === code) return;
    assert.ok(performance.now() < end, `it answers ${found} and not ${code}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function publish({ api, provider }: Market, over: object = {}) {
  const wanted = {
    code: 'chat',
    model_id: MODEL.id,
    name: 'Chat',
    access: 'per_token',
    visibility: 'private',
  };
  const offering = await ok(api, provider, 'POST', '/api/v1/offerings', { ...wanted, ...over });
  assert.equal(offering.model_name, NAME);
  return ok(api, provider, 'POST', `/api/v1/offerings/${offering.id}/publish`, {});
}

async function topUp({ api }: Market, amount_micros: number): Promise<void> {
  const admin = await api.person('owner');
  await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
  await ok(api, admin, 'POST', '/api/v1/wallets/beta/top-ups', { amount_micros, note: 'paid' });
}

const recorded = (db: Database, requests: number) =>
  eventuallyAsync(async () => (await db.query('select 1 from usage_ledger')).length === requests);

async function eventuallyAsync(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + SOON_MS; !(await isTrue()); ) {
    assert.ok(performance.now() < end, 'it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a contract lets one organisation use the other's model, and both bills agree to the micro-euro", async (t) => {
  const market = await start(t);
  const { api, provider, consumer, client, gateway } = market;
  const offering = await publish(market);
  await gateway.reread();
  assert.equal(await refusal(market), 'model_not_found', "a private offering is nobody else's to know");

  const agreed = { offering_id: offering.id, consumer: 'beta', price: PRICE };
  const contract = await ok(api, provider, 'POST', '/api/v1/contracts', agreed);
  assert.equal(contract.state, 'proposed');
  await gateway.reread();
  assert.equal(await refusal(market), 'model_not_found', 'a proposal entitles nobody');
  await ok(api, consumer, 'POST', `/api/v1/contracts/${contract.id}/accept`, {});
  await until(market, 'wallet.empty');
  await topUp(market, 10_000);

  await until(market, undefined);
  for (let i = 0; i < 6; i++) await ask(market);
  await recorded(api.db, 7);
  const each = chargeOfTokens(USED, PRICE);
  const listed = await client.models.list();
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [NAME],
  );

  // A new price holds from now on; what was charged stays.
  await ok(api, provider, 'POST', `/api/v1/contracts/${contract.id}/prices`, { price: DEARER });
  await gateway.reread();
  for (let i = 0; i < 3; i++) await ask(market);
  await recorded(api.db, 10);
  const total = 7 * each + 3 * chargeOfTokens(USED, DEARER);
  const bill = await ok(api, consumer, 'GET', '/api/v1/costs/charge-back');
  const income = await ok(api, provider, 'GET', '/api/v1/costs/charge-back');
  assert.equal(bill.consumed.total_micros, total);
  assert.equal(income.provided.total_micros, total);
  assert.equal(bill.consumed.rows[0].requests, 10);
  assert.equal(income.provided.rows[0].organisation.slug, 'beta');
  assert.deepEqual([bill.provided.total_micros, income.consumed.total_micros], [0, 0]);
  const wallet = await ok(api, consumer, 'GET', '/api/v1/wallet');
  assert.equal(wallet.balance_micros, 10_000 - total);
  assert.equal((await ok(api, provider, 'GET', '/api/v1/wallet')).balance_micros, total);
  const entries = await ok(api, consumer, 'GET', '/api/v1/wallet/entries?limit=200');
  assert.equal(
    entries.data.reduce((sum: number, entry: { amount_micros: number }) => sum + entry.amount_micros, 0),
    wallet.balance_micros,
  );
  const versions = await ok(api, consumer, 'GET', `/api/v1/contracts/${contract.id}/prices`);
  assert.deepEqual(
    versions.data.map(({ version, price }: { version: number; price: object }) => [version, price]),
    [
      [2, DEARER],
      [1, PRICE],
    ],
  );
  // The machine's own organisation sees what it served.
  const [served] = await api.db.query<{ org_id: string; requests: number }>(
    'select org_id, sum(requests)::bigint as requests from instance_usage_1h group by 1',
  );
  assert.deepEqual(served, { org_id: ORG, requests: 10 });

  await ok(api, provider, 'POST', `/api/v1/contracts/${contract.id}/end`, {});
  await until(market, 'model_not_found');
});

test('while the database is away the contract holds, the wallet stops, and afterwards the books are whole', async (t) => {
  const market = await start(t);
  const { api, provider, consumer, gateway, database } = market;
  const offering = await publish(market, { visibility: 'public' });
  await ok(api, provider, 'POST', `/api/v1/offerings/${offering.id}/prices`, { price: PRICE });
  await until(market, 'offering.not_entitled');
  await ok(api, consumer, 'POST', '/api/v1/entitlements', { offering: NAME });
  const each = chargeOfTokens(USED, PRICE);
  await topUp(market, 10 * each);
  await until(market, undefined);
  await recorded(api.db, 1);
  // Twice, so that nothing of what was spent is only in the gateway's memory.
  for (let i = 0; i < 3; i++) await gateway.reread();
  database.isThere = false;
  let served = 0;
  for (; served < 50; served++) {
    const code = await refusal(market);
    if (code === undefined) continue;
    assert.equal(code, 'wallet.empty');
    break;
  }
  // The estimate of a prompt may be more than it is: the last one or two may not fit any more.
  assert.ok(served >= 1 && served <= 9, `${served} requests were served`);
  database.isThere = true;
  await recorded(api.db, served + 1);
  const wallet = await ok(api, consumer, 'GET', '/api/v1/wallet');
  assert.equal(wallet.balance_micros, (10 - served - 1) * each);
  assert.ok(wallet.balance_micros >= 0, 'it was overdrawn');
  await eventually(() => gateway.ledger.length === served + 1);
});
