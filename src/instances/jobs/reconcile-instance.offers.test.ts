import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { listOffers } from '#catalog/queries.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { ProviderError } from '#providers/provider.ts';
import { retryInstance } from '../commands/retry-instance.ts';
import { getInstanceDetail } from '../queries.ts';
import {
  assertBooksMatch,
  assertHistoriesReplay,
  type Bench,
  driveTo,
  driveToReady,
  openBench,
  order,
  reconcile,
  recordOf,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { settle } from '../testing/settle.ts';

const A = 'mock-a MOCK-L4-1';
const B = 'mock-b MOCK-L4-1';
const USD = parseUsdRate('0.86@2026-11-01');

function inZone(bench: Bench, zone: string, nanosPerHour = 800_000_000) {
  return { zone, instanceTypeId: bench.typeId, price: { nanosPerHour, currency: 'EUR' } };
}

/** Another type in the first zone. */
async function otherType(bench: Bench) {
  await bench.db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus,
       memory_bytes, arch) values ('type_other', 'mock', 'MOCK-H100-1', 1, 'H100', 80e9, 8, 48e9, 'x86_64')`,
  );
  const price = { nanosPerHour: 3_000_000_000, currency: 'EUR' };
  return { zone: 'mock-a', instanceTypeId: 'type_other' as const, price };
}

async function offersOf(bench: Bench, id: InstanceId): Promise<string[]> {
  const { offers } = await getInstanceDetail(bench.db, bench.scope, id, USD);
  return offers.map(({ zone, instance_type, is_current, refusal_kind }) => {
    return `${zone} ${instance_type} ${refusal_kind ?? 'open'}${is_current ? ' current' : ''}`;
  });
}

const creates = (bench: Bench) => bench.provider.calls.filter((call) => call === 'createServer').length;

for (const kind of ['stock_out', 'quota'] as const) {
  test(`an offer refused for ${kind} leads to the next, with its zone and price`, async (t) => {
    const bench = await openBench(t);
    bench.provider.refused.set(A, kind);
    const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
    await driveToReady(bench, id);
    const { instance } = await recordOf(bench, id);
    assert.equal(instance.zone, 'mock-b');
    assert.equal(instance.priceNanosPerHour, 800_000_000);
    assert.deepEqual(await offersOf(bench, id), [`${A} ${kind}`, `${B} open current`]);
    const [event] = await bench.db.query<{ zone: string; nanos: number }>(
      `select zone, nanos_per_hour as nanos from cost_events
       where instance_id = $1 and resource_kind = 'server' and edge = 'start'`,
      [id],
    );
    assert.deepEqual(event, { zone: 'mock-b', nanos: 800_000_000 });
    const [action] = await bench.db.query<{ metadata: Record<string, unknown> }>(
      `select metadata from action_log where instance_id = $1 and code = 'OFFER_REFUSED' and error_code = $2`,
      [id, kind],
    );
    assert.deepEqual(action?.metadata['next'], { zone: 'mock-b', instance_type: 'MOCK-L4-1' });
    await terminate(bench, id);
    await driveTo(bench, id, 'terminated');
    await assertBooksMatch(bench, id);
  });
}

test('a refused offer is passed over by every machine without a call, until its time is over', async (t) => {
  const bench = await openBench(t);
  bench.provider.refused.set(A, 'stock_out');
  const first = await order(bench, 'first', [inZone(bench, 'mock-b')]);
  await driveTo(bench, first, 'installing');
  const before = creates(bench);
  const second = await order(bench, 'second', [inZone(bench, 'mock-b')]);
  await driveTo(bench, second, 'installing');
  assert.equal(creates(bench), before + 1, 'only the offer with room was asked for');
  assert.deepEqual(await offersOf(bench, second), [`${A} stock_out`, `${B} open current`]);
  const third = await order(bench, 'third');
  await driveTo(bench, third, 'provisioning_failed');
  assert.equal(creates(bench), before + 1, 'nothing was asked for');
  assert.equal((await recordOf(bench, third)).instance.stateReason, 'stock_out');
  const { offers } = await getInstanceDetail(bench.db, bench.scope, third, USD);
  assert.match(offers[0]?.refusal_message ?? '', /refused a short while ago.*before \d{4}-.*T[\d:]{8} UTC/);
  await bench.db.query(`update offer_refusals set until = app_now() - interval '1 second'`);
  bench.provider.refused.clear();
  const fourth = await order(bench, 'fourth', [inZone(bench, 'mock-b')]);
  await driveTo(bench, fourth, 'installing');
  assert.deepEqual(await offersOf(bench, fourth), [`${A} open current`, `${B} open`]);
});

test('a refusal is shown in the catalogue while it is remembered', async (t) => {
  const bench = await openBench(t);
  await bench.db.query(`insert into zones (provider_id, code, region) values ('mock', 'mock-a', 'mock')`);
  await bench.db.query(
    `insert into offers (instance_type_id, provider_id, zone, availability)
     values ($1, 'mock', 'mock-a', 'available')`,
    [bench.typeId],
  );
  const availability = async () => (await listOffers(bench.db)).map((offer) => offer.availability);
  assert.deepEqual(await availability(), ['available']);
  bench.provider.refused.set(A, 'stock_out');
  await driveTo(bench, await order(bench), 'provisioning_failed');
  assert.deepEqual(await availability(), ['shortage']);
  await bench.db.query(`update offer_refusals set until = app_now() - interval '1 second'`);
  assert.deepEqual(await availability(), ['available']);
});

test('with every offer refused the order has failed, each offer with its reason, and nothing is left', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['security_group', 'address'] };
  bench.provider.refused.set(A, 'stock_out').set(B, 'quota');
  const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
  await driveTo(bench, id, 'provisioning_failed');
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'quota');
  assert.deepEqual(await offersOf(bench, id), [`${A} stock_out`, `${B} quota current`]);
  await settle(bench, id);
  assert.deepEqual(bench.provider.livingParts, []);
  assert.deepEqual(bench.provider.living, []);
  await assertBooksMatch(bench, id);
  assert.deepEqual(await reconcile(bench, id), { done: true });
});

test('parts of a zone that was left are released; those of the same zone serve the next offer', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['security_group', 'address'] };
  const other = await otherType(bench);
  bench.provider.refused.set(A, 'stock_out').set('mock-a MOCK-H100-1', 'stock_out');
  const id = await order(bench, 'demo-1', [other, inZone(bench, 'mock-b')]);
  await driveToReady(bench, id);
  await settle(bench, id);
  const made = [...bench.provider.parts.values()].map((part) => `${part.order.zone} ${part.kind}`);
  assert.deepEqual(made, [
    'mock-a security_group',
    'mock-a address',
    'mock-b security_group',
    'mock-b address',
  ]);
  assert.deepEqual(
    bench.provider.livingParts.map((part) => part.order.zone),
    ['mock-b', 'mock-b'],
  );
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual(bench.provider.livingParts, []);
  await assertBooksMatch(bench, id);
});

test('a start that is refused for want of room gives its server back and orders the next offer', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['address'] };
  bench.provider.startsRefused.set(A, 'stock_out');
  const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
  await driveToReady(bench, id);
  await settle(bench, id);
  assert.equal(bench.provider.servers.size, 2);
  assert.deepEqual(
    bench.provider.living.map((server) => server.order.zone),
    ['mock-b'],
  );
  assert.equal(bench.provider.livingVolumes.length, 1, 'the root volume of the first went with it');
  assert.equal(bench.provider.livingParts.length, 1);
  assert.deepEqual(await offersOf(bench, id), [`${A} stock_out`, `${B} open current`]);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  await assertBooksMatch(bench, id);
  await assertHistoriesReplay(bench);
  const [price] = await bench.db.query<{ nanos: number }>(
    `select nanos_per_hour as nanos from cost_events
     where instance_id = $1 and resource_kind = 'server' and zone = 'mock-a' and edge = 'start'`,
    [id],
  );
  assert.equal(price?.nanos, 750_000_000, 'the server that was given back costs what its own offer asked');
});

test('a server that stands still after its start is given back, and the next offer starts from the beginning', async (t) => {
  const bench = await openBench(t);
  bench.provider.startsInVain.add(A);
  const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
  await driveToReady(bench, id);
  await settle(bench, id);
  assert.deepEqual(
    bench.provider.living.map((server) => server.order.zone),
    ['mock-b'],
  );
  assert.deepEqual(await offersOf(bench, id), [`${A} stock_out`, `${B} open current`]);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  assert.deepEqual([bench.provider.living, bench.provider.livingVolumes], [[], []]);
  await assertBooksMatch(bench, id);
  await assertHistoriesReplay(bench);
});

for (const kind of ['stock_out', 'quota'] as const) {
  test(`a machine that was ended before it ever ran (${kind}) leads to the next offer`, async (t) => {
    const bench = await openBench(t);
    bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['address'] };
    bench.provider.neverRun.set(A, kind);
    const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
    await driveToReady(bench, id);
    await settle(bench, id);
    assert.deepEqual(
      bench.provider.living.map((server) => server.order.zone),
      ['mock-b'],
    );
    assert.equal(creates(bench), 2);
    assert.deepEqual(await offersOf(bench, id), [`${A} ${kind}`, `${B} open current`]);
    const [history] = await bench.db.query<{ states: string[] }>(
      `select array_agg(to_state order by version) as states from instance_state_history where instance_id = $1`,
      [id],
    );
    assert.ok(!history?.states.includes('failed'), String(history?.states));
    await terminate(bench, id);
    await driveTo(bench, id, 'terminated');
    const left = [bench.provider.living, bench.provider.livingVolumes, bench.provider.livingParts];
    assert.deepEqual(left, [[], [], []]);
    await assertBooksMatch(bench, id);
    await assertHistoriesReplay(bench);
  });
}

test('ended before it ever ran, with no offer left: the order fails for that, asks each offer once, keeps nothing', async (t) => {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['address'] };
  bench.provider.neverRun.set(A, 'stock_out').set(B, 'stock_out');
  const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
  await driveTo(bench, id, 'provisioning_failed');
  await settle(bench, id);
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'stock_out');
  assert.equal(creates(bench), 2);
  const left = [bench.provider.living, bench.provider.livingVolumes, bench.provider.livingParts];
  assert.deepEqual(left, [[], [], []]);
  await assertBooksMatch(bench, id);
});

test('what a provider cannot take with the create it is given before each start, also after a crash', async (t) => {
  const bench = await openBench(t);
  let failures = 1;
  const given: string[] = [];
  bench.provider.prepareServer = async (_context, ref, order) => {
    given.push(`${ref.id} ${order.userData.length > 0} ${order.owner.attempt === undefined}`);
    assert.equal(bench.provider.servers.get(ref.id)?.state, 'stopped', 'before its start');
    if (failures-- > 0) {
      const facts = { provider: 'mock', operation: 'prepareServer', outcomeUnknown: true } as const;
      throw new ProviderError('no answer', { ...facts, kind: 'retryable' });
    }
  };
  const id = await order(bench, 'demo-1');
  await driveToReady(bench, id);
  assert.equal(given.length, 2, 'repeated after it failed, and the start waited for it');
  assert.equal(new Set(given).size, 1);
  assert.match(given[0] ?? '', /true false$/);
});

test('what is wrong with a type is asked of another type only; what is wrong with the account, of nobody', async (t) => {
  const bench = await openBench(t);
  const other = await otherType(bench);
  bench.provider.refused.set(A, 'invalid').set(B, 'invalid');
  const id = await order(bench, 'invalid', [inZone(bench, 'mock-b'), other]);
  await driveTo(bench, id, 'installing');
  assert.equal(creates(bench), 2, 'the same type in another zone was not asked for');
  assert.equal((await recordOf(bench, id)).instance.instanceType, 'MOCK-H100-1');
  for (const kind of ['auth', 'permission'] as const) {
    bench.provider.refused.set(A, kind);
    const before = creates(bench);
    const refused = await order(bench, kind, [inZone(bench, 'mock-b'), other]);
    await driveTo(bench, refused, 'provisioning_failed');
    assert.equal(creates(bench), before + 1);
    assert.equal((await recordOf(bench, refused)).instance.stateReason, kind);
  }
  assert.deepEqual(await bench.db.query('select 1 from offer_refusals'), [], 'none of it is want of room');
});

test('a failed order is asked again from its first offer on, once, and only while it is wanted', async (t) => {
  const bench = await openBench(t);
  bench.provider.refused.set(A, 'stock_out').set(B, 'stock_out');
  const id = await order(bench, 'demo-1', [inZone(bench, 'mock-b')]);
  const retry = () => bench.db.transaction((tx) => retryInstance(bench.env, tx, bench.scope, id, bench.by));
  await driveTo(bench, id, 'provisioning_failed');
  bench.provider.refused.clear();
  await bench.db.query(`update offer_refusals set until = app_now() - interval '1 second'`);
  await retry();
  await retry();
  assert.equal(await stateOf(bench, id), 'provisioning');
  await driveToReady(bench, id);
  assert.equal((await recordOf(bench, id)).instance.zone, 'mock-a');
  assert.deepEqual(await offersOf(bench, id), [`${A} open current`, `${B} open`]);
  await assert.rejects(retry(), { code: 'instance.illegal_transition' });
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
  await assert.rejects(retry(), { code: 'instance.illegal_transition' });
  await assertBooksMatch(bench, id);
  await assertHistoriesReplay(bench);
});

test('a server of another type than ordered is told to people and billed as what it is', async (t) => {
  const bench = await openBench(t);
  const other = await otherType(bench);
  await bench.db.query(`insert into zones (provider_id, code, region) values ('mock', 'mock-a', 'mock')`);
  await bench.db.query(
    `insert into offers (instance_type_id, provider_id, zone, nanos_per_hour, currency, availability)
     values ($1, 'mock', 'mock-a', 3e9, 'EUR', 'available')`,
    [other.instanceTypeId],
  );
  bench.provider.givesType = 'MOCK-H100-1';
  const known = await order(bench, 'known');
  await driveTo(bench, known, 'installing');
  bench.provider.givesType = 'MOCK-NEVER-HEARD-OF';
  const unknown = await order(bench, 'unknown');
  await driveTo(bench, unknown, 'installing');
  const rates = await bench.db.query<{ id: string; nanos: number | null }>(
    `select instance_id as id, nanos_per_hour as nanos from cost_events
     where resource_kind = 'server' and edge = 'start' order by created_at, id`,
  );
  assert.deepEqual(rates, [
    { id: known, nanos: 3_000_000_000 },
    { id: unknown, nanos: null },
  ]);
  assert.equal((await recordOf(bench, known)).instance.instanceType, 'MOCK-H100-1');
  const told = await bench.db.query(`select 1 from action_log where code = 'PROVIDER_MISMATCH'`);
  assert.equal(told.length, 2);
});

test('the tags of an order expire as set when it was first placed, however often it is repeated', async (t) => {
  const bench = await openBench(t);
  bench.provider.fail({ operation: 'createServer', kind: 'retryable', when: 'before', outcomeUnknown: true });
  const id = await order(bench);
  await reconcile(bench, id);
  bench.settings = { ...bench.settings, expiryHours: 1 };
  await driveTo(bench, id, 'installing');
  const [server] = bench.provider.living;
  const { attempts } = await recordOf(bench, id);
  const expected = (attempts[0]?.createdAtMs ?? 0) + 72 * 3_600_000;
  assert.ok(Math.abs((server?.order.owner.expiresAtMs ?? 0) - expected) < 1);
});
