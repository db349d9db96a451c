import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

export const hostsQuery = queryOptions({
  queryKey: ['hosts'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/hosts', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export const enrolmentsQuery = queryOptions({
  queryKey: ['host-enrolments'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/host-enrolments', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});
