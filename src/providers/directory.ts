/** Which adapters there are now: one for each enabled provider and each account on it. */
import type { OrgId } from '#kernel/ids.ts';
import type { Provider } from './provider.ts';

export interface ProviderAccess {
  readonly providerId: string;
  /** Null: the installation's own credentials. */
  readonly accountId: string | null;
  /** Whose account it is; null with the installation's own. */
  readonly orgId: OrgId | null;
  readonly provider: Provider;
}

export interface ProviderDirectory {
  /** Undefined when the provider is not enabled, or the account is gone. */
  find(providerId: string, accountId: string | null): Promise<Provider | undefined>;
  list(): Promise<readonly ProviderAccess[]>;
}

/** The installation's own credentials only. */
export function fixedDirectory(providers: readonly Provider[]): ProviderDirectory {
  const all = providers.map((provider): ProviderAccess => {
    return { providerId: provider.id, accountId: null, orgId: null, provider };
  });
  return {
    find: async (providerId, accountId) =>
      all.find((one) => one.providerId === providerId && one.accountId === accountId)?.provider,
    list: async () => all,
  };
}
