import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { USAGE_OUTCOMES } from '#contracts/usage.ts';
import type { UsageGrouping } from '#contracts/usage-lists.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { Days } from '../finops/windows.ts';
import type { Dimension } from './usage-search.ts';

const GROUPS_LIMIT = 200;

export const GROUPING: Record<Dimension, UsageGrouping> = {
  model: 'model',
  key: 'api_key',
  person: 'user',
  project: 'project',
  outcome: 'outcome',
};

/** Sums of a window; of the whole organisation for those who may see it, of one's own use for everybody else. */
export function usageGroupsQuery(
  by: UsageGrouping,
  { from, to }: Pick<Days, 'from' | 'to'>,
  seesAll: boolean,
  of?: { dimension: Dimension; value: string | null },
) {
  return queryOptions({
    queryKey: ['usage', 'groups', by, from, to, { seesAll, of }],
    queryFn: ({ signal }) => {
      const query = given({ by, from, to, limit: GROUPS_LIMIT, ...filterOf(of) });
      return seesAll
        ? answerOf(api.GET('/api/v1/usage/groups', { params: { query }, signal }))
        : answerOf(api.GET('/api/v1/usage/own', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

type Outcome = (typeof USAGE_OUTCOMES)[number];

function filterOf(of: { dimension: Dimension; value: string | null } | undefined) {
  if (of === undefined) return {};
  const { dimension, value } = of;
  return given({
    model_id: dimension === 'model' ? (value ?? undefined) : undefined,
    api_key_id: dimension === 'key' ? (value ?? undefined) : undefined,
    user_id: dimension === 'person' ? (value ?? undefined) : undefined,
    project_id: dimension === 'project' ? (value ?? 'none') : undefined,
    outcome: dimension === 'outcome' ? (value as Outcome) : undefined,
  });
}
