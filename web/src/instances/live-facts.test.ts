import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryClient } from '@tanstack/react-query';
import type { LiveEvent } from '#contracts/events.ts';
import type { InstanceView } from '#contracts/instances.ts';
import { rememberFacts, withRecentFacts } from './live-facts.ts';

const noCache = { setQueriesData: () => [], setQueryData: () => undefined } as unknown as QueryClient;

type Summary = Extract<LiveEvent, { type: 'instance.changed' }>['summary'];

function changed(id: string, summary: Summary): LiveEvent {
  return { type: 'instance.changed', subject_id: id, at: '2026-01-01T00:00:00.000Z', summary };
}

function instance(id: string): InstanceView {
  return { id, state: 'booting', progress: 20 } as InstanceView;
}

test('an answer asked for before an event does not paint the older state over it', () => {
  const askedAtMs = Date.now();
  rememberFacts(noCache, [changed('a', { state: 'ready', progress: 100 })]);
  assert.deepEqual(withRecentFacts(instance('a'), askedAtMs), { id: 'a', state: 'ready', progress: 100 });
  assert.deepEqual(withRecentFacts(instance('other'), askedAtMs), instance('other'));
});

test('an answer asked for after an event is the truth', () => {
  rememberFacts(noCache, [changed('b', { state: 'starting', progress: 60 })]);
  assert.deepEqual(withRecentFacts(instance('b'), Date.now() + 1), instance('b'));
});

test('progress told by an event never lowers what is shown', () => {
  const askedAtMs = Date.now();
  rememberFacts(noCache, [changed('c', { state: 'failed', progress: 5 })]);
  assert.equal(withRecentFacts(instance('c'), askedAtMs).progress, 20);
});
