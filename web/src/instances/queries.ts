import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import type { InstanceDetail, InstanceView } from '#contracts/instances.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { InstanceSample, Page } from '../api/types.ts';
import { noteCosts } from './instance-cost.ts';
import { withRecentFacts } from './live-facts.ts';

const PAGE_LIMIT = 200;
const ACTIONS_LIMIT = 100;
const SAMPLES_MAX = 300;
const HEARTBEAT_INTERVAL_MS = 4_000;
const SAMPLES_INTERVAL_MS_MAX = 15_000;
const ASKED_PER_STEP = 3;

export function instancesQuery(isArchivedIncluded = false) {
  return infiniteQueryOptions({
    queryKey: ['instances', 'list', { isArchivedIncluded }],
    queryFn: async ({ pageParam, signal }) => {
      const askedAtMs = Date.now();
      const query = given({
        limit: PAGE_LIMIT,
        after: pageParam ?? undefined,
        include_archived: isArchivedIncluded ? 'true' : undefined,
      });
      const page = await answerOf(api.GET('/api/v1/instances', { params: { query }, signal }));
      noteCosts(page.data, Date.now());
      return { ...page, data: page.data.map((instance) => withRecentFacts(instance, askedAtMs)) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export function instanceQuery(id: string) {
  return queryOptions({
    queryKey: ['instances', 'detail', id],
    queryFn: async ({ signal }) => {
      const askedAtMs = Date.now();
      const detail = await answerOf(api.GET('/api/v1/instances/{id}', { params: { path: { id } }, signal }));
      noteCosts([detail], Date.now());
      return withRecentFacts(detail, askedAtMs);
    },
    refetchInterval: pollInterval,
  });
}

interface Samples {
  data: InstanceSample[];
  step_seconds: number;
}

/**
 * Samples are asked for steadily. Workers tell figures with each heartbeat, and an event for each would reach every
 * open page of the organisation, whatever it shows. So the page that draws them asks, while it is visible (the
 * browser's timers of a hidden page ask nothing) and while the worker lives: some times in each step that is drawn,
 * since the last one grows until it is full.
 */
export function metricsQuery(id: string, rangeMs: number, isReporting: boolean) {
  return queryOptions({
    queryKey: ['instance-metrics', id, rangeMs],
    queryFn: ({ signal }) => {
      const toMs = Date.now();
      const query = {
        from: new Date(toMs - rangeMs).toISOString(),
        to: new Date(toMs).toISOString(),
        step: Math.max(1, Math.ceil(rangeMs / 1_000 / SAMPLES_MAX)),
      };
      return answerOf(api.GET('/api/v1/instances/{id}/metrics', { params: { path: { id }, query }, signal }));
    },
    select: (answer) => answer.data,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => isReporting && samplesInterval(state.data?.step_seconds),
    refetchIntervalInBackground: false,
  });
}

function samplesInterval(stepSeconds = 0): number {
  const paceMs = (stepSeconds * 1_000) / ASKED_PER_STEP;
  return Math.min(SAMPLES_INTERVAL_MS_MAX, Math.max(HEARTBEAT_INTERVAL_MS, paceMs));
}

/** When the worker was heard last, as far as samples of any range were fetched. */
export function latestSampleAt(client: QueryClient, id: string): string | null {
  const answers = client.getQueriesData<Samples>({ queryKey: ['instance-metrics', id] });
  return answers.reduce<string | null>((latest, [, answer]) => {
    const at = answer?.data.at(-1)?.last_at ?? undefined;
    return at !== undefined && (latest === null || Date.parse(at) > Date.parse(latest)) ? at : latest;
  }, null);
}

/** What an instance is called, as far as it was fetched for something else. */
export function knownInstanceName(client: QueryClient, id: string): string | null {
  const detail = client.getQueryData<InstanceDetail>(['instances', 'detail', id]);
  if (detail) return detail.name;
  const lists = client.getQueriesData<InfiniteData<Page<InstanceView>>>({ queryKey: ['instances', 'list'] });
  for (const [, list] of lists)
    for (const page of list?.pages ?? []) {
      const found = page.data.find((instance) => instance.id === id);
      if (found) return found.name;
    }
  return null;
}

export function actionsQuery(id: string) {
  return queryOptions({
    queryKey: ['instances', 'actions', id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/instances/{id}/actions', {
          params: { path: { id }, query: { limit: ACTIONS_LIMIT } },
          signal,
        }),
      ),
    select: (page) => page.data,
    refetchInterval: pollInterval,
  });
}
