/**
 * Hours of the week by the clock of a place, and when its day began. Only the time zone database knows when clocks are
 * turned, so both are read from the clock face there: an hour that comes twice is open twice, one that is left out never.
 */
import type { OpenWindow } from '#contracts/machine-terms.ts';

interface ClockFace {
  /** Days since the epoch, of the calendar there. */
  readonly day: number;
  /** Monday is 1. */
  readonly weekday: number;
  readonly minute: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** No clock is further from UTC, and none is turned by more. */
const SHIFT_MAX_MINUTES = 26 * 60;

/** Whether clocks of this name are known here. */
export function isTimeZone(name: string): boolean {
  try {
    formatFor(name);
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError when the time zone is not known */
export function isWithin(windows: readonly OpenWindow[], timeZone: string, atMs: number): boolean {
  if (windows.length === 0) return true;
  const { weekday, minute } = clockFaceAt(timeZone, atMs);
  const dayBefore = weekday === 1 ? 7 : weekday - 1;
  return windows.some(({ days, from, to }) => {
    const [begin, end] = [minuteOf(from), minuteOf(to)];
    if (begin < end) return days.includes(weekday) && minute >= begin && minute < end;
    return (days.includes(weekday) && minute >= begin) || (days.includes(dayBefore) && minute < end);
  });
}

/** The first moment of the present day there. @throws RangeError when the time zone is not known */
export function dayBeganAt(timeZone: string, atMs: number): number {
  const today = clockFaceAt(timeZone, atMs).day;
  // The clock shows each day for one stretch of time, so its begin can be searched for by halves.
  let inside = Math.floor(atMs / MINUTE_MS);
  let before = inside - DAY_MINUTES - SHIFT_MAX_MINUTES;
  while (inside - before > 1) {
    const middle = Math.floor((inside + before) / 2);
    if (clockFaceAt(timeZone, middle * MINUTE_MS).day >= today) inside = middle;
    else before = middle;
  }
  return inside * MINUTE_MS;
}

function clockFaceAt(timeZone: string, atMs: number): ClockFace {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatFor(timeZone).formatToParts(atMs)) parts[type] = value;
  const { year, month, day, hour, minute } = parts;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
  // The first day of the epoch was a Thursday.
  const weekday = ((((days + 3) % 7) + 7) % 7) + 1;
  return { day: days, weekday, minute: Number(hour) * 60 + Number(minute) };
}

const formats = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 1_000;

/** Making one is slow, and there are few. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  if (formats.size >= FORMATS_MAX) formats.clear();
  formats.set(timeZone, made);
  return made;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
