import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { DeliveriesSearch } from './deliveries-search.ts';

const PAGE_LIMIT = 50;

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks', 'list'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/webhooks', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/webhooks/{id}', { params: { path: { id } }, signal })),
    refetchInterval: pollInterval,
  });
}

export function deliveriesQuery(id: string, { state }: DeliveriesSearch) {
  return infiniteQueryOptions({
    queryKey: ['webhooks', 'deliveries', id, state],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ state, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(
        api.GET('/api/v1/webhooks/{id}/deliveries', { params: { path: { id }, query }, signal }),
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export function deliveryQuery(id: string, deliveryId: string) {
  return queryOptions({
    queryKey: ['webhooks', 'delivery', id, deliveryId],
    queryFn: ({ signal }) => {
      const path = { id, delivery_id: deliveryId };
      return answerOf(
        api.GET('/api/v1/webhooks/{id}/deliveries/{delivery_id}', { params: { path }, signal }),
      );
    },
    refetchInterval: pollInterval,
  });
}
