import type { InvitationSort, InvitationView, MemberSort } from '#contracts/organisations.ts';
import type { OrganisationRole } from '#contracts/roles.ts';
import { readChoice, readTexts } from '../../widgets/read-search.ts';

// Written out, not read from the contracts: the router reads this file, and schemas are no part of the first page.
export const ROLES = ['owner', 'admin', 'manager', 'user'] as const satisfies readonly OrganisationRole[];
const MEMBER_ORDERS = [
  'username',
  '-username',
  'joined_at',
  '-joined_at',
  'role',
  '-role',
] as const satisfies readonly (MemberSort | `-${MemberSort}`)[];

export interface MembersSearch {
  q?: string;
  role?: OrganisationRole;
  sort?: MemberSort | `-${MemberSort}`;
}

export const INVITATION_STATES = ['open', 'expired', 'accepted', 'revoked'] as const;

export interface InvitationsSearch {
  state?: InvitationView['state'];
  sort?: InvitationSort | `-${InvitationSort}`;
}

/** Filters of the members, and under `invited` which invitations are shown. */
export interface MembersPageSearch extends MembersSearch {
  invited?: InvitationView['state'];
}

export function readMembersSearch(search: Record<string, unknown>): MembersPageSearch {
  return {
    ...readTexts(search, ['q']),
    ...readChoice(search, 'role', ROLES),
    ...readChoice(search, 'sort', MEMBER_ORDERS),
    ...readChoice(search, 'invited', INVITATION_STATES),
  };
}
