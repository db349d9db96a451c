import { answerOf, api } from '../api/client.ts';

/**
 * Goes on in another organisation. The whole page is loaded anew: nothing of the former one may stay on the screen or
 * in memory, and the live stream belongs to the new one.
 */
export async function enterOrganisation(organisationId: string): Promise<void> {
  await answerOf(api.POST('/api/v1/session/organisation', { body: { organisation_id: organisationId } }));
  window.location.assign('/');
}
