export const MODELS_SHOWN = ['all', 'own', 'served'] as const;
export type ModelsShown = (typeof MODELS_SHOWN)[number];

export interface ModelsSearch {
  show?: ModelsShown;
  find?: string;
}

export function readModelsSearch(search: Record<string, unknown>): ModelsSearch {
  const show = MODELS_SHOWN.find((value) => value === search['show']);
  const find = search['find'];
  return { ...(show ? { show } : {}), ...(typeof find === 'string' && find !== '' ? { find } : {}) };
}
