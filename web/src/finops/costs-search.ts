import { readChoice } from '../widgets/read-search.ts';
import { type Days, dayOf, daysBetween, daysOf, lastMonthOf, WINDOWS } from './windows.ts';

export const COST_WINDOWS = [...WINDOWS, 'last_month', 'custom'] as const;
export type CostWindow = (typeof COST_WINDOWS)[number];

export interface CostsSearch {
  window?: CostWindow;
  /** First and last day of a window of one's own, as `YYYY-MM-DD`. */
  from?: string;
  to?: string;
}

const DAY_MS = 86_400_000;
/** Ten years: what is older nobody rented here. */
const DAYS_MAX = 3_653;

export function readCostsSearch(search: Record<string, unknown>): CostsSearch {
  const found: CostsSearch = readChoice(search, 'window', COST_WINDOWS);
  for (const name of ['from', 'to'] as const) {
    const value = search[name];
    if (typeof value === 'string' && isDay(value)) found[name] = value;
  }
  return found;
}

/** The days that the address asks for. A half or a turned window is completed: something is always shown. */
export function costDaysOf({ window = 'month', from, to }: CostsSearch, nowMs: number): Days {
  if (window === 'last_month') return lastMonthOf(nowMs);
  if (window !== 'custom') return daysOf(window, nowMs);
  const today = dayOf(nowMs);
  const [first, last] = inOrder(from ?? weekBefore(to ?? today), to ?? from ?? today);
  // Nothing was spent yet on days that are to come.
  const end = last < today ? last : today;
  const earliest = dayOf(Date.parse(end) - (DAYS_MAX - 1) * DAY_MS);
  const begin = first < end ? first : end;
  return daysBetween(begin < earliest ? earliest : begin, end);
}

const inOrder = (one: string, other: string) =>
  (one <= other ? [one, other] : [other, one]) as [string, string];

/** Seven days up to and with this one. */
const weekBefore = (last: string) => dayOf(Date.parse(last) - 6 * DAY_MS);

/** A day that there is: no 30th of February. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(text);
  return Number.isFinite(ms) && dayOf(ms) === text;
}
