import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { answerOf, api, given } from '../../api/client.ts';
import { pollInterval } from '../../api/connection.ts';
import type { ActivationsSearch } from './activations-search.ts';

const PAGE_LIMIT = 50;

export function activationsQuery({ kind, show }: ActivationsSearch) {
  return infiniteQueryOptions({
    queryKey: ['activations', { kind, show }],
    queryFn: ({ pageParam, signal }) => {
      const query = given({
        limit: PAGE_LIMIT,
        after: pageParam ?? undefined,
        resource_kind: kind,
        missing: show === undefined ? undefined : show === 'missing' ? ('true' as const) : ('false' as const),
      });
      return answerOf(api.GET('/api/v1/activations', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}
