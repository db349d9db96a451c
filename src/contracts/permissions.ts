import type { OrganisationRole } from './management.ts';

/** Who may do what in an organisation. One row per action; routes name the action, never a role. */
export const PERMISSIONS = {
  'models.read': ['owner', 'admin', 'manager', 'user'],
  'models.write': ['owner', 'admin'],
  'catalogue.read': ['owner', 'admin', 'manager', 'user'],
  'deployments.read': ['owner', 'admin', 'manager', 'user'],
  'deployments.write': ['owner', 'admin'],
  'instances.read': ['owner', 'admin', 'manager', 'user'],
  'instances.logs': ['owner', 'admin', 'manager'],
  'instances.write': ['owner', 'admin'],
  'alerts.read': ['owner', 'admin', 'manager', 'user'],
  'inference.use': ['owner', 'admin', 'manager', 'user'],
  'workbench.use': ['owner', 'admin', 'manager', 'user'],
  /** Prompts and defaults of the whole organisation; taking back what others share with it. */
  'workbench.manage': ['owner', 'admin'],
  'api_keys.own': ['owner', 'admin', 'manager', 'user'],
  'api_keys.organisation': ['owner', 'admin'],
  /** Those of everybody in the organisation. */
  'api_keys.read_all': ['owner', 'admin', 'manager'],
  'budgets.write': ['owner', 'manager'],
  'prices.read': ['owner', 'admin', 'manager'],
  'prices.write': ['owner', 'manager'],
  'activation.read': ['owner', 'admin', 'manager', 'user'],
  /** One of the two sides; which of them, the two rows below say. */
  'activation.give': ['owner', 'admin', 'manager'],
  'activation.technical': ['owner', 'admin'],
  'activation.economic': ['owner', 'manager'],
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
  /** What of other organisations may be used, at their prices. */
  'consumption.write': ['owner', 'manager'],
  'wallet.write': ['owner', 'manager'],
  'audit.read': ['owner', 'admin', 'manager'],
  'events.read': ['owner', 'admin', 'manager', 'user'],
  'webhooks.read': ['owner', 'admin', 'manager'],
  'webhooks.write': ['owner', 'admin'],
  'settings.read': ['owner', 'admin', 'manager'],
  /** Those of the organisation; what holds for all is the platform administrators'. */
  'settings.write': ['owner', 'admin'],
  'providers.read': ['owner', 'admin', 'manager'],
  'providers.write': ['owner', 'admin'],
  'account.own': ['owner', 'admin', 'manager', 'user'],
  'session.own': ['owner', 'admin', 'manager', 'user'],
} as const satisfies Record<string, readonly OrganisationRole[]>;

export type Action = keyof typeof PERMISSIONS;

export function isAllowed(role: OrganisationRole, action: Action): boolean {
  return (PERMISSIONS[action] as readonly OrganisationRole[]).includes(role);
}
