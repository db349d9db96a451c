import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceView } from '#contracts/instances.ts';
import type { CostInterval } from '../api/types.ts';
import { costUpTo, noteCosts, noteRate } from './instance-cost.ts';

function instance(part: Partial<InstanceView>): InstanceView {
  return {
    id: 'a',
    state: 'ready',
    price_micros_per_hour: 3_600_000,
    cost_micros: 500,
    ...part,
  } as InstanceView;
}

test('a running instance goes on costing its price after the answer', () => {
  noteCosts([instance({})], 10_000);
  assert.equal(costUpTo(instance({}), 12_000), 2_500);
  assert.equal(costUpTo(instance({ id: 'never told' }), 12_000), 500);
});

test('the newest answer counts, whichever page holds an older one', () => {
  noteCosts([instance({ id: 'b', cost_micros: 900 })], 20_000);
  assert.equal(costUpTo(instance({ id: 'b', cost_micros: 500 }), 20_000), 900);
});

test('the rate of its open intervals replaces the price of the machine', () => {
  noteCosts([instance({ id: 'c' })], 10_000);
  const interval = { to: null, nanos_per_hour: 3_600_000_000 } as CostInterval;
  noteRate('c', [interval, interval, { ...interval, to: '2026-01-01T00:00:00.000Z' }]);
  assert.equal(costUpTo(instance({ id: 'c' }), 11_000), 2_500);
});

test('what is gone, or was never delivered, costs nothing more', () => {
  for (const state of ['terminated', 'archived', 'failed', 'provisioning_failed'] as const) {
    noteCosts([instance({ id: state, state })], 0);
    assert.equal(costUpTo(instance({ id: state, state }), 3_600_000), 500, state);
  }
  const ordered = instance({ id: 'd', state: 'provisioning', cost_micros: 0 });
  noteCosts([ordered], 0);
  assert.equal(costUpTo(ordered, 3_600_000), 0);
});
