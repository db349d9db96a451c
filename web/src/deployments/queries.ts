import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { DeploymentView } from '#contracts/management.ts';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { call, query } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { Page } from '../api/types.ts';
import { noteCosts } from '../instances/instance-cost.ts';

const LATEST_LIMIT = 20;
const PAGE_LIMIT = 100;

/** The latest deployments, ended ones too: enough to tell whether there was ever one, and what happened last. */
export const deploymentsQuery = queryOptions({
  queryKey: ['deployments'],
  queryFn: ({ signal }) => fetchPage({ limit: LATEST_LIMIT, include_terminated: true }, signal),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});

export function deploymentListQuery(isEndedIncluded: boolean) {
  return infiniteQueryOptions({
    queryKey: ['deployments', 'list', { isEndedIncluded }],
    queryFn: ({ pageParam, signal }) =>
      fetchPage(
        {
          limit: PAGE_LIMIT,
          after: pageParam ?? undefined,
          include_terminated: isEndedIncluded || undefined,
        },
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
      call<DeploymentView>(`/api/v1/deployments/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: pollInterval,
  });
}

/** Accounts on providers that the organisation brings. */
export const providerAccountsQuery = queryOptions({
  queryKey: ['provider-accounts'],
  queryFn: ({ signal }) => call<{ data: ProviderAccountView[] }>('/api/v1/provider-accounts', { signal }),
  select: (answer) => answer.data,
  staleTime: 30_000,
});

async function fetchPage(
  search: Parameters<typeof query>[0],
  signal: AbortSignal,
): Promise<Page<DeploymentView>> {
  const page = await call<Page<DeploymentView>>(`/api/v1/deployments${query(search)}`, { signal });
  noteCosts(
    page.data.flatMap((deployment) => deployment.instances),
    Date.now(),
  );
  return page;
}
