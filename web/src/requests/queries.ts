import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { infer as Infer } from 'zod';
import type { RequestsQuery, requestEntrySchema } from '#contracts/requests.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { RequestsSearch, Span } from './requests-search.ts';

export type RequestEntry = Infer<typeof requestEntrySchema>;

const PAGE_LIMIT = 50;
const HOUR_MS = 3_600_000;
const SPAN_MS: Record<Exclude<Span, 'all'>, number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
};

/** The log of requests: all of the organisation for those who may see it, one's own for everybody else. */
export function requestsQuery(search: RequestsSearch, seesAll: boolean) {
  const { request: _, ...asked } = search;
  return infiniteQueryOptions({
    queryKey: ['usage', 'log', { ...asked, seesAll }],
    queryFn: ({ pageParam, signal }) =>
      fetchRequests({ ...filterOf(search, Date.now()), after: pageParam ?? undefined }, seesAll, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

/** One request by our id, or by the client's own. */
export function requestQuery(id: string, seesAll: boolean) {
  return queryOptions({
    queryKey: ['usage', 'request', id, { seesAll }],
    queryFn: async ({ signal }) => {
      const page = await fetchRequests({ id, limit: 1 }, seesAll, signal);
      return page.data[0] ?? null;
    },
  });
}

function fetchRequests(
  filter: { [Name in keyof RequestsQuery]?: RequestsQuery[Name] | undefined },
  seesAll: boolean,
  signal: AbortSignal,
) {
  const query = given(filter);
  return seesAll
    ? answerOf(api.GET('/api/v1/requests', { params: { query }, signal }))
    : answerOf(api.GET('/api/v1/requests/own', { params: { query }, signal }));
}

function filterOf(search: RequestsSearch, nowMs: number) {
  const { span = '24h', show = 'all' } = search;
  return {
    limit: PAGE_LIMIT,
    sort: search.sort ?? ('-started_at' as const),
    q: search.q,
    model: search.model,
    api_key_id: search.key,
    user_id: search.person,
    endpoint: search.endpoint,
    error_code: search.error,
    instance_id: search.instance,
    status: search.status,
    failed: show === 'all' ? undefined : show === 'failed' ? ('true' as const) : ('false' as const),
    from: span === 'all' ? undefined : new Date(nowMs - SPAN_MS[span]).toISOString(),
  };
}
