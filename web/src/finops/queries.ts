import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { CostBreakdown, CostGrouping, IdleCosts } from '#contracts/cost-breakdown.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { noteRate } from '../instances/instance-cost.ts';
import { msUntilNextDay } from './accrual.ts';

const SERIES_POINTS_MAX = 240;
const RECENT_LIMIT = 50;
/** What runs costs more each second, of which no event tells. */
const GROWS_MS = 60_000;

/** Asked for when a cost begins or ends; in between it is counted on here (`useCostsNow`), until the day ends. */
export const costSummaryQuery = queryOptions({
  queryKey: ['costs', 'summary'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/costs/summary', { signal })),
  refetchInterval: () => Math.min(pollInterval(), msUntilNextDay(Date.now()) + 1_000),
});

/** The past does not change: the curve is asked for like the summary, and its end moves with the present sum. */
export function costSeriesQuery(rangeMs: number) {
  return queryOptions({
    queryKey: ['costs', 'series', rangeMs],
    queryFn: ({ signal }) => {
      const toMs = Date.now();
      const step = Math.max(1, Math.ceil(rangeMs / 1_000 / SERIES_POINTS_MAX));
      const range = { from: new Date(toMs - rangeMs).toISOString(), to: new Date(toMs).toISOString() };
      const query = { ...range, step_seconds: step };
      return answerOf(api.GET('/api/v1/costs/series', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

/** Of one machine, or of all; of a window, or of all time. */
export function costIntervalsQuery(instanceId?: string, span?: Span) {
  return queryOptions({
    queryKey: ['costs', 'intervals', instanceId ?? 'all', span ?? 'ever'],
    queryFn: async ({ signal }) => {
      const query = given({ instance_id: instanceId, from: span?.from, to: span?.to });
      const answer = await answerOf(api.GET('/api/v1/costs/intervals', { params: { query }, signal }));
      if (instanceId !== undefined) noteRate(instanceId, answer.data);
      return answer;
    },
    select: (answer) => answer.data,
    refetchInterval: pollInterval,
  });
}

export const usageSummaryQuery = queryOptions({
  queryKey: ['usage', 'summary'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/usage/summary', { signal })),
  refetchInterval: pollInterval,
});

export const recentUsageQuery = queryOptions({
  queryKey: ['usage', 'requests'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/usage/requests', { params: { query: { limit: RECENT_LIMIT } }, signal })),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});

export type CostGroup = CostBreakdown['groups'][number];
export type IdleRow = IdleCosts['data'][number];

interface Span {
  from: string;
  to: string;
}

const DAY_SECONDS = 86_400;

/** Costs of each day, or of so many days, by what they come from. */
export function costBreakdownQuery(by: CostGrouping, span: Span, stepDays = 1) {
  return queryOptions({
    queryKey: ['costs', 'breakdown', by, span, stepDays],
    queryFn: ({ signal }) => {
      const query = { by, ...span, step_seconds: stepDays * DAY_SECONDS };
      return answerOf(api.GET('/api/v1/costs/breakdown', { params: { query }, signal }));
    },
    refetchInterval: GROWS_MS,
  });
}

export function idleCostsQuery(span: Span) {
  return queryOptions({
    queryKey: ['costs', 'idle', span],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/costs/idle', { params: { query: span }, signal })),
    refetchInterval: GROWS_MS,
  });
}
