/**
 * Roles that groups of the provider give, given anew at each sign-in: the highest of each organisation that the map
 * names. A membership that a person gave is left alone; one that a group gave goes with the group. The last owner of
 * an organisation stays, whatever the groups say.
 */
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import { endSessionsInOrganisation } from '../sessions/end-sessions.ts';
import {
  countOtherOwners,
  deleteManagedMembership,
  lockOrganisations,
  selectMemberships,
  upsertManagedMembership,
} from './identity-store.ts';
import type { GroupRole } from './oidc-config.ts';

export async function giveGroupRoles(
  { env }: { readonly env: Env },
  tx: Transaction,
  map: readonly GroupRole[],
  { userId, groups }: { readonly userId: UserId; readonly groups: readonly string[] },
): Promise<void> {
  const slugs = [...new Set(map.map(({ organisation }) => organisation))];
  if (slugs.length === 0) return;
  const organisations = await lockOrganisations(tx, slugs);
  const present = await selectMemberships(
    tx,
    userId,
    organisations.map(({ id }) => id),
  );
  for (const { id, slug } of organisations) {
    const role = highestRole(map.filter((one) => one.organisation === slug && groups.includes(one.group)));
    const before = present.find(({ orgId }) => orgId === id);
    if (before?.isManaged === false || before?.role === role) continue;
    if (before?.role === 'owner' && (await countOtherOwners(tx, { orgId: id }, userId)) === 0) {
      env.log.warn({ user_id: userId, org_id: id }, 'the last owner stays, though no group gives this role');
      continue;
    }
    await give(tx, id, userId, role);
  }
  const known = new Set(organisations.map(({ slug }) => slug));
  const unknown = slugs.filter((slug) => !known.has(slug));
  if (unknown.length > 0)
    env.log.warn({ slugs: unknown }, 'OIDC_GROUP_ROLES names no organisation by these slugs');
}

async function give(
  tx: Transaction,
  orgId: OrgId,
  userId: UserId,
  role: OrganisationRole | undefined,
): Promise<void> {
  if (role === undefined) {
    // Sessions there go on in the personal workspace.
    await deleteManagedMembership(tx, { orgId }, userId);
  } else {
    await upsertManagedMembership(tx, { orgId }, userId, role);
    // Older tokens must not come to rights that they were not made for; whoever signs in now gets a new one.
    await endSessionsInOrganisation(tx, { orgId }, userId);
  }
  await notify(tx, 'keys');
}

function highestRole(entries: readonly GroupRole[]): OrganisationRole | undefined {
  return ORGANISATION_ROLES.find((role) => entries.some((entry) => entry.role === role));
}
