import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import type { LiveEvent } from '#contracts/events.ts';
import { isOfInterest } from './of-interest.ts';

const fact = (id: string) => ({ subject_id: id, at: '2026-11-21T00:00:00.000Z' });
const written = (id: string, isForFew: boolean): LiveEvent => ({
  type: 'workbench.changed',
  ...fact(id),
  summary: { for_few: isForFew },
});

test('what others write for few wakes only a page that has it', () => {
  const client = new QueryClient();
  const isHeard = (id: string) => isOfInterest(client, written(id, true));
  assert.equal(isHeard('conv_a'), false);
  client.setQueryData(['workbench', 'list', 'mine', ''], {
    pages: [{ data: [{ id: 'conv_a' }] }],
    pageParams: [],
  });
  client.setQueryData(['workbench', 'conversation', 'link', 'shared_1'], { id: 'conv_b' });
  client.setQueryData(['workbench', 'prompts'], { data: [{ id: 'prompt_a' }] });
  client.setQueryData(['workbench', 'messages', 'conversation', 'conv_c'], []);
  for (const id of ['conv_a', 'conv_b', 'conv_c', 'prompt_a']) assert.equal(isHeard(id), true, id);
  assert.equal(isHeard('conv_d'), false);
  assert.equal(isOfInterest(client, written('conv_d', false)), true);
  assert.equal(isOfInterest(client, { type: 'volume.changed', ...fact('vol_1'), summary: {} }), true);
});
