import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alongDays, restOf, totalOf } from './usage-sums.ts';

const day = (value: string, requests: number, tokens: number) => ({
  value,
  requests,
  prompt_tokens: tokens,
  completion_tokens: 1,
  cached_tokens: 0,
});

test('days stand in their order, and one without use is nothing', () => {
  const groups = [day('2026-01-03', 2, 20), day('2026-01-01', 1, 10)];
  const days = ['2026-01-01', '2026-01-02', '2026-01-03'];
  assert.deepEqual(alongDays(groups, days, 'tokens'), [11, 0, 21]);
  assert.deepEqual(alongDays(groups, days, 'requests'), [1, 0, 2]);
  assert.deepEqual(totalOf(groups), {
    requests: 3,
    prompt_tokens: 30,
    completion_tokens: 2,
    cached_tokens: 0,
  });
});

test('the rest and what is drawn are all there is', () => {
  assert.deepEqual(
    restOf(
      [10, 5],
      [
        [4, 5],
        [3, 1],
      ],
    ),
    [3, 0],
  );
});
