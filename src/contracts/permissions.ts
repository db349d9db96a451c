import type { OrganisationRole } from './management.ts';

/** Who may do what in an organisation. One row per action; routes name the action, never a role. */
export const PERMISSIONS = {
  'models.read': ['owner', 'admin', 'manager', 'user'],
  'catalogue.read': ['owner', 'admin', 'manager', 'user'],
  'deployments.read': ['owner', 'admin', 'manager', 'user'],
  'deployments.write': ['owner', 'admin'],
  'instances.read': ['owner', 'admin', 'manager', 'user'],
  'instances.logs': ['owner', 'admin', 'manager'],
  'instances.write': ['owner', 'admin'],
  'alerts.read': ['owner', 'admin', 'manager', 'user'],
  'inference.use': ['owner', 'admin', 'manager', 'user'],
  'api_keys.own': ['owner', 'admin', 'manager', 'user'],
  'organisation.read': ['owner', 'admin', 'manager', 'user'],
  'organisation.write': ['owner', 'admin'],
  'organisation.delete': ['owner'],
  'members.read': ['owner', 'admin', 'manager', 'user'],
  // Whom and to what is decided by the delegation rules; everybody may leave.
  'members.write': ['owner', 'admin', 'manager'],
  'members.remove': ['owner', 'admin', 'manager', 'user'],
  'members.invite': ['owner', 'admin', 'manager'],
  'projects.read': ['owner', 'admin', 'manager', 'user'],
  'projects.write': ['owner', 'admin'],
  'costs.read': ['owner', 'admin', 'manager'],
  'usage.read': ['owner', 'admin', 'manager'],
  'offerings.read': ['owner', 'admin', 'manager', 'user'],
  'offerings.write': ['owner', 'admin'],
  'contracts.read': ['owner', 'admin', 'manager'],
  /** Prices, plans and contracts of what is offered. */
  'prices.write': ['owner', 'manager'],
  /** What of other organisations may be used, at their prices. */
  'consumption.write': ['owner', 'manager'],
  'wallet.write': ['owner', 'manager'],
  'audit.read': ['owner', 'admin', 'manager'],
  'events.read': ['owner', 'admin', 'manager', 'user'],
  'webhooks.read': ['owner', 'admin', 'manager'],
  'webhooks.write': ['owner', 'admin'],
  'settings.read': ['owner', 'admin', 'manager'],
  'providers.read': ['owner', 'admin', 'manager'],
  'providers.write': ['owner', 'admin'],
  'account.own': ['owner', 'admin', 'manager', 'user'],
  'session.own': ['owner', 'admin', 'manager', 'user'],
} as const satisfies Record<string, readonly OrganisationRole[]>;

export type Action = keyof typeof PERMISSIONS;

export function isAllowed(role: OrganisationRole, action: Action): boolean {
  return (PERMISSIONS[action] as readonly OrganisationRole[]).includes(role);
}
