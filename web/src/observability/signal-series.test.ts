import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriesOf, windowOf } from './signal-series.ts';

test('a window is whole steps and holds the present', () => {
  const { fromMs, toMs } = windowOf(3_600_000, 60, 90_000_500);
  assert.equal(toMs, 90_060_000);
  assert.equal(fromMs, 86_460_000);
});

test('a step without requests is none, not unknown; its waiting times are unknown, not none', () => {
  const step = {
    at: new Date(60_000).toISOString(),
    requests: 4,
    failed: 1,
    ttft_p50_ms: 10,
    ttft_p95_ms: 20,
  };
  assert.deepEqual(seriesOf([step], 0, 180_000, 60), {
    times: [0, 60, 120],
    requests: [0, 4, 0],
    failed: [0, 1, 0],
    ttftP50: [null, 10, null],
    ttftP95: [null, 20, null],
  });
});
