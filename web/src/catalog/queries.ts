import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ModelView } from '#contracts/management.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

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

/** Who rents machines, and how old what is known of them is. */
export const catalogueProvidersQuery = queryOptions({
  queryKey: ['catalogue', 'providers'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/catalogue/providers', { signal })),
  select: (answer) => answer.data,
  staleTime: 30_000,
});

/** Switched-off ones too, for those who may switch them on. */
export const allModelsQuery = queryOptions({
  queryKey: ['models', 'all'],
  queryFn: async ({ signal }) => {
    const models: ModelView[] = [];
    for (let after: string | undefined; ; ) {
      const query = given({ limit: CATALOGUE_LIMIT, include_inactive: 'true' as const, after });
      const page = await answerOf(api.GET('/api/v1/models', { params: { query }, signal }));
      models.push(...page.data);
      if (!page.has_more || page.next_cursor === null) return models;
      after = page.next_cursor;
    }
  },
  staleTime: 30_000,
});

/** What is really served now, and where. */
export const runtimeModelsQuery = queryOptions({
  queryKey: ['served-models', 'runtime'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/runtime-models', { signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});

export interface FitWish {
  context_length?: number | undefined;
  sequences?: number | undefined;
}

export function modelFitQuery(id: string, wish: FitWish) {
  return queryOptions({
    queryKey: ['models', 'fit', id, wish],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/models/{id}/fit', { params: { path: { id }, query: given(wish) }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** All that can be rented, and what could be until its provider gave it up; without a word on any model. */
export const allOffersQuery = queryOptions({
  queryKey: ['offers', 'all'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/catalogue/offers', { params: { query: { include_ended: 'true' } }, signal })),
  select: (answer) => answer.data,
  staleTime: 30_000,
});

const PRICES_LIMIT = 50;

/** Prices that were seen of one kind of machine, the newest first. */
export function priceHistoryQuery(provider: string, instanceType: string) {
  return queryOptions({
    queryKey: ['offers', 'prices', provider, instanceType],
    queryFn: ({ signal }) => {
      const query = { provider, instance_type: instanceType, limit: PRICES_LIMIT };
      return answerOf(api.GET('/api/v1/catalogue/prices', { params: { query }, signal }));
    },
  });
}

/** For platform administrators: switched-off ones too, and whose word each figure is. */
export const instanceTypesQuery = queryOptions({
  queryKey: ['catalogue', 'types'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/catalogue/instance-types', { signal })),
  select: (answer) => answer.data,
});

export function zonesQuery(provider: string) {
  return queryOptions({
    queryKey: ['catalogue', 'zones', provider],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/catalogue/zones', { params: { query: { provider } }, signal })),
    select: (answer) => answer.data,
  });
}
