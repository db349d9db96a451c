/**
 * Who may give which role to whom, and who may send whom away. Pure; the table is in docs/reference/roles.md.
 *
 * An owner may do anything. Everybody else moves people only between their own role and the plain one: an
 * administrator cannot make or unmake owners and managers, nor a manager owners and administrators. That the last
 * owner stays is another rule, which needs to know the others.
 */
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { ROLES_GIVEN } from '#contracts/roles.ts';

export function mayChangeRole(
  actor: OrganisationRole,
  from: OrganisationRole,
  to: OrganisationRole,
): boolean {
  return ROLES_GIVEN[actor].includes(from) && ROLES_GIVEN[actor].includes(to);
}

/** Everybody may leave. */
export function mayRemove(actor: OrganisationRole, member: OrganisationRole, isSelf: boolean): boolean {
  return isSelf || ROLES_GIVEN[actor].includes(member);
}

export function mayInvite(actor: OrganisationRole, role: OrganisationRole): boolean {
  return ROLES_GIVEN[actor].includes(role);
}

/** Roles that the actor may give to somebody who has this one. */
export function rolesToGive(actor: OrganisationRole, from: OrganisationRole): OrganisationRole[] {
  return ORGANISATION_ROLES.filter((to) => to !== from && mayChangeRole(actor, from, to));
}
