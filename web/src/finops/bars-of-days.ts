import type { Format } from '../i18n/format.ts';

/** Days as a chart names them: short below each bar, whole where one is pointed at. */
export function barsOfDays(days: readonly string[], format: Pick<Format, 'date' | 'dayShort'>) {
  return days.map((day) => ({ id: day, label: format.date(day), shortLabel: format.dayShort(day) }));
}
