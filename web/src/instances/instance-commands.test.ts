import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceDetail } from '#contracts/instances.ts';
import { possibleCommands } from './instance-commands.ts';

type Subject = Parameters<typeof possibleCommands>[0];

const ready: Subject = { state: 'ready', state_reason: null, is_drained: false, reinstall: null };
const underWay: InstanceDetail['reinstall'] = {
  id: 'reinst_1',
  is_automatic: false,
  path: 'agent_order',
  path_began_at: '2026-01-01T00:00:00.000Z',
  path_reason: null,
  outcome: null,
  replaced_by: null,
  created_at: '2026-01-01T00:00:00.000Z',
  ended_at: null,
};

test('a machine in service can be drained, one at rest resumed', () => {
  assert.deepEqual(possibleCommands(ready), ['drain', 'reinstall']);
  assert.deepEqual(possibleCommands({ ...ready, state: 'draining', is_drained: true }), [
    'resume',
    'reinstall',
  ]);
});

test('nothing is offered for a machine that is going', () => {
  assert.deepEqual(
    possibleCommands({
      ...ready,
      state: 'draining',
      state_reason: 'termination_requested',
      is_drained: true,
    }),
    [],
  );
  assert.deepEqual(possibleCommands({ ...ready, state: 'terminating' }), []);
  assert.deepEqual(possibleCommands({ ...ready, state: 'failed' }), []);
});

test('an installation is not asked for while one is under way', () => {
  assert.deepEqual(possibleCommands({ ...ready, state: 'worker_dead', reinstall: underWay }), []);
  assert.deepEqual(
    possibleCommands({
      ...ready,
      state: 'worker_dead',
      reinstall: { ...underWay, outcome: 'failed', ended_at: '2026-01-01T00:10:00.000Z' },
    }),
    ['reinstall'],
  );
});

test('a failed order is repeated, an ended machine put away and brought back', () => {
  assert.deepEqual(possibleCommands({ ...ready, state: 'provisioning_failed' }), ['retry']);
  assert.deepEqual(possibleCommands({ ...ready, state: 'terminated' }), ['archive']);
  assert.deepEqual(possibleCommands({ ...ready, state: 'archived' }), ['unarchive']);
});
