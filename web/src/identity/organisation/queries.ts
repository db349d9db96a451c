import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../../api/client.ts';
import { pollInterval } from '../../api/connection.ts';
import type { InvitationsSearch, MembersSearch } from './members-search.ts';

const PAGE_LIMIT = 50;
const NAMES_LIMIT = 200;

export const organisationQuery = queryOptions({
  queryKey: ['organisation'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/organisation', { signal })),
  refetchInterval: pollInterval,
});

export const deletionQuery = queryOptions({
  queryKey: ['organisation', 'deletion'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/organisation/deletion', { signal })),
  select: (answer) => answer.deletion,
  refetchInterval: pollInterval,
});

/** Those that the person is a member of, with their colours. */
export const myOrganisationsQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/organisations', { signal })),
  select: (answer) => answer.data,
  staleTime: 30_000,
});

export function membersQuery(search: MembersSearch) {
  return infiniteQueryOptions({
    queryKey: ['members', 'list', search],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...search, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/organisation/members', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

/** Names of people by their id, for lines that say who did something. */
export const memberNamesQuery = queryOptions({
  queryKey: ['members', 'names'],
  queryFn: async ({ signal }) => {
    const query = { limit: NAMES_LIMIT };
    const page = await answerOf(api.GET('/api/v1/organisation/members', { params: { query }, signal }));
    return new Map(page.data.map((member) => [member.user_id, member.username]));
  },
  staleTime: 60_000,
});

export function invitationsQuery(search: InvitationsSearch) {
  return infiniteQueryOptions({
    queryKey: ['invitations', search],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...search, limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return answerOf(api.GET('/api/v1/organisation/invitations', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export const projectsQuery = queryOptions({
  queryKey: ['projects', 'all'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/projects', { params: { query: { include_archived: 'true' } }, signal })),
  select: (answer) => answer.data,
  refetchInterval: pollInterval,
});
