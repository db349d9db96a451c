/**
 * Who may give which role to whom, and who may send whom away. Pure; the table is in docs/reference/roles.md.
 *
 * An owner may do anything. Everybody else moves people only between their own role and the plain one: an
 * administrator cannot make or unmake owners and managers, nor a manager owners and administrators. That the last
 * owner stays is another rule, which needs to know the others.
 */
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';

const GIVES: Readonly<Record<OrganisationRole, readonly OrganisationRole[]>> = {
  owner: ORGANISATION_ROLES,
  admin: ['admin', 'user'],
  manager: ['manager', 'user'],
  user: [],
};

export function mayChangeRole(
  actor: OrganisationRole,
  from: OrganisationRole,
  to: OrganisationRole,
): boolean {
  return GIVES[actor].includes(from) && GIVES[actor].includes(to);
}

/** Everybody may leave. */
export function mayRemove(actor: OrganisationRole, member: OrganisationRole, isSelf: boolean): boolean {
  return isSelf || GIVES[actor].includes(member);
}

export function mayInvite(actor: OrganisationRole, role: OrganisationRole): boolean {
  return GIVES[actor].includes(role);
}

/** Roles that the actor may give to somebody who has this one. */
export function rolesToGive(actor: OrganisationRole, from: OrganisationRole): OrganisationRole[] {
  return ORGANISATION_ROLES.filter((to) => to !== from && mayChangeRole(actor, from, to));
}
