import * as z from 'zod';

export const ORGANISATION_ROLES = ['owner', 'admin', 'manager', 'user'] as const;
export const roleSchema = z.enum(ORGANISATION_ROLES);
export type OrganisationRole = z.infer<typeof roleSchema>;

/** Roles that each role may give, and whose holders it may move or send away. */
export const ROLES_GIVEN: Readonly<Record<OrganisationRole, readonly OrganisationRole[]>> = {
  owner: ORGANISATION_ROLES,
  admin: ['admin', 'user'],
  manager: ['manager', 'user'],
  user: [],
};
