import { readChoice, readTexts } from '../widgets/read-search.ts';

export const OUTCOMES = ['done', 'denied'] as const;

/** Filters of the audit log as they stand in the address; days are days of who reads. */
export interface AuditSearch {
  q?: string;
  actor?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
  outcome?: (typeof OUTCOMES)[number];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const { from, to, ...texts } = readTexts(search, ['q', 'actor', 'action', 'subject', 'from', 'to']);
  return {
    ...texts,
    ...(from !== undefined && isDay(from) ? { from } : {}),
    ...(to !== undefined && isDay(to) ? { to } : {}),
    ...readChoice(search, 'outcome', OUTCOMES),
  };
}

/** As the api takes it: the first day from its beginning, the last one to its end. */
export function auditFilterOf({ from, to, ...rest }: AuditSearch) {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: startOfDay(from, 0) }),
    ...(to === undefined ? {} : { to: startOfDay(to, 1) }),
  };
}

function isDay(text: string): boolean {
  return DAY.test(text) && Number(text.slice(0, 4)) >= 1_970 && !Number.isNaN(Date.parse(text));
}

/** Of the given day, or of one after it; a day that a clock change shortens counts as a day all the same. */
function startOfDay(day: string, after: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}
