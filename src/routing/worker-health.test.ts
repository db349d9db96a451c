import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetryBudget } from './retry-budget.ts';
import { figuresWith } from './testing/routing-fixture.ts';
import { WorkerHealth } from './worker-health.ts';

test('some failures in a row open the breaker, one success in between does not let them', () => {
  const health = new WorkerHealth(figuresWith({ breakerFailures: 3 }));
  for (let i = 0; i < 10; i++) {
    health.failed(0, false);
    health.failed(0, false);
    health.reached(0);
  }
  assert.equal(health.isResting(0), false);
  for (let i = 0; i < 3; i++) health.failed(0, false);
  assert.equal(health.isResting(0), true);
});

test('after the rest one probe decides; its failure doubles the rest, its success begins a slow start', () => {
  const health = new WorkerHealth(figuresWith({ restFirstMs: 500, restMaxMs: 5_000, slowStartMs: 10_000 }));
  health.failed(0, true);
  // Others that were sent before fail as well: that is no news.
  for (let i = 0; i < 50; i++) health.failed(1, true);
  assert.deepEqual([health.isResting(499), health.isResting(500)], [true, false]);
  health.startProbe();
  assert.equal(health.isResting(600), true);
  health.failed(600, false);
  assert.deepEqual([health.isResting(1_599), health.isResting(1_600)], [true, false]);
  health.startProbe();
  health.reached(1_700);
  assert.equal(health.isResting(1_700), false);
  assert.equal(health.isRamping(1_700), true);
  assert.deepEqual([health.rampLimit(1_700, 10), health.rampLimit(6_700, 10)], [1, 8]);
  assert.equal(health.isRamping(11_700), false);
});

test('a probe whose client left decides nothing', () => {
  const health = new WorkerHealth(figuresWith());
  health.failed(0, true);
  health.startProbe();
  health.endProbe();
  assert.equal(health.isResting(1_000), false);
});

test('second attempts are a share of the requests, with a floor for a quiet gateway', () => {
  const budget = new RetryBudget(() => 20);
  let taken = 0;
  for (let i = 0; i < 1_000; i++) {
    budget.noteRequest();
    if (budget.take(0)) taken++;
  }
  assert.ok(taken >= 200 && taken <= 212, String(taken));
  assert.equal(budget.take(0), false);
  assert.equal(budget.take(60_000), true);
  assert.equal(new RetryBudget(() => 0).take(0), false);
});
