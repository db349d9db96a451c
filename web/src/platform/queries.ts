import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { OrganisationsSearch, UsersSearch } from './platform-search.ts';

const PAGE_LIMIT = 50;

export function usersQuery({ q, state }: UsersSearch) {
  return infiniteQueryOptions({
    queryKey: ['users', q, state],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ search: q, state, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/users', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
  });
}

export function organisationsQuery({ q, state }: OrganisationsSearch) {
  return infiniteQueryOptions({
    queryKey: ['platform-organisations', q, state],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ search: q, state, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/platform/organisations', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
  });
}

export const jobCountsQuery = queryOptions({
  queryKey: ['jobs', 'counts'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/jobs', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export const deadJobsQuery = queryOptions({
  queryKey: ['jobs', 'dead'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/jobs/dead', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export const sweepQuery = queryOptions({
  queryKey: ['sweep'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/sweep', { signal })),
  refetchInterval: pollInterval,
});
