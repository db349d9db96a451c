export const INSTANCE_TABS = ['overview', 'logs'] as const;
export type InstanceTab = (typeof INSTANCE_TABS)[number];

/** The part of an instance's page that is shown, kept in the address so that it can be shared and reloaded. */
export function readInstanceTab(search: Record<string, unknown>): { tab?: InstanceTab } {
  return search['tab'] === 'logs' ? { tab: 'logs' } : {};
}
