import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { DeploymentView } from '#contracts/management.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { Page } from '../api/types.ts';
import { noteCosts } from '../instances/instance-cost.ts';

const LATEST_LIMIT = 20;
const PAGE_LIMIT = 100;

/** The latest deployments, ended ones too: enough to tell whether there was ever one, and what happened last. */
export const deploymentsQuery = queryOptions({
  queryKey: ['deployments'],
  queryFn: ({ signal }) => fetchPage({ limit: LATEST_LIMIT, include_terminated: 'true' }, signal),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});

export function deploymentListQuery(isEndedIncluded: boolean) {
  return infiniteQueryOptions({
    queryKey: ['deployments', 'list', { isEndedIncluded }],
    queryFn: ({ pageParam, signal }) =>
      fetchPage(
        given({
          limit: PAGE_LIMIT,
          after: pageParam ?? undefined,
          include_terminated: isEndedIncluded ? 'true' : undefined,
        }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: ['deployments', 'detail', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/deployments/{id}', { params: { path: { id } }, signal })),
    refetchInterval: pollInterval,
  });
}

/** Accounts on providers that the organisation brings. */
export const providerAccountsQuery = queryOptions({
  queryKey: ['provider-accounts'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/provider-accounts', { signal })),
  select: (answer) => answer.data,
  staleTime: 30_000,
});

async function fetchPage(
  query: { limit: number; after?: string; include_terminated?: 'true' },
  signal: AbortSignal,
): Promise<Page<DeploymentView>> {
  const page = await answerOf(api.GET('/api/v1/deployments', { params: { query }, signal }));
  noteCosts(
    page.data.flatMap((deployment) => deployment.instances),
    Date.now(),
  );
  return page;
}
