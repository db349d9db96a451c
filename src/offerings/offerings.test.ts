import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMarket } from './queries.ts';
import { ACME, BETA, NAME, priceOf, startTestMarket } from './testing.ts';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

test('publishing is for owner and admin, prices for owner and manager, taking up for owner and manager of the other', async (t) => {
  const market = await startTestMarket(t);
  const roles = ['owner', 'admin', 'manager', 'user'] as const;
  const offering = await market.publish();
  const codes = async (orgId: typeof ACME, path: string, body: object) => {
    const found: boolean[] = [];
    for (const role of roles) {
      const as = await market.person(orgId, role);
      found.push((await market.post(as, path, body)).body?.code !== 'auth.forbidden');
    }
    return found;
  };
  const economic = [true, false, true, false];
  assert.deepEqual(await codes(ACME, 'offerings', {}), [true, true, false, false]);
  assert.deepEqual(await codes(ACME, `offerings/${offering.id}/publish`, {}), [true, true, false, false]);
  const price = { price: priceOf(5) };
  assert.deepEqual(await codes(ACME, `offerings/${offering.id}/prices`, price), economic);
  assert.deepEqual(await codes(ACME, 'contracts', {}), economic);
  assert.deepEqual(await codes(ACME, 'plans', {}), economic);
  assert.deepEqual(await codes(BETA, 'entitlements', { offering: NAME }), economic);
  assert.deepEqual(await codes(BETA, 'access-requests', {}), economic);
  assert.deepEqual(await codes(BETA, 'wallet/transfers', {}), economic);
  assert.deepEqual(await codes(BETA, 'wallets/beta/top-ups', { amount_micros: 1 }), [
    false,
    false,
    false,
    false,
  ]);
});

test('what cannot be offered is refused with its reason', async (t) => {
  const market = await startTestMarket(t);
  const { acme, api } = market;
  await market.publish();
  await api.db.query(`update models set is_active = false where hf_id = 'microsoft/phi-4'`);
  await api.db.query(`update organisations set slug = 'qwen' where id = $1`, [BETA]);
  const wanted = { code: 'x', model_id: 'Qwen/Qwen3-8B', name: 'X', access: 'free' };
  const cases: [object, string][] = [
    [{ code: 'chat' }, 'offering.code_taken'],
    [{ code: 'No Code' }, 'request.invalid'],
    [{ code: 'a/b' }, 'request.invalid'],
    [{ model_id: 'nobody/nothing' }, 'model.not_found'],
    [{ model_id: 'microsoft/phi-4' }, 'model.inactive'],
    [{ access: 'trial' }, 'request.invalid'],
    [{ trial_tokens: 5 }, 'request.invalid'],
    [{ access: 'trial', trial_tokens: 0 }, 'request.invalid'],
  ];
  for (const [change, code] of cases) await market.refused(acme, 'offerings', { ...wanted, ...change }, code);
  // `qwen/qwen3-8b` would look like the model of that name.
  await market.refused(market.beta, 'offerings', { ...wanted, code: 'qwen3-8b' }, 'offering.code_taken');
  assert.equal((await market.get(acme, 'offerings')).data.length, 1);
});

test('who finds an offering: everybody, who knows its name, or who has a contract', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta, api } = market;
  const find = async () => {
    const listed = (await market.get(beta, 'offerings?of=market')).data.length;
    const { status } = await api.send(`/api/v1/offerings/${encodeURIComponent(NAME)}`, { as: beta });
    return [listed, status];
  };
  const draft = await market.ok(acme, 'offerings', {
    code: 'chat',
    model_id: 'Qwen/Qwen3-8B',
    name: 'Chat',
    access: 'free',
    visibility: 'public',
  });
  const change = (visibility: string) =>
    api.send(`/api/v1/offerings/${draft.id}`, { method: 'PATCH', as: acme, body: { visibility } });
  assert.deepEqual(await find(), [0, 404]);
  await market.refused(beta, 'entitlements', { offering: draft.id }, 'offering.not_found');
  await market.ok(acme, `offerings/${draft.id}/publish`);
  assert.deepEqual(await find(), [1, 200]);
  await change('unlisted');
  assert.deepEqual(await find(), [0, 200]);
  await change('private');
  assert.deepEqual(await find(), [0, 404]);
  await market.refused(beta, 'entitlements', { offering: draft.id }, 'offering.not_found');
  await market.ok(acme, 'contracts', { offering_id: draft.id, consumer: 'beta', price: priceOf(0) });
  assert.deepEqual(await find(), [1, 200]);
  await market.ok(acme, `offerings/${draft.id}/withdraw`);
  assert.deepEqual(await find(), [0, 404]);
  assert.equal((await readMarket(api.db)).offerings.length, 0);
  assert.equal((await market.get(acme, 'offerings')).data[0].state, 'withdrawn');
});

