/** How single sign-on is set up, read once from the configuration and checked as a whole. */
import { type Config, ConfigError } from '#config/config.ts';
import { readOptionalSecret } from '#config/secrets.ts';
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import type { Secret } from '#kernel/secret.ts';

export interface GroupRole {
  readonly group: string;
  /** Slug of the organisation. */
  readonly organisation: string;
  readonly role: OrganisationRole;
}

/** What holds for everybody who signs in this way. */
export interface SignInRules {
  readonly groupRoles: readonly GroupRole[];
  readonly mayCreateUsers: boolean;
  readonly mayLinkByEmail: boolean;
  /** Lower case; empty is every domain. */
  readonly emailDomains: readonly string[];
}

export interface OidcConfig {
  readonly issuer: URL;
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret: Secret | undefined;
  readonly redirectUri: string;
  readonly scope: string;
  readonly groupsClaim: string;
  readonly rules: SignInRules;
}

/** Undefined when it is turned off. @throws ConfigError */
export function readOidcConfig(config: Config): OidcConfig | undefined {
  const { values } = config;
  if (values.OIDC_ISSUER === '') return undefined;
  if (values.OIDC_CLIENT_ID === '')
    throw new ConfigError('OIDC_ISSUER is set, so OIDC_CLIENT_ID must be too');
  const scopes = values.OIDC_SCOPES.split(/\s+/).filter(Boolean);
  if (!scopes.includes('openid')) throw new ConfigError('OIDC_SCOPES must contain openid');
  return {
    issuer: readIssuer(values.OIDC_ISSUER),
    clientId: values.OIDC_CLIENT_ID,
    clientSecret: readOptionalSecret(config, 'oidc_client_secret'),
    redirectUri: `${config.publicUrl}/api/v1/login/oidc/callback`,
    scope: scopes.join(' '),
    groupsClaim: values.OIDC_GROUPS_CLAIM,
    rules: {
      groupRoles: parseGroupRoles(values.OIDC_GROUP_ROLES),
      mayCreateUsers: values.OIDC_CREATE_USERS === 'on',
      mayLinkByEmail: values.OIDC_LINK_BY_EMAIL === 'on',
      emailDomains: values.OIDC_EMAIL_DOMAINS.toLowerCase()
        .split(',')
        .map((one) => one.trim().replace(/^@/, ''))
        .filter(Boolean),
    },
  };
}

/** `group=organisation:role; ...`. The last `=` counts, since names of groups may have some. @throws ConfigError */
export function parseGroupRoles(text: string): GroupRole[] {
  const entries = text
    .split(';')
    .map((one) => one.trim())
    .filter(Boolean);
  return entries.map((entry) => {
    const at = entry.lastIndexOf('=');
    const [organisation = '', role = '', ...rest] = entry
      .slice(at + 1)
      .split(':')
      .map((part) => part.trim());
    const group = entry.slice(0, Math.max(0, at)).trim();
    const isRight = at > 0 && group !== '' && organisation !== '' && rest.length === 0 && isRole(role);
    if (!isRight) {
      throw new ConfigError(`OIDC_GROUP_ROLES: "${entry}" is not of the form group=organisation:role`);
    }
    return { group, organisation, role: role as OrganisationRole };
  });
}

function isRole(text: string): text is OrganisationRole {
  return (ORGANISATION_ROLES as readonly string[]).includes(text);
}

function readIssuer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && !isLoopback(url))) {
    throw new ConfigError(`OIDC_ISSUER=${text} is not an https URL`);
  }
  return url;
}

export function isLoopback(url: URL): boolean {
  return url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
