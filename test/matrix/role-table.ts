/**
 * Who may use which route, written out from the specification's table "Who may do what in an organisation" and from
 * nothing in the code, so that a slip in a policy or in the permissions is seen as a difference from this.
 *
 * A new route fails the matrix until it has a line here: name the row of the specification that it belongs to.
 */
import type { OrganisationRole } from '#contracts/management.ts';

export const ROWS = {
  /** See instances and their metrics, see models, chat, use the workbench, own API keys; leave. */
  everybody: ['owner', 'admin', 'manager', 'user'],
  /** Create, change, terminate, reinstall, archive instances; models, offerings, credentials; technical activation. */
  technical: ['owner', 'admin'],
  /** Economic activation, prices, budgets, allowing consumption. */
  economic: ['owner', 'manager'],
  /** See settings, costs, audit log; invite; look after members within the delegation rules. */
  oversight: ['owner', 'admin', 'manager'],
  /** End the organisation. */
  owner: ['owner'],
} as const satisfies Record<string, readonly OrganisationRole[]>;

/** A row of the table, or one of those who stand outside organisations. */
export type Audience = keyof typeof ROWS | 'anyone' | 'worker' | 'platform';

export const AUDIENCES: Readonly<Record<string, Audience>> = {
  // Sessions, and what belongs to a person
  'session.create': 'anyone',
  'session.get': 'everybody',
  'session.delete': 'everybody',
  'session.switch_organisation': 'everybody',
  'sessions.list': 'everybody',
  'sessions.end': 'everybody',
  'sessions.end_others': 'everybody',
  'login.methods': 'anyone',
  'login.oidc_start': 'anyone',
  'login.oidc_callback': 'anyone',
  'account.get': 'everybody',
  'account.change': 'everybody',
  'account.change_password': 'everybody',
  'account.link_identity': 'everybody',
  'account.unlink_identity': 'everybody',
  'account.start_totp': 'everybody',
  'account.confirm_totp': 'everybody',
  'account.renew_recovery_codes': 'everybody',
  'account.stop_totp': 'everybody',
  'password_reset.request': 'anyone',
  'password_reset.confirm': 'anyone',
  'email_confirmation.confirm': 'anyone',
  'organisations.list': 'everybody',
  'organisations.create': 'everybody',
  'invitations.open': 'anyone',
  'invitations.join': 'anyone',
  'invitations.accept': 'everybody',
  'api_keys.list': 'everybody',
  'api_keys.get': 'everybody',
  'api_keys.rotate': 'everybody',
  'api_keys.end_previous_secret': 'everybody',
  'api_keys.budget': 'economic',
  'api_keys.take_over': 'technical',
  'api_keys.create': 'everybody',
  'api_keys.change': 'everybody',
  'api_keys.revoke': 'everybody',

  // The organisation
  'organisation.get': 'everybody',
  'organisation.change': 'technical',
  'organisation.deletion': 'everybody',
  'organisation.delete': 'owner',
  'organisation.deletion.cancel': 'owner',
  'members.list': 'everybody',
  'members.change': 'oversight',
  'members.remove': 'everybody',
  'invitations.list': 'oversight',
  'invitations.create': 'oversight',
  'invitations.resend': 'oversight',
  'invitations.revoke': 'oversight',
  'projects.list': 'everybody',
  'projects.get': 'everybody',
  'projects.create': 'technical',
  'projects.change': 'technical',

  // Models and machines
  'models.list': 'everybody',
  'models.get': 'everybody',
  'catalogue.offers': 'everybody',
  'deployments.list': 'everybody',
  'deployments.get': 'everybody',
  'deployments.create': 'technical',
  'deployments.change': 'technical',
  'deployments.delete': 'technical',
  'instances.list': 'everybody',
  'instances.get': 'everybody',
  'instances.metrics': 'everybody',
  'instances.actions': 'everybody',
  'instances.terms': 'everybody',
  'instances.logs': 'oversight',
  'instances.terminate': 'technical',
  'instances.drain': 'technical',
  'instances.set_terms': 'technical',
  'instances.resume': 'technical',
  'instances.reinstall': 'technical',
  'instances.retry': 'technical',
  'instances.archive': 'technical',
  'instances.unarchive': 'technical',
  'volumes.list': 'everybody',
  'volumes.keep': 'technical',
  'volumes.delete': 'technical',
  'workers.list': 'everybody',
  'workers.revoke': 'technical',
  'alerts.list': 'everybody',
  'events.stream': 'everybody',

  // Money, use, settings, credentials
  'costs.summary': 'oversight',
  'costs.series': 'oversight',
  'costs.intervals': 'oversight',
  'costs.projects': 'oversight',
  'usage.summary': 'oversight',
  'usage.projects': 'oversight',
  'usage.requests': 'oversight',
  'requests.list': 'oversight',
  'audit.list': 'oversight',
  'audit.export_csv': 'oversight',
  'audit.export_jsonl': 'oversight',
  'webhooks.list': 'oversight',
  'webhooks.get': 'oversight',
  'webhooks.deliveries': 'oversight',
  'webhooks.delivery': 'oversight',
  'webhooks.create': 'technical',
  'webhooks.change': 'technical',
  'webhooks.delete': 'technical',
  'webhooks.rotate_secret': 'technical',
  'webhooks.test': 'technical',
  'webhooks.resend': 'technical',
  'webhooks.resend_failed': 'technical',
  'settings.definitions': 'oversight',
  'settings.list': 'oversight',
  'settings.changes': 'oversight',
  'provider_accounts.list': 'oversight',
  'provider_accounts.get': 'oversight',
  'provider_accounts.create': 'technical',
  'provider_accounts.change': 'technical',
  'provider_accounts.test': 'technical',
  'provider_accounts.delete': 'technical',

  // Both sides of an activation: which of them a role may give is judged by the command
  'activations.list': 'everybody',
  'activations.give': 'oversight',
  'activations.withdraw': 'oversight',
  'usage_prices.list': 'oversight',
  'usage_prices.set': 'economic',

  // What organisations offer each other
  'offerings.list': 'everybody',
  'offerings.get': 'everybody',
  'offerings.prices': 'everybody',
  'offerings.create': 'technical',
  'offerings.change': 'technical',
  'offerings.publish': 'technical',
  'offerings.withdraw': 'technical',
  'offerings.set_price': 'economic',
  'plans.list': 'everybody',
  'plans.create': 'economic',
  'plans.retire': 'economic',
  'contracts.list': 'oversight',
  'contracts.get': 'oversight',
  'contracts.prices': 'oversight',
  'contracts.create': 'economic',
  'contracts.set_price': 'economic',
  'contracts.accept': 'economic',
  'contracts.end': 'economic',
  'access_requests.list': 'oversight',
  'access_requests.create': 'economic',
  'access_requests.withdraw': 'economic',
  'access_requests.approve': 'economic',
  'access_requests.refuse': 'economic',
  'entitlements.list': 'everybody',
  'entitlements.create': 'economic',
  'entitlements.end': 'economic',
  'wallet.get': 'oversight',
  'wallet.entries': 'oversight',
  'wallet.transfer': 'economic',
  'costs.charge_back': 'oversight',

  // The whole installation
  'platform_audit.list': 'platform',
  'platform_audit.export_csv': 'platform',
  'platform_audit.export_jsonl': 'platform',
  'users.list': 'platform',
  'users.create': 'platform',
  'users.get': 'platform',
  'users.change': 'platform',
  'users.history': 'platform',
  'users.mail_password_link': 'platform',
  'users.end_sessions': 'platform',
  'users.reset_totp': 'platform',
  'wallets.get': 'platform',
  'wallets.top_up': 'platform',
  'wallets.credit': 'platform',
  'platform.organisations.list': 'platform',
  'platform.organisations.delete': 'platform',
  'settings.set': 'platform',
  'settings.unset': 'platform',
  'sweep.get': 'platform',
  'sweep.confirm': 'platform',
  'reconcile.create': 'platform',
  'reconcile.get': 'platform',
  'catalogue.sync': 'platform',
  'catalogue.sync_get': 'platform',
  'jobs.count': 'platform',
  'jobs.dead': 'platform',
  'jobs.retry': 'platform',

  // Without anybody signed in
  'system.version': 'anyone',
  'system.health': 'anyone',
  'system.ready': 'anyone',
  'docs.openapi': 'anyone',
  'docs.page': 'anyone',
  'docs.script': 'anyone',
  'docs.errors': 'anyone',

  // Machines
  'worker.register': 'anyone',
  'worker.install_log': 'anyone',
  'worker.bundle': 'anyone',
  'worker.node': 'anyone',
  'worker.heartbeat': 'worker',
  'worker.logs': 'worker',
};

