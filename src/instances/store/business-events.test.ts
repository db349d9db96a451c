import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, order } from '../testing/bench.ts';
import { insertCostEvent } from './cost-events.ts';
import { transition } from './instances.ts';

test('each change of state and each edge of a cost is one event, and what is rolled back is none', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const move = (from: 'provisioning' | 'booting', to: 'booting' | 'installing', expectedVersion: number) => {
    const change = { orgId: bench.scope.orgId, id, from, to, expectedVersion, reason: 'ordered' } as const;
    return bench.db.transaction((tx) => transition(bench.env, tx, change, bench.by));
  };
  await move('provisioning', 'booting', 1);
  await assert.rejects(move('provisioning', 'booting', 1), /stale|state/i);
  const cost = (edge: 'start' | 'stop', atMs: number) =>
    bench.db.transaction((tx) =>
      insertCostEvent(bench.env, tx, bench.scope, {
        instanceId: id,
        resourceKind: 'server',
        resourceRef: 'srv-1',
        edge,
        atMs,
        providerId: 'mock',
        zone: 'mock-a',
        nanosPerHour: 750_000_000,
        currency: 'EUR',
        correlationId: bench.by.correlationId,
      }),
    );
  // The first word on a moment stands; a repetition is no second event.
  await cost('start', 1_790_000_000_000);
  await cost('start', 1_790_000_009_000);
  await cost('stop', 1_790_000_060_000);
  const rows = await bench.db.query<{ type: string; data: Record<string, unknown> }>(
    `select type, data from business_events where type like 'INSTANCE%' order by seq`,
  );
  const events = rows.map(({ type, data }) => [type, data['to'] ?? data['billed_at']]);
  assert.deepEqual(events, [
    ['INSTANCE_STATE_CHANGED', 'provisioning'],
    ['INSTANCE_STATE_CHANGED', 'booting'],
    ['INSTANCE_COST_START', '2026-09-21T14:13:20.000Z'],
    ['INSTANCE_COST_STOP', '2026-09-21T14:14:20.000Z'],
  ]);
});
