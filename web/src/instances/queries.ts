import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import type { InstanceDetail, InstanceView } from '#contracts/instances.ts';
import type { paths } from '#contracts/openapi-types.gen.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { InstanceSample, Page } from '../api/types.ts';
import { noteCosts } from './instance-cost.ts';
import { withRecentFacts } from './live-facts.ts';

const INSTANCES_PER_PAGE = 200;
const PAGES_HELD = 4;
const ACTIONS_LIMIT = 100;
const SAMPLES_MAX = 300;
const HEARTBEAT_INTERVAL_MS = 4_000;
const SAMPLES_INTERVAL_MS_MAX = 15_000;
const ASKED_PER_STEP = 3;

/** The newest of them, archived ones left out: enough to tell what runs. */
export function instancesQuery() {
  return infiniteQueryOptions({
    queryKey: ['instances', 'list', 'newest'],
    queryFn: ({ pageParam, signal }) => fetchInstances({ after: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

type InstancesWish = NonNullable<paths['/api/v1/instances']['get']['parameters']['query']>;

/** Where a page begins, and where the one before it began: cursors alone only go forward. */
interface PagePlace {
  index: number;
  after: string | null;
  before: PagePlace | null;
}

/**
 * A list as the server filters, orders and counts it. Only a few pages are held, around what is on the screen: an
 * event makes all that is held be fetched again, which for ten thousand rows would be fifty requests.
 */
export function instanceListQuery(wish: InstancesWish) {
  return infiniteQueryOptions({
    queryKey: ['instances', 'list', wish],
    queryFn: ({ pageParam, signal }) =>
      fetchInstances({ ...wish, after: pageParam.after ?? undefined }, signal),
    initialPageParam: { index: 0, after: null, before: null } as PagePlace,
    getNextPageParam: (page, _pages, place) =>
      page.has_more ? { index: place.index + 1, after: page.next_cursor, before: place } : undefined,
    getPreviousPageParam: (_page, _pages, place) => place.before ?? undefined,
    maxPages: PAGES_HELD,
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

/** The place among all of the first row that is held. */
export function firstIndexOf(places: readonly unknown[] = []): number {
  const [first] = places as readonly PagePlace[];
  return (first?.index ?? 0) * INSTANCES_PER_PAGE;
}

async function fetchInstances(
  wish: Omit<InstancesWish, 'after'> & { after?: string | undefined },
  signal: AbortSignal,
) {
  const askedAtMs = Date.now();
  const query = given({ limit: INSTANCES_PER_PAGE, ...wish });
  const page = await answerOf(api.GET('/api/v1/instances', { params: { query }, signal }));
  noteCosts(page.data, Date.now());
  return { ...page, data: page.data.map((instance) => withRecentFacts(instance, askedAtMs)) };
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
