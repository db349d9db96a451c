import { queryOptions } from '@tanstack/react-query';
import type { AlertView } from '#contracts/alerts.ts';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

const ALERTS_LIMIT = 100;

/** What does not get on by itself; an event tells when one is opened or closed. */
export const openAlertsQuery = queryOptions({
  queryKey: ['alerts', 'open'],
  queryFn: ({ signal }) =>
    answerOf(
      api.GET('/api/v1/alerts', { params: { query: { state: 'open', limit: ALERTS_LIMIT } }, signal }),
    ),
  refetchInterval: pollInterval,
});

/** The instance that an alert is about; null when it is about something else. */
export function instanceOf(alert: AlertView): string | null {
  if (alert.subject_kind === 'instance') return alert.subject_id;
  const id = alert.details['instance_id'];
  return typeof id === 'string' ? id : null;
}
