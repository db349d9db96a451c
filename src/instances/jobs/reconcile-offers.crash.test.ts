import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '#kernel/ids.ts';
import { type Bench, driveTo, openBench, order, terminate } from '../testing/bench.ts';
import { crashAtEach } from '../testing/crashes.ts';
import { settle } from '../testing/settle.ts';

/** The point at which the refusal is written down. */
const REFUSED_AT = { create: 'refused-server', start: 'start-refused', after: 'start-in-vain' } as const;
type Where = keyof typeof REFUSED_AT;

/** The first offer has no room, which is found out at the create, at the start or when it is over; each life asks for it anew. */
async function openFullZone(t: Parameters<typeof openBench>[0], where: Where): Promise<Bench> {
  const bench = await openBench(t);
  bench.provider.capabilities = { ...bench.provider.capabilities, parts: ['address'] };
  bench.settings = { ...bench.settings, offerRetryMs: 0 };
  const { refused: create, startsRefused: start, neverRun: after } = bench.provider;
  ({ create, start, after })[where].set('mock-a MOCK-L4-1', 'stock_out');
  return bench;
}

async function live(bench: Bench, id: InstanceId): Promise<void> {
  await driveTo(bench, id, 'installing');
  await settle(bench, id);
  const kept = bench.provider.living.map((server) => server.order.zone);
  assert.deepEqual(kept, ['mock-b'], 'one server, of the second offer');
  assert.equal(bench.provider.livingParts.length, 1);
  assert.equal(bench.provider.livingVolumes.length, 1);
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
}

for (const where of ['create', 'start', 'after'] as const) {
  test(`a crash at any point of leaving an offer that was refused at or after the order (${where}) heals`, async (t) => {
    const bench = await openFullZone(t, where);
    const price = { nanosPerHour: 800_000_000, currency: 'EUR' };
    const tried = await crashAtEach(bench, {
      order: (name) => order(bench, name, [{ zone: 'mock-b', instanceTypeId: bench.typeId, price }]),
      countIn: async (id) => {
        await driveTo(bench, id, 'installing');
        await settle(bench, id);
      },
      act: (id) => live(bench, id),
      isTried: (name) => /offer|refused|start-in-vain|server|address|volume/.test(name),
    });
    assert.ok(tried.includes('reconcile-instance.leave-offer.commit'));
    assert.ok(tried.includes(`reconcile-instance.${REFUSED_AT[where]}.commit`));
  });
}
