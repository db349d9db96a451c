import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { WorkersSearch } from './workers-search.ts';

const PAGE_LIMIT = 100;

/** Agents by the names of their machines, as the server filters and counts them. */
export function workersQuery({ show, find }: WorkersSearch) {
  return infiniteQueryOptions({
    queryKey: ['instances', 'workers', { show, find }],
    queryFn: ({ pageParam, signal }) => {
      const query = given({
        limit: PAGE_LIMIT,
        sort: 'instance' as const,
        after: pageParam ?? undefined,
        q: find,
        outdated: show === 'outdated' ? ('true' as const) : undefined,
      });
      return answerOf(api.GET('/api/v1/workers', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export function termsQuery(id: string) {
  return queryOptions({
    queryKey: ['instances', 'terms', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/instances/{id}/terms', { params: { path: { id } }, signal })),
  });
}
