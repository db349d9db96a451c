/** Sets how much all keys and people of an organisation may use together; gateways follow when it commits. */
import type { ChangedLimits, OrganisationView } from '#contracts/api-keys.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { selectOrganisation, updateOrganisationLimits } from '../store.ts';

/** @throws organisation.not_found */
export async function limitOrganisation(
  db: Database,
  scope: OrgScope,
  limits: ChangedLimits,
): Promise<OrganisationView> {
  return db.transaction(async (tx) => {
    const before = await selectOrganisation(tx, scope);
    const organisation = await updateOrganisationLimits(tx, scope, limits);
    if (!organisation) throw new AppError('organisation.not_found');
    if (before) noteDifference(before, organisation);
    await emitEvent(tx, {
      orgId: organisation.id,
      type: 'organisation.changed',
      subjectId: organisation.id,
      summary: {},
    });
    await notify(tx, 'keys');
    return organisation;
  });
}
