export const MACHINES_SHOWN = ['usable', 'all'] as const;
export type MachinesShown = (typeof MACHINES_SHOWN)[number];

export interface MachinesSearch {
  show?: MachinesShown;
  find?: string;
  provider?: string;
}

export function readMachinesSearch(search: Record<string, unknown>): MachinesSearch {
  const show = MACHINES_SHOWN.find((value) => value === search['show']);
  const { find, provider } = search;
  return {
    ...(show ? { show } : {}),
    ...(typeof find === 'string' && find !== '' ? { find } : {}),
    ...(typeof provider === 'string' && provider !== '' ? { provider } : {}),
  };
}