/** Where a path names a thing of an organisation, and which. Longest first. */
export const TENANT_PATHS: readonly (readonly [prefix: string, thing: Thing])[] = [
  ['/api/v1/organisation/members/:', 'member'],
  ['/api/v1/organisation/invitations/:', 'invitation'],
  ['/api/v1/provider-accounts/:', 'account'],
  ['/api/v1/deployments/:', 'deployment'],
  ['/api/v1/instances/:', 'instance'],
  ['/api/v1/projects/:', 'project'],
  ['/api/v1/webhooks/:', 'webhook'],
  ['/api/v1/api-keys/:', 'key'],
  ['/api/v1/volumes/:', 'volume'],
  ['/api/v1/workers/:', 'instance'],
];

export type Thing =
  | 'member'
  | 'invitation'
  | 'account'
  | 'deployment'
  | 'instance'
  | 'project'
  | 'key'
  | 'volume'
  | 'webhook';

/** Paths that name nothing of an organisation: the catalogue and settings are the installation's. */
export const COMMON_PATHS: readonly string[] = [
  '/api/v1/models/:',
  // What is activated, of one kind or another; its own organisation's alone.
  '/api/v1/activations/:',
  // One's own, of whatever organisation; that of others is tried with the sessions.
  '/api/v1/sessions/:',
  '/api/v1/users/:',
  // They have two sides: who stands outside is tried where they are made.
  '/api/v1/offerings/:',
  '/api/v1/plans/:',
  '/api/v1/contracts/:',
  '/api/v1/access-requests/:',
  '/api/v1/entitlements/:',
  '/api/v1/wallets/:',
  '/api/v1/settings/:',
  '/api/v1/reconcile/:',
  '/api/v1/catalogue/sync/:',
  '/api/v1/platform/organisations/:',
  '/internal/worker/:',
  '/internal/node/:',
];

/** Right bodies of routes that change one thing, so that nothing else can be what is refused. */
export const RIGHT_BODIES: Readonly<Record<string, object>> = {
  'volumes.keep': { keep: true },
  'instances.set_terms': { time_zone: 'UTC', windows: [], requests_per_day: null, tokens_per_day: null },
  'provider_accounts.change': { name: 'theirs' },
  'members.change': { role: 'user' },
  'projects.change': { archived: true },
  'deployments.change': { project_id: null },
};
