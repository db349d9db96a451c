/** Organisations for tests: an api with these routes, and the mails that would be sent. */
import type { TestContext } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { NewMail } from '#contracts/mail.ts';
import { identityRoutes } from '../routes.ts';
import { identityDeps, startTestApi, type TestApi } from '../testing.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { organisationRoutes } from './organisation-routes.ts';
import { projectRoutes } from './project-routes.ts';

export interface OrganisationsApi extends TestApi {
  readonly mails: NewMail[];
}

export const INVITATION_TTL_MS = 7 * 86_400_000;

export async function startOrganisationsApi(
  t: TestContext,
  values: Record<string, string> = {},
): Promise<OrganisationsApi> {
  const mails: NewMail[] = [];
  const settings = fixedSettings(readConfig(values));
  const api = await startTestApi(t, {
    routes: ({ env, db }) => [
      ...identityRoutes(identityDeps({ env, db }, { mails, environment: values })),
      ...organisationRoutes({ env, db, settings, countRemains: async () => ({ machines: 0, volumes: 0 }) }),
      ...memberRoutes({ db }),
      ...invitationRoutes({
        env,
        db,
        pageUrl: 'http://inventiv.test/invitation',
        ttlMs: () => INVITATION_TTL_MS,
        queueMail: async (_tx, mail) => {
          mails.push(mail);
        },
      }),
      ...projectRoutes({ env, db }),
    ],
  });
  return { ...api, mails };
}

/** The token in the link of a mail. */
export function tokenOf(mail: NewMail | undefined): string {
  const link = mail?.values['link'] ?? '';
  const [, token = ''] = link.split('#token=');
  return token;
}
