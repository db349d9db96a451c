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

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** What this month will have cost if all goes on as it runs now. */
export function monthAtThisRate(monthMicros: number, microsPerHour: number, nowMs: number): number {
  const now = new Date(nowMs);
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return Math.round(monthMicros + (microsPerHour * (endMs - nowMs)) / 3_600_000);
}
