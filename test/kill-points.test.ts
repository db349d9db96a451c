/** Every crash point of an order and its end once, by `kill -9` or stopped for longer than its lease; `make kill-points` has all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKillPoints } from './kill-points/kill-points.ts';

test('killed or stopped at any named point, nothing is left and nothing is billed wrongly', {
  timeout: 840_000,
}, async () => {
  const told: string[] = [];
  const tell = (line: string) => told.push(line);
  const report = await runKillPoints({ runs: 1, isThorough: false, lives: ['plain', 'unanswered'], tell });
  const { points, hits, unreached, violations } = report;
  assert.deepEqual(violations, [], told.join('\n'));
  assert.ok(points >= 60, `${points} points`);
  assert.equal(hits + unreached.length, points);
  assert.ok(hits >= 60 && hits >= points * 0.9, `not reached again: ${unreached.join(', ')}`);
});
