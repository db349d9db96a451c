import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AccessRequestView, ContractView } from '#contracts/offerings.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { daysOf } from '../finops/windows.ts';
import type { MoneyWindow, OfferingsSearch, Side } from './market-search.ts';

const PAGE_LIMIT = 50;
/** More than an organisation uses at the same time; only marks on other lists are read from it. */
const MARKS_LIMIT = 200;

const paged = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { has_more: boolean; next_cursor: string | null }) =>
    page.has_more ? page.next_cursor : undefined,
  placeholderData: keepPreviousData,
  refetchInterval: pollInterval,
} as const;

export function offeringsQuery(of: 'own' | 'market', search: OfferingsSearch) {
  return infiniteQueryOptions({
    ...paged,
    queryKey: ['market', 'offerings', of, search],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ of, ...search, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/offerings', { params: { query }, signal }));
    },
  });
}

/** By id, or by the name that clients send. */
export function offeringQuery(id: string) {
  return queryOptions({
    queryKey: ['market', 'offering', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/offerings/{id}', { params: { path: { id } }, signal })),
    refetchInterval: pollInterval,
  });
}

export function offeringPricesQuery(id: string) {
  return queryOptions({
    queryKey: ['market', 'prices', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/offerings/{id}/prices', { params: { path: { id } }, signal })),
    select: (answer) => answer.data,
    refetchInterval: pollInterval,
  });
}

export function contractPricesQuery(id: string) {
  return queryOptions({
    queryKey: ['market', 'contract-prices', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/contracts/{id}/prices', { params: { path: { id } }, signal })),
    select: (answer) => answer.data,
  });
}

export function plansQuery(offering: string) {
  return queryOptions({
    queryKey: ['market', 'plans', offering],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/plans', { params: { query: { offering } }, signal })),
    select: (answer) => answer.data,
    refetchInterval: pollInterval,
  });
}

interface EntitlementsWish {
  side: Side;
  ended: boolean;
  offering?: string;
}

export function entitlementsQuery({ side, ended, offering }: EntitlementsWish) {
  return infiniteQueryOptions({
    ...paged,
    queryKey: ['market', 'entitlements', side, ended, offering],
    queryFn: ({ pageParam, signal }) => {
      const query = given({
        side,
        ended: ended ? ('true' as const) : ('false' as const),
        offering_id: offering,
        limit: offering === undefined && !ended ? MARKS_LIMIT : PAGE_LIMIT,
        after: pageParam ?? undefined,
      });
      return answerOf(api.GET('/api/v1/entitlements', { params: { query }, signal }));
    },
  });
}

interface AgreementsWish<S> {
  side?: Side | undefined;
  state?: S | undefined;
  offering?: string;
}

export function accessRequestsQuery(wish: AgreementsWish<AccessRequestView['state']>) {
  return infiniteQueryOptions({
    ...paged,
    queryKey: ['market', 'requests', wish],
    queryFn: ({ pageParam, signal }) => {
      const { side, state, offering: offering_id } = wish;
      const query = given({ side, state, offering_id, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/access-requests', { params: { query }, signal }));
    },
  });
}

export function contractsQuery(wish: AgreementsWish<ContractView['state']>) {
  return infiniteQueryOptions({
    ...paged,
    queryKey: ['market', 'contracts', wish],
    queryFn: ({ pageParam, signal }) => {
      const { side, state, offering: offering_id } = wish;
      const query = given({ side, state, offering_id, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/contracts', { params: { query }, signal }));
    },
  });
}

export function offeringActivationQuery(id: string) {
  return queryOptions({
    queryKey: ['activations', 'offering', id],
    queryFn: ({ signal }) => {
      const query = { resource_kind: 'offering' as const, resource_id: id };
      return answerOf(api.GET('/api/v1/activations', { params: { query }, signal }));
    },
    select: (answer) => answer.data[0],
    refetchInterval: pollInterval,
  });
}

/** Ids of own offerings that lack an activation. */
export const inactiveOfferingsQuery = queryOptions({
  queryKey: ['activations', 'offerings', 'missing'],
  queryFn: ({ signal }) => {
    const query = { resource_kind: 'offering' as const, missing: 'true' as const, limit: MARKS_LIMIT };
    return answerOf(api.GET('/api/v1/activations', { params: { query }, signal }));
  },
  select: (answer) => new Set(answer.data.map(({ resource_id: id }) => id)),
  refetchInterval: pollInterval,
});

export const walletQuery = queryOptions({
  queryKey: ['wallet', 'own'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/wallet', { signal })),
  refetchInterval: pollInterval,
});

/** For platform administrators, of any organisation. */
export function walletOfQuery(organisation: string) {
  return queryOptions({
    queryKey: ['wallet', 'of', organisation],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/wallets/{organisation}', { params: { path: { organisation } }, signal })),
  });
}

export const walletEntriesQuery = infiniteQueryOptions({
  ...paged,
  queryKey: ['wallet', 'entries'],
  queryFn: ({ pageParam, signal }) => {
    const query = given({ limit: PAGE_LIMIT, after: pageParam ?? undefined });
    return answerOf(api.GET('/api/v1/wallet/entries', { params: { query }, signal }));
  },
});

/** What organisations owe each other, in whole days of UTC. */
export function chargeBackQuery(window: MoneyWindow) {
  return queryOptions({
    queryKey: ['wallet', 'charge-back', window],
    queryFn: ({ signal }) => {
      const days = window === 'all' ? null : daysOf(window, Date.now());
      const query = days ? { from: days.from, to: days.to } : {};
      return answerOf(api.GET('/api/v1/costs/charge-back', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}
