/** Two organisations on a whole stack: offer, agree, use, pay, renew, end. Every process with its own rights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { readConfig } from '#config/config.ts';
import type { SessionView } from '#contracts/management.ts';
import type { EntitlementView, OfferingView, PlanView } from '#contracts/offerings.ts';
import type { WalletView } from '#contracts/wallets.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { createUser } from '#identity/testing.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ApiClient } from './api-client.ts';
import { FAST, type Stack, startStack } from './stack.ts';

const LIMIT_MS = 120_000;
const MODEL = 'Qwen/Qwen3-8B';
const PRICE = { prompt_micros_per_1k: 12_345, completion_micros_per_1k: 67_891, cached_micros_per_1k: 1_234 };
const FUNDS = 50_000_000;
const FEE = 1_000_000;

interface Side {
  readonly api: ApiClient;
  readonly slug: string;
}

interface ChargeBack {
  readonly consumed: { readonly total_micros: number; readonly requests: number };
  readonly provided: { readonly total_micros: number; readonly requests: number };
}

test("one organisation uses the other's model by contract, and both bills agree to the micro-euro", {
  timeout: 400_000,
}, async () => {
  await using stack = await startStack({ env: FAST });
  const env = systemEnv(SILENT_LOG);
  const config = readConfig({
    INVENTIV_DATA_DIR: stack.dataDir,
    PORT_OFFSET: String(stack.portOffset),
  });
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'owner'),
    applicationName: 'test',
    poolSize: 2,
  });
  try {
    const provider = await signIn(stack, 'admin', stack.adminPassword());
    await createUser(env, db, { username: 'guest', password: 'a long password' });
    const consumer = await signIn(stack, 'guest', 'a long password');
    const deployed = await provider.api.deployMock('market');
    await provider.api.waitForState(deployed.instances[0]?.id ?? '', 'ready', LIMIT_MS);
    const client = await clientOf(stack, consumer);

    await useByContract(provider, consumer, client);
    await subscribe(db, provider, consumer);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await db.close();
  }
});

async function signIn(stack: Stack, login: string, password: string): Promise<Side> {
  const api = new ApiClient(stack.url);
  const session: SessionView = await api.login(login, password);
  return { api, slug: session.organisation.slug };
}

async function clientOf(stack: Stack, { api }: Side): Promise<OpenAI> {
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'guest' });
  return new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey: secret, maxRetries: 0 });
}

async function useByContract(provider: Side, consumer: Side, client: OpenAI): Promise<void> {
  const offering = await publish(provider, 'chat', 'per_token');
  const name = `${provider.slug}/chat`;
  assert.equal(offering.model_name, name);
  const agreed = { offering_id: offering.id, consumer: consumer.slug, price: PRICE };
  const contract = await provider.api.json<{ id: string }>('POST', '/api/v1/contracts', agreed);
  await consumer.api.json('POST', `/api/v1/contracts/${contract.id}/accept`);
  await untilAnswered(client, name, 402);
  const topUp = { amount_micros: FUNDS, note: 'paid' };
  await provider.api.json('POST', `/api/v1/wallets/${consumer.slug}/top-ups`, topUp);
  await untilAnswered(client, name, 200);
  for (let i = 0; i < 9; i++) {
    const stream = await client.chat.completions.create({ ...ask(name), stream: true });
    for await (const _ of stream);
  }
  const read = (side: Side) => side.api.json<ChargeBack>('GET', '/api/v1/costs/charge-back');
  await until('the ledger has ten requests', async () => (await read(consumer)).consumed.requests === 10);
  const [bill, income] = [await read(consumer), await read(provider)];
  assert.ok(bill.consumed.total_micros > 0);
  assert.deepEqual(income.provided, { ...income.provided, ...totalsOf(bill.consumed) });
  const wallets = await Promise.all([consumer, provider].map(walletOf));
  assert.deepEqual(wallets, [FUNDS - bill.consumed.total_micros, income.provided.total_micros]);
  await provider.api.json('POST', `/api/v1/contracts/${contract.id}/end`);
  // A private offering is not even known to whoever may not use it.
  await untilAnswered(client, name, 404);
}

/** The finops process pays the next month; here it is told that it is due. */
async function subscribe(db: Database, provider: Side, consumer: Side): Promise<void> {
  const offering = await publish(provider, 'monthly', 'subscription', 'public');
  const plan = await provider.api.json<PlanView>('POST', '/api/v1/plans', {
    offering_id: offering.id,
    name: 'Month',
    fee_micros: FEE,
    included_tokens: 1_000_000,
  });
  const before = await walletOf(consumer);
  const wanted = { offering: offering.model_name, plan_id: plan.id };
  await consumer.api.json<EntitlementView>('POST', '/api/v1/entitlements', wanted);
  assert.equal(await walletOf(consumer), before - FEE);
  await db.query(
    `update entitlements set starts_at = starts_at - interval '2 months' where plan_id is not null`,
  );
  await db.query(
    `update subscription_periods set starts_at = starts_at - interval '40 days', ends_at = ends_at - interval '40 days'`,
  );
  await db.query(`update jobs set due_at = app_now() where kind = 'renew-subscriptions'`);
  await until('the next month is paid', async () => (await walletOf(consumer)) === before - 2 * FEE);
}

async function publish(
  { api }: Side,
  code: string,
  access: 'per_token' | 'subscription',
  visibility = 'private',
): Promise<OfferingView> {
  const wanted = { code, model_id: MODEL, name: code, access, visibility };
  const { id } = await api.json<OfferingView>('POST', '/api/v1/offerings', wanted);
  return api.json<OfferingView>('POST', `/api/v1/offerings/${id}/publish`);
}

async function walletOf({ api }: Side): Promise<number> {
  return (await api.json<WalletView>('GET', '/api/v1/wallet')).balance_micros;
}

const totalsOf = ({ total_micros, requests }: ChargeBack['consumed']) => ({ total_micros, requests });

const ask = (model: string) => ({
  model,
  messages: [{ role: 'user' as const, content: 'what does this cost?' }],
  max_tokens: 16,
});

async function untilAnswered(client: OpenAI, model: string, status: number): Promise<void> {
  await until(`${model} answers ${status}`, async () => {
    const found = await client.chat.completions.create(ask(model)).then(
      () => 200,
      (error: unknown) => (error instanceof OpenAI.APIError ? error.status : 0),
    );
    return found === status;
  });
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; !(await isTrue()); ) {
    assert(performance.now() < end, `it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
