import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

const CATALOGUE_LIMIT = 200;

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/models', { params: { query: { limit: CATALOGUE_LIMIT } }, signal })),
  select: (page) => page.data,
  staleTime: 30_000,
});

/** Every instance type on offer, with its price and whether the model fits it. */
export function offersQuery(modelId: string) {
  return queryOptions({
    queryKey: ['offers', modelId],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/catalogue/offers', { params: { query: { model_id: modelId } }, signal })),
    select: (answer) => answer.data,
    staleTime: 30_000,
  });
}
