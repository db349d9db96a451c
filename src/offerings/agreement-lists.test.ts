/** Lists of agreements: on one side or both, in one state, of one offering, and never those of others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACME, BETA, priceOf, startTestMarket } from './testing.ts';

const DAY_MS = 86_400_000;

test('contracts are found by side, state and offering', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta } = market;
  const offer = async (code: string) => (await market.publish({ code })).id as string;
  const [first, second, third] = [await offer('a'), await offer('b'), await offer('c')];
  const propose = async (offering_id: string, over = {}) =>
    (await market.ok(acme, 'contracts', { offering_id, consumer: 'beta', price: priceOf(5), ...over }))
      .id as string;
  const proposed = await propose(first);
  const active = await propose(second);
  await market.ok(beta, `contracts/${active}/accept`);
  const starts_at = new Date(Date.now() + DAY_MS).toISOString();
  const upcoming = await propose(third, { starts_at });
  await market.ok(beta, `contracts/${upcoming}/accept`);
  const ended = await propose(third, { ends_at: starts_at });
  await market.ok(acme, `contracts/${ended}/end`);
  const ids = async (query: string, as = beta) =>
    (await market.get(as, `contracts?${query}`)).data.map(({ id }: { id: string }) => id).sort();
  const all = [proposed, active, upcoming, ended].sort();
  assert.deepEqual(await ids(''), all);
  assert.deepEqual(await ids('side=consumed'), all);
  assert.deepEqual(await ids('side=provided'), []);
  assert.deepEqual(await ids('side=provided', acme), all);
  for (const [state, id] of Object.entries({ proposed, active, upcoming, ended })) {
    assert.deepEqual(await ids(`state=${state}`), [id], state);
    assert.deepEqual(await ids(`state=${state}&side=provided`, acme), [id], state);
  }
  assert.deepEqual(await ids(`offering_id=${third}`), [upcoming, ended].sort());
  assert.deepEqual(await ids(`offering_id=${third}&state=active`), []);
  const page = await market.get(beta, 'contracts?side=consumed&limit=3');
  const rest = await market.get(beta, `contracts?side=consumed&limit=3&after=${page.next_cursor}`);
  const paged = [...page.data, ...rest.data].map(({ id }: { id: string }) => id);
  assert.equal(paged.length, all.length, 'no page repeats a row');
  assert.deepEqual(new Set(paged), new Set(all), 'and none hides one');
});

test('requests and uses are found by side, state and offering', async (t) => {
  const market = await startTestMarket(t);
  const { acme, beta } = market;
  const asked = await market.publish({ code: 'a', access: 'request' });
  const open = await market.publish({ code: 'b', access: 'free' });
  const request = await market.ok(beta, 'access-requests', { offering: asked.id });
  const use = await market.ok(beta, 'entitlements', { offering: open.id });
  const count = async (path: string, as = beta) => (await market.get(as, path)).data.length as number;
  assert.equal(await count('access-requests?side=consumed&state=requested'), 1);
  assert.equal(await count('access-requests?side=provided'), 0);
  assert.equal(await count(`access-requests?side=provided&offering_id=${asked.id}`, acme), 1);
  assert.equal(await count(`access-requests?offering_id=${open.id}`, acme), 0);
  await market.ok(acme, `access-requests/${request.id}/refuse`, { answer: 'no' });
  assert.equal(await count('access-requests?state=requested', acme), 0);
  assert.equal(await count('access-requests?state=refused', acme), 1);
  assert.equal(await count(`entitlements?ended=false&offering_id=${open.id}`), 1);
  assert.equal(await count('entitlements?ended=true'), 0);
  assert.equal(await count('entitlements?side=provided&ended=false', acme), 1);
  await market.ok(beta, `entitlements/${use.id}/end`);
  assert.equal(await count('entitlements?ended=false'), 0);
  assert.equal(await count('entitlements?ended=true'), 1);
  const others = await market.person(ACME, 'user');
  assert.equal(await count('entitlements?side=consumed', others), 0);
  assert.equal(await count('entitlements?side=consumed', await market.person(BETA, 'user')), 1);
});
