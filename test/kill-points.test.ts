/** Every named crash point once with `kill -9` and once stopped for longer than its lease. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKillPoints } from './kill-points/kill-points.ts';

test('killed or stopped at any named point, nothing is left and nothing is billed wrongly', {
  timeout: 900_000,
}, async () => {
  const report = await runKillPoints(1, () => undefined);
  assert.deepEqual(report.violations, []);
  assert.ok(report.points >= 60, `${report.points} points`);
  assert.equal(report.hits, 2 * report.points);
});
