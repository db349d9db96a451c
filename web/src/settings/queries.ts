import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

/** Whose value of a setting: the whole installation's, or what the organisation sets for itself. */
export type SettingsOwner = 'installation' | 'organisation';

const CHANGES_LIMIT = 20;

export function settingsQuery(owner: SettingsOwner) {
  return queryOptions({
    queryKey: ['settings', owner],
    queryFn: async ({ signal }) => {
      if (owner === 'installation') return (await answerOf(api.GET('/api/v1/settings', { signal }))).data;
      return (await answerOf(api.GET('/api/v1/organisation/settings', { signal }))).data;
    },
    refetchInterval: pollInterval,
  });
}

export function settingChangesQuery(owner: SettingsOwner, name: string) {
  return infiniteQueryOptions({
    queryKey: ['settings', owner, 'changes', name],
    queryFn: ({ pageParam, signal }) => {
      const params = {
        path: { name },
        query: given({ limit: CHANGES_LIMIT, after: pageParam ?? undefined }),
      };
      return owner === 'installation'
        ? answerOf(api.GET('/api/v1/settings/{name}/changes', { params, signal }))
        : answerOf(api.GET('/api/v1/organisation/settings/{name}/changes', { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
  });
}
