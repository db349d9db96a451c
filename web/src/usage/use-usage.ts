import { useQueries, useQuery } from '@tanstack/react-query';
import { daysOf, type Window } from '../finops/windows.ts';
import { useNow } from '../shell/use-now.ts';
import type { BarSeries } from '../widgets/stacked-bars.tsx';
import { GROUPING, usageGroupsQuery } from './queries.ts';
import type { Dimension, Measure } from './usage-search.ts';
import { alongDays, measured, restOf } from './usage-sums.ts';

/** Of so many groups the days are asked for; the rest of each day is drawn as one. */
const DRAWN_MAX = 6;
const MINUTE_MS = 60_000;

interface Wish {
  window: Window;
  by: Dimension;
  measure: Measure;
  seesAll: boolean;
  nameOf: (value: string | null) => string;
  othersLabel: string;
}

/** Use of a window by day and by group, and the days of the largest groups. */
export function useUsage({ window, by, measure, seesAll, nameOf, othersLabel }: Wish) {
  const days = daysOf(window, useNow(MINUTE_MS));
  const byDay = useQuery(usageGroupsQuery('day', days, seesAll));
  const groups = useQuery(usageGroupsQuery(GROUPING[by], days, seesAll));
  const largest = (groups.data?.data ?? [])
    .toSorted((a, b) => measured(b, measure) - measured(a, measure))
    // Of keys and people there is no filter for those that belong to none: they are a part of the rest.
    .filter(({ value }) => value !== null || by === 'project')
    .slice(0, DRAWN_MAX);
  const drawn = useQueries({
    queries: largest.map(({ value }) => usageGroupsQuery('day', days, seesAll, { dimension: by, value })),
  });
  const totals = alongDays(byDay.data?.data ?? [], days.days, measure);
  const series: BarSeries[] = largest.map(({ value }, index) => ({
    id: value ?? 'none',
    label: nameOf(value),
    values: alongDays(drawn[index]?.data?.data ?? [], days.days, measure),
  }));
  const rest = restOf(
    totals,
    series.map(({ values }) => values),
  );
  const isComplete = drawn.every(({ isSuccess }) => isSuccess);
  if (isComplete && rest.some((value) => value > 0))
    series.push({ id: 'rest', label: othersLabel, values: rest });
  return { days: days.days, byDay, groups, series, isComplete };
}
