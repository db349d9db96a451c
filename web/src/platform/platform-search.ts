import { readChoice, readTexts } from '../widgets/read-search.ts';

export const USER_STATES = ['enabled', 'disabled'] as const;
export const ORGANISATION_STATES = ['active', 'deleting', 'deleted'] as const;

export interface UsersSearch {
  q?: string;
  state?: (typeof USER_STATES)[number];
}

export interface OrganisationsSearch {
  q?: string;
  state?: (typeof ORGANISATION_STATES)[number];
}

export function readUsersSearch(search: Record<string, unknown>): UsersSearch {
  return { ...readTexts(search, ['q']), ...readChoice(search, 'state', USER_STATES) };
}

export function readOrganisationsSearch(search: Record<string, unknown>): OrganisationsSearch {
  return { ...readTexts(search, ['q']), ...readChoice(search, 'state', ORGANISATION_STATES) };
}
