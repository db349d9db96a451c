import type { Action } from '#contracts/permissions.ts';
import type { ApiKey } from '../api/types.ts';

export interface KeyRights {
  change: boolean;
  budget: boolean;
  revoke: boolean;
}

/** What somebody may do with a key, as the server decides it. One that is revoked is only looked at. */
export function rightsOver(
  key: Pick<ApiKey, 'owner' | 'user' | 'revoked_at'>,
  { userId, isAllowed }: { userId: string; isAllowed: (action: Action) => boolean },
): KeyRights {
  if (key.revoked_at !== null) return { change: false, budget: false, revoke: false };
  const ofOrganisation = isAllowed('api_keys.organisation');
  const isOwn = key.owner === 'user' && key.user.id === userId;
  const change = key.owner === 'organisation' ? ofOrganisation : isOwn;
  return {
    change,
    budget: change || isAllowed('budgets.write'),
    revoke: change || ofOrganisation,
  };
}
