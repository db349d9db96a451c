import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { LiveEvent } from '#contracts/events.ts';
import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import type { Page } from '../api/types.ts';
import { i18n } from '../i18n/i18n.ts';
import { announceNews } from '../shell/announcer.tsx';
import { STATE_LOOKS } from './states.ts';

/** Speaks changes of state, not percentages. Called before the new states are laid over the old ones. */
export function announceStates(client: QueryClient, events: readonly LiveEvent[]): void {
  const known = new Map<string, InstanceView>();
  for (const [, list] of client.getQueriesData<InfiniteData<Page<InstanceView>>>({
    queryKey: ['instances', 'list'],
  })) {
    for (const page of list?.pages ?? []) for (const instance of page.data) known.set(instance.id, instance);
  }
  for (const event of events) {
    if (event.type !== 'instance.changed') continue;
    const before = known.get(event.subject_id);
    const { state } = event.summary;
    // A newer server may know states that this page does not.
    if (!before || before.state === state || !isState(state)) continue;
    announceNews(`${before.name}: ${i18n._(`state.${state}`)}`);
  }
}

function isState(value: unknown): value is InstanceState {
  return typeof value === 'string' && Object.hasOwn(STATE_LOOKS, value);
}
