/** Names an organisation, gives it a colour, or limits what its keys and people use together; gateways follow. */
import type { OrganisationView } from '#contracts/api-keys.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type OrganisationChange, selectOrganisation, updateOrganisation } from '../organisation-store.ts';

/** @throws organisation.not_found */
export async function changeOrganisation(
  db: Database,
  scope: OrgScope,
  change: OrganisationChange,
): Promise<OrganisationView> {
  return db.transaction(async (tx) => {
    const before = await selectOrganisation(tx, scope);
    const organisation = await updateOrganisation(tx, scope, change);
    if (!organisation) throw new AppError('organisation.not_found');
    if (before) noteDifference(before, organisation);
    await emitEvent(tx, {
      orgId: scope.orgId,
      type: 'organisation.changed',
      subjectId: organisation.id,
      summary: {},
    });
    await notify(tx, 'keys');
    return organisation;
  });
}
