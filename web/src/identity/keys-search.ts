export const KEY_OWNERS_SHOWN = ['me', 'organisation', 'all'] as const;
export type KeyOwnerShown = (typeof KEY_OWNERS_SHOWN)[number];
export const KEY_STATES_SHOWN = [
  'active',
  'inactive',
  'disabled',
  'suspended',
  'expired',
  'revoked',
] as const;
export type KeyStateShown = (typeof KEY_STATES_SHOWN)[number];
export const KEY_ORDERS = [
  'created_at',
  '-created_at',
  'name',
  '-name',
  'last_used_at',
  '-last_used_at',
] as const;
export type KeyOrder = (typeof KEY_ORDERS)[number];

export interface KeysSearch {
  owner?: KeyOwnerShown;
  state?: KeyStateShown;
  sort?: KeyOrder;
  q?: string;
}

export function readKeysSearch(search: Record<string, unknown>): KeysSearch {
  const owner = KEY_OWNERS_SHOWN.find((value) => value === search['owner']);
  const state = KEY_STATES_SHOWN.find((value) => value === search['state']);
  const sort = KEY_ORDERS.find((value) => value === search['sort']);
  const q = search['q'];
  const isText = (typeof q === 'string' && q !== '') || typeof q === 'number';
  return {
    ...(owner ? { owner } : {}),
    ...(state ? { state } : {}),
    ...(sort ? { sort } : {}),
    ...(isText ? { q: String(q) } : {}),
  };
}
