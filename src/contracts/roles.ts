import * as z from 'zod';

export const ORGANISATION_ROLES = ['owner', 'admin', 'manager', 'user'] as const;
export const roleSchema = z.enum(ORGANISATION_ROLES);
export type OrganisationRole = z.infer<typeof roleSchema>;
