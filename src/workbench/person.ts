import type { OrganisationRole } from '#contracts/management.ts';
import type { UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** Who uses the workbench of an organisation. */
export interface Person extends OrgScope {
  readonly userId: UserId;
  readonly role: OrganisationRole;
}
