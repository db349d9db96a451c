import { SHOWN, type Shown } from '../instances/instances-search.ts';

/** Filters of the list, kept in the address so that it can be shared and reloaded. */
export interface DeploymentsSearch {
  show?: Shown;
  find?: string;
}

export function readDeploymentsSearch(search: Record<string, unknown>): DeploymentsSearch {
  const show = SHOWN.find((value) => value === search['show']);
  const find = search['find'];
  return {
    ...(show ? { show } : {}),
    ...(typeof find === 'string' && find !== '' ? { find } : {}),
  };
}
