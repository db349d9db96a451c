import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagesOf, tokensPerSecond } from './request-stages.ts';

test('the stages of a request add up to its time', () => {
  for (const timed of [
    { duration_ms: 1_000, queue_ms: 100, ttft_ms: 300 },
    { duration_ms: 1_000, queue_ms: null, ttft_ms: 300 },
    { duration_ms: 1_000, queue_ms: 100, ttft_ms: null },
    { duration_ms: 1_000, queue_ms: null, ttft_ms: null },
    { duration_ms: 1_000, queue_ms: 100, ttft_ms: 90 },
    { duration_ms: 50, queue_ms: 100, ttft_ms: 120 },
  ]) {
    const stages = stagesOf(timed);
    assert.equal(
      stages.reduce((sum, { ms }) => sum + ms, 0),
      timed.duration_ms,
      JSON.stringify(timed),
    );
    assert(stages.every(({ ms }) => ms >= 0));
  }
});

test('what was not measured has no stage of its own', () => {
  assert.deepEqual(stagesOf({ duration_ms: 7, queue_ms: null, ttft_ms: null }), [{ id: 'whole', ms: 7 }]);
});

test('a pace needs a stream and two tokens', () => {
  const entry = { duration_ms: 1_100, queue_ms: 0, ttft_ms: 100, completion_tokens: 51, streamed: true };
  assert.equal(tokensPerSecond(entry), 50);
  assert.equal(tokensPerSecond({ ...entry, completion_tokens: 1 }), null);
  assert.equal(tokensPerSecond({ ...entry, streamed: false }), null);
  assert.equal(tokensPerSecond({ ...entry, ttft_ms: null }), null);
});
