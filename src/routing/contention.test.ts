import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contention } from './contention.ts';
import { pickerWith, requestOf, workerNamed } from './testing/routing-fixture.ts';

test('a pool is shared while two organisations ask, and some seconds longer', () => {
  const contention = new Contention();
  assert.equal(contention.note('p', 'a', 0), false);
  assert.equal(contention.note('p', 'a', 1_000), false);
  assert.equal(contention.note('p', 'b', 2_000), true);
  assert.equal(contention.note('p', 'a', 3_000), true);
  assert.equal(contention.note('q', 'a', 3_000), false);
  for (let now = 4_000; now < 12_000; now += 1_000) assert.equal(contention.note('p', 'a', now), true);
  assert.equal(contention.note('p', 'a', 12_000), false);
});

test('workers that several organisations or priorities share are full earlier, for each of them', () => {
  const worker = workerNamed('a');
  const { lease, picker } = pickerWith({ backlogMaxMs: 20_000, sharedBacklogMaxMs: 1_000 });
  const long = requestOf([], { inputTokens: 60_000 });
  const other = { ...long, orgId: 'org_b' };
  lease([worker], long);
  assert.equal(picker.pick([worker], long).kind, 'leased');
  assert.equal(picker.pick([worker], other).kind, 'full');
  assert.equal(picker.pick([worker], long).kind, 'full');
  const own = workerNamed('b', { modelId: 'model_b' as typeof worker.modelId });
  const first = { ...long, modelId: 'model_b', priority: 1 };
  lease([own], first);
  assert.equal(picker.pick([own], first).kind, 'leased');
  assert.equal(picker.pick([own], { ...first, priority: 2 }).kind, 'full');
});
