/** Windows of figures, in whole days of UTC: so the server keeps its sums. */
export const WINDOWS = ['7d', '30d', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

const DAY_MS = 86_400_000;
const DAYS: Record<Exclude<Window, 'month'>, number> = { '7d': 7, '30d': 30 };

export interface Days {
  from: string;
  /** The midnight that ends the last day. */
  to: string;
  /** Each as `YYYY-MM-DD`. */
  days: string[];
}

/** The days up to and with today; `month`: since the first of this one. */
export function daysOf(window: Window, nowMs: number): Days {
  const endMs = Math.floor(nowMs / DAY_MS) * DAY_MS + DAY_MS;
  const now = new Date(nowMs);
  const beginMs =
    window === 'month' ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) : endMs - DAYS[window] * DAY_MS;
  const count = Math.round((endMs - beginMs) / DAY_MS);
  return {
    from: new Date(beginMs).toISOString(),
    to: new Date(endMs).toISOString(),
    days: Array.from({ length: count }, (_, index) => dayOf(beginMs + index * DAY_MS)),
  };
}

/** From the first to the last day, both of them in it. */
export function daysBetween(first: string, last: string): Days {
  const beginMs = Date.parse(first);
  const count = Math.round((Date.parse(last) - beginMs) / DAY_MS) + 1;
  return {
    from: new Date(beginMs).toISOString(),
    to: new Date(beginMs + count * DAY_MS).toISOString(),
    days: Array.from({ length: count }, (_, index) => dayOf(beginMs + index * DAY_MS)),
  };
}

/** The whole month before this one. */
export function lastMonthOf(nowMs: number): Days {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return daysBetween(dayOf(Date.UTC(year, month - 1)), dayOf(Date.UTC(year, month) - DAY_MS));
}

/** The last of them, at most so many. */
export function lastDaysOf({ days }: Days, most: number): Days {
  const kept = days.slice(-most);
  return daysBetween(kept[0] ?? '', kept.at(-1) ?? '');
}

const DAYS_AS_BARS_MAX = 62;
const WEEKS_AS_BARS_MAX = 400;

/** How many days one bar stands for, and the first day of each: as few days as can still be told apart. */
export function barsOf({ days }: Days): { stepDays: 1 | 7 | 31; starts: string[] } {
  const stepDays = days.length <= DAYS_AS_BARS_MAX ? 1 : days.length <= WEEKS_AS_BARS_MAX ? 7 : 31;
  return { stepDays, starts: days.filter((_, index) => index % stepDays === 0) };
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** What this month will have cost if all goes on as it runs now. */
export function monthAtThisRate(monthMicros: number, microsPerHour: number, nowMs: number): number {
  const now = new Date(nowMs);
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return Math.round(monthMicros + (microsPerHour * (endMs - nowMs)) / 3_600_000);
}
