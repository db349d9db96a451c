import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { CounterFamily, HistogramFamily } from './bound-metrics.ts';

const BOUNDS = [0.1, 1, 10];

test('bound metrics read as those of the library do', async () => {
  const ours = new Registry();
  const theirs = new Registry();
  const counts = { name: 'requests_total', help: 'All of them.', labelNames: ['endpoint', 'model'] as const };
  const times = { name: 'request_seconds', help: 'How long.', labelNames: ['endpoint'] as const };
  const ownCounts = new CounterFamily({ ...counts, registry: ours });
  const ownTimes = new HistogramFamily({ ...times, registry: ours }, BOUNDS);
  const libraryCounts = new Counter({ ...counts, registers: [theirs] });
  const libraryTimes = new Histogram({ ...times, buckets: BOUNDS, registers: [theirs] });
  for (const [endpoint, model, amount] of [
    ['/v1/a', 'x', 1],
    ['/v1/a', 'y "quoted"', 2],
    ['/v1/b', 'x', 3],
    ['/v1/a', 'x', 4],
  ] as const) {
    ownCounts.of(endpoint, model).add(amount);
    libraryCounts.inc({ endpoint, model }, amount);
  }
  for (const seconds of [0.05, 0.1, 0.100001, 5, 10, 11, 0.05]) {
    ownTimes.of('/v1/a').observe(seconds);
    libraryTimes.observe({ endpoint: '/v1/a' }, seconds);
  }
  const lines = async (registry: Registry) => (await registry.metrics()).split('\n').sort();
  assert.deepEqual(await lines(ours), await lines(theirs));
});

test('a name is given once', () => {
  const registry = new Registry();
  const description = { name: 'x_total', help: 'x', labelNames: [] as const, registry };
  assert.ok(new CounterFamily(description));
  assert.throws(() => new CounterFamily(description), /already been registered/);
});
