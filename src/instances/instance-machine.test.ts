import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { INSTANCE_STATES, type InstanceState } from '#contracts/instances.ts';
import {
  assertEdge,
  drawMermaid,
  FINAL_STATES,
  INITIAL_STATE,
  INSTANCE_EDGES,
  isEdge,
  isLive,
  LIVE_STATES,
  listEdges,
} from './instance-machine.ts';

function reachableFrom(start: InstanceState): Set<InstanceState> {
  const seen = new Set<InstanceState>([start]);
  const open = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of INSTANCE_EDGES[state]) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

test('every state can be reached from the first one', () => {
  assert.deepEqual([...reachableFrom(INITIAL_STATE)].sort(), [...INSTANCE_STATES].sort());
});

test('every state can come to terminated', () => {
  for (const state of INSTANCE_STATES) {
    assert.ok(reachableFrom(state).has('terminated'), `${state} must be able to end`);
  }
});

test('the main path is a path', () => {
  const path = [
    'provisioning',
    'booting',
    'installing',
    'starting',
    'ready',
    'draining',
    'terminating',
    'terminated',
    'archived',
  ] as const;
  for (const [index, from] of path.slice(0, -1).entries()) {
    assert.ok(isEdge(from, path[index + 1] ?? from), from);
  }
});

test('late heartbeats have a way back to ready', () => {
  for (const state of ['startup_failed', 'worker_dead', 'unavailable'] as const) {
    assert.ok(reachableFrom(state).has('ready'), state);
  }
});

test('nothing comes back from the end', () => {
  for (const state of ['terminating', 'terminated', 'archived', 'failed'] as const) {
    assert.ok(!reachableFrom(state).has('ready'), state);
    assert.ok(!isLive(state), state);
  }
  assert.deepEqual(INSTANCE_EDGES.archived, ['terminated'], 'only back into view');
});

test('a ready machine leaves on purpose only by draining', () => {
  assert.ok(!isEdge('ready', 'terminating'));
  assert.ok(isEdge('ready', 'draining'));
});

test('no state leads to itself, no edge is listed twice', () => {
  const edges = listEdges().map(({ from, to }) => `${from} ${to}`);
  assert.equal(new Set(edges).size, edges.length);
  for (const { from, to } of listEdges()) assert.notEqual(from, to);
});

test('each state is live, ending or final', () => {
  const ending = ['terminating', 'failed', 'provisioning_failed'];
  assert.deepEqual([...LIVE_STATES, ...ending, ...FINAL_STATES].sort(), [...INSTANCE_STATES].sort());
});

test('an impossible transition is a defect', () => {
  assert.throws(() => assertEdge('terminated', 'ready'), /no instance goes from terminated to ready/);
  assertEdge('starting', 'ready');
});

test('the documented diagram is the table', () => {
  const page = readFileSync(new URL('../../docs/reference/instance-states.md', import.meta.url), 'utf8');
  const diagram = /```mermaid\n([\s\S]*?)\n```/.exec(page)?.[1];
  assert.equal(diagram, drawMermaid());
  for (const state of INSTANCE_STATES) assert.ok(page.includes(`| \`${state}\` |`), `${state} is described`);
});
