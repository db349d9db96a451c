import type { QueryClient } from '@tanstack/react-query';
import type { LiveEvent } from '#contracts/events.ts';

/**
 * Whether an event says something to this page. What somebody writes for few in the workbench is told to the whole
 * organisation by an id alone; only a page that has the thing already asks for it again.
 */
export function isOfInterest(client: Pick<QueryClient, 'getQueriesData'>, event: LiveEvent): boolean {
  if (event.type !== 'workbench.changed' || !event.summary.for_few) return true;
  const { subject_id: id } = event;
  return client
    .getQueriesData({ queryKey: ['workbench'] })
    .some(([queryKey, data]) => queryKey.includes(id) || hasId(data, id));
}

/** In a thing, in a page of things, in pages of them. */
function hasId(data: unknown, id: string): boolean {
  if (Array.isArray(data)) return data.some((one) => hasId(one, id));
  if (typeof data !== 'object' || data === null) return false;
  if ('id' in data) return data.id === id;
  if ('pages' in data) return hasId(data.pages, id);
  return 'data' in data && hasId(data.data, id);
}
