export const SHOWN = ['running', 'ended', 'all'] as const;
export type Shown = (typeof SHOWN)[number];
export const SORT_COLUMNS = ['name', 'model', 'where', 'state', 'price', 'cost', 'age'] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** Filters and order of the list, kept in the address so that it can be shared and reloaded. */
export interface InstancesSearch {
  show?: Shown;
  find?: string;
  /** Id of the one deployment whose instances are shown. */
  deployment?: string;
  sort?: SortColumn;
  desc?: boolean;
}

export function readInstancesSearch(search: Record<string, unknown>): InstancesSearch {
  const show = SHOWN.find((value) => value === search['show']);
  const sort = SORT_COLUMNS.find((value) => value === search['sort']);
  const find = search['find'];
  const deployment = search['deployment'];
  return {
    ...(show ? { show } : {}),
    ...(typeof find === 'string' && find !== '' ? { find } : {}),
    ...(typeof deployment === 'string' && deployment !== '' ? { deployment } : {}),
    ...(sort ? { sort } : {}),
    ...(search['desc'] === true ? { desc: true } : {}),
  };
}
