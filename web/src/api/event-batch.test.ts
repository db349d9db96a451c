import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '#contracts/events.ts';
import { createEventBatch } from './event-batch.ts';

function event(subjectId: string): LiveEvent {
  const summary = { state: 'ready', progress: 100 } as const;
  return { type: 'instance.changed', subject_id: subjectId, at: '2026-01-01T00:00:00.000Z', summary };
}

test('a storm of events makes one commit per interval, in order and without loss', () => {
  const commits: string[][] = [];
  const timers: (() => void)[] = [];
  const batch = createEventBatch({
    commit: (events) => commits.push(events.map((entry) => entry.subject_id)),
    intervalMs: 250,
    schedule: (action) => timers.push(action),
  });
  for (let index = 0; index < 500; index += 1) batch.add(event(`a${index}`));
  assert.equal(timers.length, 1);
  timers[0]?.();
  batch.add(event('b'));
  assert.equal(timers.length, 2);
  timers[1]?.();
  assert.equal(commits.length, 2);
  assert.equal(commits[0]?.length, 500);
  assert.deepEqual([commits[0]?.[0], commits[0]?.[499], commits[1]], ['a0', 'a499', ['b']]);
});
