import { WINDOWS, type Window } from '../finops/windows.ts';

export const DIMENSIONS = ['model', 'key', 'person', 'project', 'outcome'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export const MEASURES = ['tokens', 'requests'] as const;
export type Measure = (typeof MEASURES)[number];

export interface UsageSearch {
  by?: Dimension;
  window?: Window;
  measure?: Measure;
}

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const by = DIMENSIONS.find((value) => value === search['by']);
  const window = WINDOWS.find((value) => value === search['window']);
  const measure = MEASURES.find((value) => value === search['measure']);
  return { ...(by ? { by } : {}), ...(window ? { window } : {}), ...(measure ? { measure } : {}) };
}
