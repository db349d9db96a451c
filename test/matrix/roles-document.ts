/** The tables of docs/reference/roles.md, from the permissions and the delegation rules. */
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { PERMISSIONS } from '#contracts/permissions.ts';
import { mayChangeRole, mayInvite, mayRemove } from '#identity/organisations/delegation.ts';

export function permissionRows(): string[] {
  return Object.entries(PERMISSIONS).map(([action, roles]) => {
    const cells = ORGANISATION_ROLES.map((role) =>
      yesNo((roles as readonly OrganisationRole[]).includes(role)),
    );
    return `| \`${action}\` | ${cells.join(' | ')} |`;
  });
}

export function delegationRows(): string[] {
  return ORGANISATION_ROLES.map((actor) => {
    const moves = ORGANISATION_ROLES.filter((role) =>
      ORGANISATION_ROLES.some((to) => mayChangeRole(actor, role, to)),
    );
    const removes = ORGANISATION_ROLES.filter((role) => mayRemove(actor, role, false));
    const invites = ORGANISATION_ROLES.filter((role) => mayInvite(actor, role));
    return `| ${actor} | ${list(moves)} | ${[...removes, 'self'].join(', ')} | ${list(invites)} |`;
  });
}

const yesNo = (isSo: boolean) => (isSo ? 'yes' : 'no');
const list = (roles: readonly string[]) => (roles.length > 0 ? roles.join(', ') : 'nobody');
