import type { Measure } from './usage-search.ts';

export interface Sums {
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
}

export interface Group extends Sums {
  value: string | null;
}

export function measured(sums: Sums, measure: Measure): number {
  return measure === 'requests' ? sums.requests : sums.prompt_tokens + sums.completion_tokens;
}

export function totalOf(groups: readonly Group[]): Sums {
  return groups.reduce<Sums>(
    (sum, group) => ({
      requests: sum.requests + group.requests,
      prompt_tokens: sum.prompt_tokens + group.prompt_tokens,
      completion_tokens: sum.completion_tokens + group.completion_tokens,
      cached_tokens: sum.cached_tokens + group.cached_tokens,
    }),
    { requests: 0, prompt_tokens: 0, completion_tokens: 0, cached_tokens: 0 },
  );
}

/** Sums of days in the order of the days; a day without use is 0. */
export function alongDays(groups: readonly Group[], days: readonly string[], measure: Measure): number[] {
  const byDay = new Map(groups.map((group) => [group.value, measured(group, measure)]));
  return days.map((day) => byDay.get(day) ?? 0);
}

/** What of each day the drawn groups are not; never below 0 while answers of different moments are compared. */
export function restOf(totals: readonly number[], drawn: readonly (readonly number[])[]): number[] {
  return totals.map((total, index) =>
    Math.max(0, total - drawn.reduce((sum, values) => sum + (values[index] ?? 0), 0)),
  );
}
