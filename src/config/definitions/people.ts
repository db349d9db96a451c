/** How people sign in, and the mails that are sent to them. */
import type { Definition } from './definition.ts';

export const PEOPLE_DEFINITIONS = {
  SESSION_IDLE_HOURS: {
    kind: 'integer',
    default: 24,
    min: 1,
    max: 2_160,
    scope: 'global',
    about: 'A browser session that is not used for this long ends.',
  },
  MAIL_FROM: {
    kind: 'text',
    default: 'Inventiv Agents <no-reply@localhost.localdomain>',
    about:
      'Sender of mails. The server is the URL in the secret file `smtp_url`; without it mails are files.',
  },
  MAIL_RETRY_HOURS: {
    kind: 'integer',
    default: 24,
    min: 1,
    max: 168,
    scope: 'global',
    about: 'How long a mail that cannot be sent is tried again.',
  },
  MAIL_RETENTION_DAYS: {
    kind: 'integer',
    default: 30,
    min: 1,
    max: 3_650,
    scope: 'global',
    about: 'How long it is kept which mails were sent, or could not be.',
  },
  OIDC_ISSUER: {
    kind: 'text',
    default: '',
    about: 'Issuer of the OpenID Connect provider that people may sign in with; empty turns this off.',
  },
  OIDC_CLIENT_ID: {
    kind: 'text',
    default: '',
    about: 'How the provider knows us. Its secret is the secret file `oidc_client_secret`.',
  },
  OIDC_SCOPES: {
    kind: 'text',
    default: 'openid email profile',
    about: 'Scopes that are asked for, separated by spaces.',
  },
  OIDC_GROUPS_CLAIM: {
    kind: 'text',
    default: 'groups',
    about: "Claim that lists a person's groups.",
  },
  OIDC_GROUP_ROLES: {
    kind: 'text',
    default: '',
    about: 'Roles that groups give, such as `llm-admins=main:admin; staff=main:user`.',
  },
  OIDC_CREATE_USERS: {
    kind: 'choice',
    default: 'off',
    choices: ['on', 'off'],
    about: 'Whether somebody whom the provider knows and we do not gets an account at the first sign-in.',
  },
  OIDC_EMAIL_DOMAINS: {
    kind: 'text',
    default: '',
    about: 'Only people with a verified address in these domains, separated by commas; empty is everybody.',
  },
  OIDC_LINK_BY_EMAIL: {
    kind: 'choice',
    default: 'off',
    choices: ['on', 'off'],
    about:
      'Whether a verified address is enough to sign in to the account that has it. Only with a provider that verifies addresses itself.',
  },
} as const satisfies Record<string, Definition>;