test('a price begins now or later, in order, and the list keeps every version', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta } = market;
  const { id } = await market.publish();
  await market.refused(beta, 'entitlements', { offering: NAME }, 'offering.not_priced');
  const set = (micros: number, starts_at?: string) =>
    market.post(acme, `offerings/${id}/prices`, {
      price: priceOf(micros),
      ...(starts_at ? { starts_at } : {}),
    });
  assert.equal((await set(5, inHours(-1))).status, 422);
  assert.equal((await set(5)).body.price.prompt_micros_per_1k, 5);
  assert.equal((await set(9, inHours(2))).body.price.prompt_micros_per_1k, 5);
  // Before what is planned a new price would hold for an hour and then be another by surprise.
  assert.match((await set(7, inHours(1))).body.detail, /A price is planned/);
  assert.equal((await set(8, inHours(3))).status, 201);
  const { data } = await market.get(beta, `offerings/${encodeURIComponent(NAME)}/prices`);
  assert.deepEqual(
    data.map((one: { version: number; price: { prompt_micros_per_1k: number } }) => [
      one.version,
      one.price.prompt_micros_per_1k,
    ]),
    [
      [3, 8],
      [2, 9],
      [1, 5],
    ],
  );
  await market.ok(beta, 'entitlements', { offering: NAME });
  const { entitlements } = await readMarket(market.api.db);
  assert.deepEqual(
    entitlements[0]?.prices.map(({ price }) => price.prompt_micros_per_1k),
    [5, 9, 8],
  );
});

test('versions of one price by many at once are numbered without a gap or a double', async (t) => {
  const market = await startTestMarket(t);
  const { id } = await market.publish();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      market.post(market.acme, `offerings/${id}/prices`, { price: priceOf(index) }),
    ),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(8).fill(201),
  );
  const { data } = await market.get(market.acme, `offerings/${id}/prices`);
  assert.deepEqual(
    data.map((one: { version: number }) => one.version),
    [8, 7, 6, 5, 4, 3, 2, 1],
  );
});

test('a contract is accepted by the other side once, ends what was there before, and ends for both', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta, api } = market;
  const { id: offering_id } = await market.publish();
  await market.ok(acme, `offerings/${offering_id}/prices`, { price: priceOf(9) });
  const listed = await market.ok(beta, 'entitlements', { offering: NAME });
  const order = { offering_id, consumer: 'beta', price: priceOf(4) };
  await market.refused(acme, 'contracts', { ...order, consumer: 'acme' }, 'request.invalid');
  await market.refused(acme, 'contracts', { ...order, consumer: 'nobody' }, 'organisation.not_found');
  await market.refused(acme, 'contracts', { ...order, ends_at: inHours(-1) }, 'request.invalid');
  await market.refused(beta, 'contracts', order, 'offering.not_found');
  const contract = await market.ok(acme, 'contracts', order);
  await market.refused(acme, 'contracts', order, 'contract.overlaps');
  await market.refused(acme, `contracts/${contract.id}/accept`, {}, 'contract.not_found');
  const accepts = await Promise.all(
    [1, 2, 3].map(() => market.post(beta, `contracts/${contract.id}/accept`)),
  );
  assert.deepEqual(accepts.map(({ status }) => status).sort(), [200, 409, 409]);
  const { data } = await market.get(beta, 'entitlements');
  assert.deepEqual(
    data.map((one: { id: string; state: string }) => [one.id === listed.id, one.state]),
    [
      [false, 'active'],
      [true, 'ended'],
    ],
  );
  await market.refused(beta, `contracts/${contract.id}/prices`, { price: priceOf(0) }, 'contract.not_found');
  await market.ok(acme, `contracts/${contract.id}/prices`, { price: priceOf(3) });
  const [entitlement] = (await readMarket(api.db)).entitlements;
  assert.deepEqual(
    entitlement?.prices.map(({ price }) => price.prompt_micros_per_1k),
    [3],
  );
  assert.equal((await market.ok(beta, `contracts/${contract.id}/end`)).state, 'ended');
  await market.refused(acme, `contracts/${contract.id}/end`, {}, 'contract.ended');
  await market.refused(acme, `contracts/${contract.id}/prices`, { price: priceOf(1) }, 'contract.ended');
  assert.deepEqual((await readMarket(api.db)).entitlements, []);
  // The next one may begin at once.
  await market.ok(acme, 'contracts', order);
});

