import { queryOptions } from '@tanstack/react-query';
import type { ModelView, Offer } from '#contracts/management.ts';
import { call, query } from '../api/client.ts';
import type { Page } from '../api/types.ts';

const CATALOGUE_LIMIT = 200;

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) =>
    call<Page<ModelView>>(`/api/v1/models${query({ limit: CATALOGUE_LIMIT })}`, { signal }),
  select: (page) => page.data,
  staleTime: 30_000,
});

/** Every instance type on offer, with its price and whether the model fits it. */
export function offersQuery(modelId: string) {
  return queryOptions({
    queryKey: ['offers', modelId],
    queryFn: ({ signal }) =>
      call<{ data: Offer[] }>(`/api/v1/catalogue/offers${query({ model_id: modelId })}`, { signal }),
    select: (answer) => answer.data,
    staleTime: 30_000,
  });
}
