import { queryOptions } from '@tanstack/react-query';
import type { AlertView } from '#contracts/alerts.ts';
import { call, query } from '../api/client.ts';
import type { Page } from '../api/types.ts';

const ALERTS_LIMIT = 100;
const ALERTS_INTERVAL_MS = 15_000;

/**
 * What does not get on by itself. No event tells of an alert: most come with a change of their instance, after which
 * they are fetched again; for the others, such as a stall, the page asks now and then while it is visible.
 */
export const openAlertsQuery = queryOptions({
  queryKey: ['alerts', 'open'],
  queryFn: ({ signal }) =>
    call<Page<AlertView>>(`/api/v1/alerts${query({ state: 'open', limit: ALERTS_LIMIT })}`, { signal }),
  refetchInterval: ALERTS_INTERVAL_MS,
  refetchIntervalInBackground: false,
});

/** The instance that an alert is about; null when it is about something else. */
export function instanceOf(alert: AlertView): string | null {
  if (alert.subject_kind === 'instance') return alert.subject_id;
  const id = alert.details['instance_id'];
  return typeof id === 'string' ? id : null;
}
