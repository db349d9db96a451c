export const WORKERS_SHOWN = ['all', 'outdated'] as const;
export type WorkersShown = (typeof WORKERS_SHOWN)[number];

export interface WorkersSearch {
  show?: WorkersShown;
  find?: string;
}

export function readWorkersSearch(search: Record<string, unknown>): WorkersSearch {
  const show = WORKERS_SHOWN.find((value) => value === search['show']);
  const find = search['find'];
  return { ...(show ? { show } : {}), ...(typeof find === 'string' && find !== '' ? { find } : {}) };
}
