import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

export const providerAccountsQuery = queryOptions({
  queryKey: ['provider-accounts'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/provider-accounts', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export const providerKindsQuery = queryOptions({
  queryKey: ['provider-kinds'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/provider-kinds', { signal })),
  select: (answer) => answer.data,
  staleTime: 300_000,
});
