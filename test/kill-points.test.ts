/** Every named crash point once, by `kill -9` or stopped for longer than its lease; `make kill-points` has both. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIST_BEGINS, LIST_ENDS, renderList } from './kill-points/guide.ts';
import { runKillPoints } from './kill-points/kill-points.ts';
import { LEFT_OUT, LIVES } from './kill-points/lives.ts';
import { scanPoints } from './kill-points/scan-points.ts';

const STAGES = 3;

test('every crash point that the code names belongs to one life, or is left out for a reason', () => {
  const known = [...LIVES.flatMap(({ points }) => points), ...Object.values(LEFT_OUT).flat()];
  const found = scanPoints();
  assert.deepEqual(known.toSorted(), found);
  assert.ok(found.length > 250, `${found.length} points`);
});

test('the guide lists them', () => {
  const guide = readFileSync(join(import.meta.dirname, '../docs/guides/kill-points.md'), 'utf8');
  const list = guide.slice(guide.indexOf(LIST_BEGINS) + LIST_BEGINS.length, guide.indexOf(LIST_ENDS));
  assert.equal(list.trim(), renderList(), 'write it anew: make kill-points-list');
});

test('killed or stopped at any named point, nothing is left and nothing is billed wrongly', {
  timeout: 870_000,
}, async (t) => {
  const told: string[] = [];
  const tell = (line: string) => told.push(line);
  const report = await runKillPoints({ runs: 1, isThorough: false, stages: STAGES, tell });
  const { points, kills, stops, unreached, violations, lives, seconds } = report;
  t.diagnostic(`${points} points, ${kills} kills and ${stops} stops in ${lives} lives, ${seconds} s`);
  assert.deepEqual(violations, [], told.join('\n'));
  assert.deepEqual(unreached, [], `no process came there any more:\n${told.join('\n')}`);
  assert.equal(kills + stops, points);
});
