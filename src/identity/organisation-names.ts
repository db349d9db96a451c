import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { type NamedOrganisation, selectOrganisationByName } from './organisation-name-store.ts';

/** An organisation by its slug or its id, whoever asks. @throws organisation.not_found */
export async function getOrganisationNamed(db: Queryable, slugOrId: string): Promise<NamedOrganisation> {
  const organisation = await selectOrganisationByName(db, slugOrId);
  if (!organisation) {
    throw new AppError('organisation.not_found', {
      publicMessage: 'There is no organisation of this name. Use its slug, as in the names of its models.',
    });
  }
  return organisation;
}
