import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandwidthOf, estimateTokensPerSecond, microsPerMillionTokens } from './token-speed.ts';

const fit = { fits: true, weights_bytes_per_gpu: 16e9, kv_bytes_per_gpu: 16e9, kv_tokens: 100_000 };

test('a GPU with more bandwidth produces more tokens, and one without a known one says nothing', () => {
  const [slow, fast] = [estimateTokensPerSecond(fit, 'L4'), estimateTokensPerSecond(fit, 'H100')];
  assert(slow !== null && fast !== null && fast > 6 * slow);
  assert.equal(estimateTokensPerSecond(fit, 'MOCK-GPU'), null);
  assert.equal(bandwidthOf('L40S'), 864);
  assert.equal(bandwidthOf('H100-SXM'), 3_350);
});

test('little room for requests costs speed, and what does not fit has none', () => {
  const roomy = estimateTokensPerSecond(fit, 'L4');
  const cramped = estimateTokensPerSecond({ ...fit, kv_bytes_per_gpu: 320e6, kv_tokens: 2_000 }, 'L4');
  assert(roomy !== null && cramped !== null && cramped < roomy / 5);
  assert.equal(estimateTokensPerSecond({ ...fit, fits: false }, 'L4'), null);
  assert.equal(estimateTokensPerSecond({ ...fit, kv_tokens: null }, 'L4'), null);
});

test('a euro an hour at a thousand tokens a second is 0.28 EUR for a million', () => {
  assert.equal(microsPerMillionTokens(1_000_000, 1_000), 277_778);
  assert.equal(microsPerMillionTokens(null, 1_000), null);
});