test('a request is approved at the list price at once, at a higher one as a proposal, and decided once', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta } = market;
  const { id } = await market.publish({ access: 'request' });
  const ask = { offering: NAME, note: 'for the help desk' };
  await market.refused(beta, 'entitlements', { offering: NAME }, 'offering.not_open');
  await market.refused(acme, 'access-requests', ask, 'offering.not_open');
  const first = await market.ok(beta, 'access-requests', ask);
  await market.refused(beta, 'access-requests', ask, 'access_request.open');
  await market.refused(beta, `access-requests/${first.id}/approve`, {}, 'access_request.not_found');
  await market.refused(acme, `access-requests/${first.id}/withdraw`, {}, 'access_request.not_found');
  await market.refused(acme, `access-requests/${first.id}/approve`, {}, 'offering.not_priced');
  const refused = await market.ok(acme, `access-requests/${first.id}/refuse`, { answer: 'not yet' });
  assert.deepEqual([refused.state, refused.answer], ['refused', 'not yet']);
  await market.refused(acme, `access-requests/${first.id}/approve`, {}, 'access_request.decided');

  await market.ok(acme, `offerings/${id}/prices`, { price: priceOf(5) });
  const second = await market.ok(beta, 'access-requests', ask);
  // The list price rises after it was asked: the answer may not be dearer than what was asked for.
  await market.ok(acme, `offerings/${id}/prices`, { price: priceOf(50) });
  const dearer = await market.ok(acme, `access-requests/${second.id}/approve`);
  const proposal = await market.get(beta, `contracts/${dearer.contract_id}`);
  assert.equal(proposal.state, 'proposed');
  assert.deepEqual((await market.get(beta, 'entitlements')).data, []);
  await market.ok(beta, `contracts/${proposal.id}/end`);

  const third = await market.ok(beta, 'access-requests', ask);
  const body = { price: priceOf(50), answer: 'welcome' };
  const answers = await Promise.all(
    [1, 2].map(() => market.post(acme, `access-requests/${third.id}/approve`, body)),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  const [entitlement] = (await market.get(beta, 'entitlements')).data;
  assert.deepEqual(
    [entitlement.source, entitlement.state, entitlement.price],
    ['contract', 'active', priceOf(50)],
  );
});

test('a trial is had once, by whoever is first, and never again', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta, api } = market;
  await market.publish({ access: 'trial', trial_tokens: 1_000, trial_days: 7 });
  await market.refused(acme, 'entitlements', { offering: NAME }, 'offering.not_open');
  const answers = await Promise.all(
    [1, 2, 3].map(() => market.post(beta, 'entitlements', { offering: NAME })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
  const trial = answers.find(({ status }) => status === 201)?.body;
  assert.equal(trial.allowance.tokens, 1_000);
  const days = (Date.parse(trial.ends_at) - Date.parse(trial.starts_at)) / (24 * HOUR_MS);
  assert.ok(Math.abs(days - 7) < 0.1);
  const [entitlement] = (await readMarket(api.db)).entitlements;
  assert.deepEqual(entitlement?.allowances[0], {
    id: trial.id,
    fromMs: entitlement?.fromMs,
    untilMs: entitlement?.untilMs,
    tokens: 1_000,
    used: 0,
  });
  await market.ok(beta, `entitlements/${trial.id}/end`);
  await market.refused(beta, `entitlements/${trial.id}/end`, {}, 'entitlement.ended');
  await market.refused(beta, 'entitlements', { offering: NAME }, 'entitlement.trial_used');
});

test('the provider may end what others use, and sees who does', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta, api } = market;
  await market.publish({ access: 'free' });
  const { id } = await market.ok(beta, 'entitlements', { offering: NAME });
  await market.refused(beta, 'entitlements', { offering: NAME }, 'entitlement.exists');
  const { data } = await market.get(acme, 'entitlements?side=provided');
  assert.deepEqual([data[0].id, data[0].consumer.slug], [id, 'beta']);
  assert.deepEqual((await market.get(acme, 'entitlements')).data, []);
  await market.ok(acme, `entitlements/${id}/end`);
  assert.deepEqual((await readMarket(api.db)).entitlements, []);
});

test('lists page through every row once', async (t) => {
  const market = await startTestMarket(t);
  for (let i = 0; i < 5; i++) await market.publish({ code: `chat-${i}` });
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await market.get(market.beta, `offerings?of=market&limit=2${cursor}`);
    seen.push(...page.data.map((one: { id: string }) => one.id));
    if (!page.has_more) break;
    cursor = `&after=${page.next_cursor}`;
  }
  assert.equal(new Set(seen).size, 5);
  assert.equal(seen.length, 5);
});
