import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { useIsAllowed } from '../identity/session.ts';

const NAMES_LIMIT = 200;
const TAIL_LENGTH = 6;

const keyNamesQuery = (owner: 'all' | 'me') =>
  queryOptions({
    queryKey: ['api-keys', 'names', owner],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/api-keys', {
          params: { query: { limit: NAMES_LIMIT, owner, sort: '-last_used_at' } },
          signal,
        }),
      ),
    select: (page) => page.data.map(({ id, name }) => ({ id, name })),
    refetchInterval: pollInterval,
  });

const memberNamesQuery = queryOptions({
  queryKey: ['members', 'names'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/organisation/members', { params: { query: { limit: NAMES_LIMIT } }, signal })),
  select: (page) => page.data.map(({ user_id: id, username: name }) => ({ id, name })),
});

const projectNamesQuery = queryOptions({
  queryKey: ['projects', 'names'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/projects', { signal })),
  select: (page) => page.data.map(({ id, name }) => ({ id, name })),
});

const modelNamesQuery = queryOptions({
  queryKey: ['models', 'names'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/models', { signal })),
  select: (answer) => answer.data.map(({ id, hf_id: name }) => ({ id, name })),
});

export interface Named {
  id: string;
  name: string;
}

/** What ids of the log and the ledger are called. Sums outlive what they are of: what has no name any more is its id. */
export function useNames() {
  const seesAll = useIsAllowed('api_keys.read_all');
  const keys = useQuery(keyNamesQuery(seesAll ? 'all' : 'me')).data;
  const people = useQuery(memberNamesQuery).data;
  const projects = useQuery(projectNamesQuery).data;
  const models = useQuery(modelNamesQuery).data;
  return useMemo(
    () => ({
      keys: keys ?? [],
      people: people ?? [],
      projects: projects ?? [],
      models: models ?? [],
      key: nameIn(keys),
      person: nameIn(people),
      project: nameIn(projects),
      model: nameIn(models),
    }),
    [keys, people, projects, models],
  );
}

export type Names = ReturnType<typeof useNames>;

function nameIn(list: readonly Named[] | undefined): (id: string) => string {
  const names = new Map(list?.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? `…${id.slice(-TAIL_LENGTH)}`;
}
