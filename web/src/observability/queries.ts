import { keepPreviousData, queryOptions, useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { instancesQuery, metricsQuery } from '../instances/queries.ts';
import type { SignalSpan } from './observability-search.ts';
import { windowOf } from './signal-series.ts';

const HOUR_MS = 3_600_000;
/** How far back, and in which steps: at most some 170 of them. */
export const SPANS: Record<SignalSpan, { spanMs: number; stepSeconds: number }> = {
  '1h': { spanMs: HOUR_MS, stepSeconds: 60 },
  '6h': { spanMs: 6 * HOUR_MS, stepSeconds: 300 },
  '24h': { spanMs: 24 * HOUR_MS, stepSeconds: 900 },
  '7d': { spanMs: 168 * HOUR_MS, stepSeconds: 3_600 },
};
const INSTANCES_MAX = 20;
const PRESENT_MS = 900_000;

/** Asked again when the log has news; its window moves on with each question. */
export function signalsQuery(span: SignalSpan) {
  return queryOptions({
    queryKey: ['usage', 'signals', span],
    queryFn: async ({ signal }) => {
      const { spanMs, stepSeconds } = SPANS[span];
      const { fromMs, toMs } = windowOf(spanMs, stepSeconds, Date.now());
      const query = {
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        step_seconds: stepSeconds,
      };
      const signals = await answerOf(api.GET('/api/v1/requests/signals', { params: { query }, signal }));
      return { ...signals, fromMs, toMs };
    },
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

export interface Present {
  machines: number;
  running: number;
  waiting: number;
}

/** What machines that serve have in hand, by model, as their workers told last. */
export function usePresent(): ReadonlyMap<string, Present> {
  const instances = useInfiniteQuery(instancesQuery());
  const ready = (instances.data?.pages ?? [])
    .flatMap((page) => page.data)
    .filter(({ state }) => state === 'ready')
    .slice(0, INSTANCES_MAX);
  const samples = useQueries({ queries: ready.map(({ id }) => metricsQuery(id, PRESENT_MS, true)) });
  const present = new Map<string, Present>();
  for (const [index, { model }] of ready.entries()) {
    const last = samples[index]?.data?.at(-1);
    const sum = present.get(model) ?? { machines: 0, running: 0, waiting: 0 };
    present.set(model, {
      machines: sum.machines + 1,
      running: sum.running + (last?.requests_running ?? 0),
      waiting: sum.waiting + (last?.requests_waiting ?? 0),
    });
  }
  return present;
}
