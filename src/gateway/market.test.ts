/** Another organisation's model, at the gateway: who is served by whose workers, under which terms, and who is not. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { Secret } from '#kernel/secret.ts';
import type { MarketRows, SnapshotEntitlement } from '#routing/market.ts';
import { keyOf } from '#routing/testing.ts';
import { cacheSaltOf } from './cache-salt.ts';
import { INFERENCE_ENDPOINTS } from './endpoints.ts';
import { asGuest } from './served-model.ts';
import { answering, FakeAgent } from './testing/fake-agent.ts';
import {
  AWAITED,
  eventually,
  MODEL,
  ORG,
  OTHER_ORG,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  USER,
} from './testing/test-gateway.ts';

const NAME = 'acme/chat';
const MESSAGES = [{ role: 'user' as const, content: 'hi' }];
const PRICE = { prompt_micros_per_1k: 2_000, completion_micros_per_1k: 10_000, cached_micros_per_1k: 1_000 };
const OFFERING = { id: 'off_1', providerOrgId: ORG, name: NAME, modelId: MODEL.id, isPrivate: false };
const CONTRACT: SnapshotEntitlement = {
  id: 'ent_1',
  orgId: OTHER_ORG,
  offeringId: OFFERING.id,
  source: 'contract',
  contractId: 'con_1',
  fromMs: 0,
  untilMs: null,
  prices: [{ termsId: 'terms_1', fromMs: 0, price: PRICE }],
  allowances: [],
};
const FUNDED: MarketRows = {
  offerings: [OFFERING],
  entitlements: [CONTRACT],
  wallets: [{ orgId: OTHER_ORG, balanceMicros: 1_000_000, creditMicros: 0 }],
};

async function start(t: TestContext, rows: MarketRows = FUNDED, options: TestGatewayOptions = {}) {
  const agent = await new FakeAgent(answering(3)).listen();
  t.after(() => agent.close());
  const market = { rows };
  const own = await startTestGateway(t, [agent], { market: () => market.rows, ...options });
  const change = async (to: MarketRows) => {
    market.rows = to;
    await own.reread();
  };
  return { own, agent, change };
}

const clientOf = (own: TestGateway, apiKey = own.otherKey) =>
  new OpenAI({ baseURL: `${own.url}/v1`, apiKey, maxRetries: 0 });

const ask = (client: OpenAI, model = NAME) => client.chat.completions.create({ model, messages: MESSAGES });

async function refusalOf(asked: Promise<unknown>) {
  const error = await asked.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert(error instanceof OpenAI.APIError, String(error));
  return error;
}

test("the provider's workers serve the consumer, and the ledger names both, the terms and the price", async (t) => {
  const { own, agent } = await start(t);
  const { response } = await ask(clientOf(own)).withResponse();
  const id = response.headers.get('x-request-id') ?? '';
  assert.equal(agent.received[0]?.body['model'], MODEL.hfId, 'the engine knows the model by its own name');
  const usage = await own.usageOf(id);
  assert.deepEqual([usage.org_id, usage.api_key_id, usage.model_id], [OTHER_ORG, 'key_b', MODEL.id]);
  assert.deepEqual(usage.terms, {
    provider_org_id: ORG,
    offering_id: 'off_1',
    entitlement_id: 'ent_1',
    contract_id: 'con_1',
    terms_id: 'terms_1',
    price: PRICE,
    allowance: null,
  });
  // Machines of others are theirs to know.
  assert.equal(response.headers.get('x-inventiv-instance'), null);
  const logged = own.requests.find(({ request_id }) => request_id === id);
  assert.equal(logged?.org_id ?? OTHER_ORG, OTHER_ORG);
  assert.equal(logged?.instance_id ?? null, null);
});

test("one's own offering is one's own model, without terms, and its models are listed by the name they are called by", async (t) => {
  const { own } = await start(t);
  const { response } = await ask(clientOf(own, own.key)).withResponse();
  const usage = await own.usageOf(response.headers.get('x-request-id') ?? '');
  assert.equal(usage.org_id, ORG);
  assert.equal(usage.terms, undefined);
  const listed = await clientOf(own).models.list();
  assert.deepEqual(
    listed.data.map(({ id, owned_by }) => [id, owned_by]),
    [[NAME, 'acme']],
  );
  assert.equal((await clientOf(own).models.retrieve(NAME)).id, NAME);
  const ownList = await clientOf(own, own.key).models.list();
  assert.deepEqual(
    ownList.data.map(({ id }) => id),
    [MODEL.hfId],
  );
});

test('the model itself is not served to the consumer by any other name', async (t) => {
  const { own, agent } = await start(t);
  for (const model of [MODEL.hfId, MODEL.id, 'off_1', 'acme/', '/chat', 'ACME/chat']) {
    assert.equal((await refusalOf(ask(clientOf(own), model))).status, 404, model);
  }
  assert.equal(agent.received.length, 0);
});

test('each refusal says what to do, in the shape that clients know, and is not tried again', async (t) => {
  const { own, agent, change } = await start(t, { ...FUNDED, entitlements: [] });
  const notEntitled = await refusalOf(ask(clientOf(own)));
  assert.deepEqual(
    [notEntitled.status, notEntitled.code, notEntitled.param],
    [403, 'offering.not_entitled', 'model'],
  );
  assert.match(notEntitled.message, /owner or manager/);
  assert.equal(notEntitled.headers?.get('x-should-retry'), 'false');
  assert.deepEqual((await clientOf(own).models.list()).data, []);

  await change({ ...FUNDED, offerings: [{ ...OFFERING, isPrivate: true }], entitlements: [] });
  assert.equal((await refusalOf(ask(clientOf(own)))).code, 'model_not_found');

  await change({ ...FUNDED, wallets: [] });
  const empty = await refusalOf(ask(clientOf(own)));
  assert.deepEqual([empty.status, empty.code], [402, 'wallet.empty']);
  assert.match(empty.message, /EUR 0\.000000 are left.*topped up/);

  const allowances = [{ id: 'ent_1', fromMs: 0, untilMs: null, tokens: 10, used: 10 }];
  const trial = { ...CONTRACT, source: 'trial' as const, contractId: null, allowances };
  await change({ ...FUNDED, entitlements: [trial], wallets: [] });
  const used = await refusalOf(ask(clientOf(own)));
  assert.deepEqual([used.status, used.code], [402, 'offering.allowance_used']);

  const unpaid = { ...CONTRACT, source: 'subscription' as const, contractId: null };
  await change({ ...FUNDED, entitlements: [unpaid] });
  assert.equal((await refusalOf(ask(clientOf(own)))).code, 'offering.subscription_unpaid');

  await change({ ...FUNDED, offerings: [] });
  assert.equal((await refusalOf(ask(clientOf(own)))).code, 'model_not_found');
  assert.equal(agent.received.length, 0, 'nothing of it reached a worker');
  assert.equal(own.ledger.length, 0);
});

test('a contract that ends is refused to the moment, without a new reading of the snapshot', async (t) => {
  const { own, change } = await start(t);
  assert.ok(await ask(clientOf(own)));
  await change({ ...FUNDED, entitlements: [{ ...CONTRACT, untilMs: Date.now() + 500 }] });
  for (const end = Date.now() + 20_000; ; ) {
    const error = await ask(clientOf(own)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof OpenAI.APIError && error.code === 'offering.not_entitled') break;
    assert.equal(error, undefined);
    assert.ok(Date.now() < end, 'it is still served');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('what ends while a request waits for a worker is not served, and what changes its price costs the new one', async (t) => {
  const rows = { ...FUNDED, offerings: [{ ...OFFERING, modelId: AWAITED.id }] };
  const waitWhile = async (to: MarketRows) => {
    const { own, agent, change } = await start(t, rows, { awaited: { isStarting: true } });
    const asked = clientOf(own).chat.completions.create(
      { model: NAME, messages: MESSAGES },
      { headers: { 'x-inventiv-wait': 'true' } },
    );
    // Somebody must look at it at once, or a refusal would be nobody's.
    const answer = asked.then(
      () => undefined,
      (error: unknown) => error,
    );
    await eventually(() => own.gateway.signals().some(({ waiting }) => waiting.requests === 1));
    await change(to);
    await own.serve(AWAITED, agent);
    return { own, agent, error: await answer };
  };
  const ended = await waitWhile({ ...rows, entitlements: [] });
  assert.ok(ended.error instanceof OpenAI.APIError && ended.error.code === 'offering.not_entitled');
  assert.equal(ended.agent.received.length, 0);
  assert.equal(ended.own.ledger.length, 0);
  const dearer = { termsId: 'terms_2', fromMs: 1, price: { ...PRICE, prompt_micros_per_1k: 9_999 } };
  const changed = await waitWhile({
    ...rows,
    entitlements: [{ ...CONTRACT, prices: [...CONTRACT.prices, dearer] }],
  });
  assert.equal(changed.error, undefined);
  const usage = await eventually(() => changed.own.ledger[0]);
  assert.deepEqual([usage.terms?.terms_id, usage.terms?.price], ['terms_2', dearer.price]);
});

test('guests have a cache of their own at the engine, each organisation and each salt another', async (t) => {
  const { own, agent } = await start(t);
  const saltOf = async (client: OpenAI, model: string, cache_salt?: string) => {
    const body = { model, messages: MESSAGES, ...(cache_salt === undefined ? {} : { cache_salt }) };
    await client.chat.completions.create(body as OpenAI.ChatCompletionCreateParamsNonStreaming);
    return agent.received.at(-1)?.body['cache_salt'];
  };
  const [guest, owner] = [clientOf(own), clientOf(own, own.key)];
  assert.equal(await saltOf(owner, MODEL.hfId), undefined, 'whose workers they are is not salted');
  const first = await saltOf(guest, NAME);
  assert.match(String(first), /^[\w-]{43}$/);
  assert.equal(await saltOf(guest, NAME), first);
  const second = await saltOf(guest, NAME, 'mine');
  assert.match(String(second), /^[\w-]{43}$/);
  assert.notEqual(second, first);
  const key = new Secret('a key of the installation');
  const endpoint = INFERENCE_ENDPOINTS[0];
  assert(endpoint);
  const salts = [ORG, OTHER_ORG].map((orgId) => cacheSaltOf(key, orgId, endpoint, { cache_salt: 'mine' }));
  assert.notEqual(salts[0], salts[1]);
});

test('no key goes before the owner of the workers', () => {
  const key = keyOf({ id: 'key_b', orgId: OTHER_ORG, userId: USER, tokenHash: 'x', priorityMax: 'high' });
  const caller = { orgId: OTHER_ORG, userId: USER, apiKeyId: 'key_b', key };
  assert.equal(asGuest(caller).key?.priorityMax, 'normal');
  const low = { ...caller, key: { ...key, priorityMax: 'low' as const } };
  assert.equal(asGuest(low).key?.priorityMax, 'low');
});

test('a key that names models must name the offering, and then may call nothing else', async (t) => {
  const { own, change } = await start(t, FUNDED, {
    key: { orgId: OTHER_ORG, models: [MODEL.hfId, MODEL.id] },
  });
  const client = clientOf(own, own.key);
  assert.equal((await refusalOf(ask(client))).code, 'api_key.model_not_allowed');
  assert.deepEqual((await client.models.list()).data, []);
  await change(FUNDED);
  const second = await start(t, FUNDED, { key: { orgId: OTHER_ORG, models: [NAME] } });
  assert.ok(await ask(clientOf(second.own, second.own.key)));
});

test('a provider without workers is a model that is not ready, not one that does not exist', async (t) => {
  const offering = { ...OFFERING, modelId: AWAITED.id };
  const { own } = await start(t, { ...FUNDED, offerings: [offering] });
  const refused = await refusalOf(ask(clientOf(own)));
  assert.deepEqual([refused.status, refused.code], [503, 'model_not_ready']);
  assert.deepEqual((await clientOf(own).models.list()).data, []);
});

test('a wallet that runs out stops before the ledger knows, and what cannot be shipped still counts', async (t) => {
  // 5 prompt tokens and 3 of the answer: 5 * 2 + 3 * 10 = 40 micro-euros each.
  const wallets = [{ orgId: OTHER_ORG, balanceMicros: 1_000, creditMicros: 0 }];
  const { own } = await start(
    t,
    { ...FUNDED, wallets },
    {
      // The answer is allowed one token, so the estimate is low and only what was spent can stop it.
      recordUsage: () => Promise.reject(new Error('the database is away')),
    },
  );
  const client = clientOf(own);
  let served = 0;
  for (; served < 60; served++) {
    const error = await client.chat.completions
      .create({ model: NAME, messages: MESSAGES, max_tokens: 1 })
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    if (error === undefined) continue;
    assert.ok(error instanceof OpenAI.APIError && error.code === 'wallet.empty', String(error));
    break;
  }
  assert.ok(served >= 20 && served <= 25, `${served} requests were served`);
});
