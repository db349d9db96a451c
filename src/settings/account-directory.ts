/**
 * Which adapters there are now: the installation's own, and one for each account of an organisation.
 *
 * Credentials are opened when an account is used for the first time, and again when it got a new one; an adapter goes
 * with its account. Of a provider that is not enabled there is none. The row is read at each use, so a change counts
 * at once in every process.
 */
import type { Queryable } from '#database/database.ts';
import type { SealedColumn } from '#database/sealed-rows.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { ProviderAccountId } from '#kernel/ids.ts';
import type { SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import type { ProviderAccess, ProviderDirectory } from '#providers/directory.ts';
import type { Inspection } from '#providers/inspection.ts';
import type { CallContext, Provider } from '#providers/provider.ts';
import { type SealedAccount, selectAllSealed, selectSealed } from './account-store.ts';
import { tidyInspection } from './judge-inspection.ts';

/** What a provider asks for, by its own names. */
export type Credential = Readonly<Record<string, string | number | boolean>>;

export interface AccountDirectoryDeps {
  readonly env: Pick<Env, 'log'>;
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly enabledProviders: readonly string[];
  /** With the installation's own credentials. */
  readonly own: readonly Provider[];
  readonly adapterOf: (providerId: string, credential: Secret<Credential>) => Provider;
}

const ACCOUNTS = { table: 'provider_accounts', id: 'id', org: 'org_id' } as const;
export const SEALED_ACCOUNTS: readonly SealedColumn[] = [
  { ...ACCOUNTS, column: 'credential', key: 'key_id' },
  { ...ACCOUNTS, column: 'next_credential', key: 'next_key_id' },
];

export function placeOf(
  account: { readonly orgId: string; readonly id: string },
  column: 'credential' | 'next_credential' = 'credential',
): SealedPlace {
  return { table: 'provider_accounts', orgId: account.orgId, rowId: account.id, column };
}

/** An account on trial: what it is asked is asked with the credential that was opened, whatever comes meanwhile. */
export interface Trial {
  readonly provider: Provider;
  /** Without any secret part of the credential in it. */
  inspect(context: CallContext): Promise<Inspection>;
}

export interface AccountDirectory extends ProviderDirectory {
  /** Undefined where the provider is not enabled or there is no such account or credential. @throws SealError */
  open(providerId: string, accountId: string, which: 'present' | 'next'): Promise<Trial | undefined>;
  /** The next credential as it lies where the present one does. @throws SealError */
  sealAsPresent(account: { readonly orgId: string; readonly id: string }, next: string): string;
}

export function openDirectory(deps: AccountDirectoryDeps): AccountDirectory {
  return new OpenDirectory(deps);
}

interface Cached {
  readonly version: number;
  readonly provider: Provider;
}

class OpenDirectory implements AccountDirectory {
  readonly #deps: AccountDirectoryDeps;
  readonly #adapters = new Map<ProviderAccountId, Cached>();

  constructor(deps: AccountDirectoryDeps) {
    this.#deps = deps;
  }

  async find(providerId: string, accountId: string | null): Promise<Provider | undefined> {
    const { db, own } = this.#deps;
    if (!this.#isEnabled(providerId)) return undefined;
    if (accountId === null) return own.find((provider) => provider.id === providerId);
    const account = await selectSealed(db, accountId);
    if (account?.providerId === providerId) return this.#adapterOf(account);
    this.#adapters.delete(accountId as ProviderAccountId);
    return undefined;
  }

  /** An account that cannot be opened is left out and told: the others go on. */
  async list(): Promise<readonly ProviderAccess[]> {
    const { env, db, own } = this.#deps;
    const accounts = (await selectAllSealed(db)).filter(({ providerId }) => this.#isEnabled(providerId));
    const known = new Set(accounts.map(({ id }) => id));
    for (const id of this.#adapters.keys()) if (!known.has(id)) this.#adapters.delete(id);
    const ofInstallation = own
      .filter(({ id }) => this.#isEnabled(id))
      .map((provider) => ({ providerId: provider.id, accountId: null, orgId: null, provider }));
    const ofOrganisations = accounts.flatMap((account): ProviderAccess[] => {
      try {
        const { id: accountId, orgId, providerId } = account;
        return [{ providerId, accountId, orgId, provider: this.#adapterOf(account) }];
      } catch (error) {
        env.log.error(
          { account_id: account.id, error: messageOf(error) },
          'a provider account cannot be used',
        );
        return [];
      }
    });
    return [...ofInstallation, ...ofOrganisations];
  }

  async open(providerId: string, accountId: string, which: 'present' | 'next'): Promise<Trial | undefined> {
    if (!this.#isEnabled(providerId)) return undefined;
    const account = await selectSealed(this.#deps.db, accountId);
    const sealed = which === 'present' ? account?.credential : account?.nextCredential;
    if (account?.providerId !== providerId || !sealed) return undefined;
    const credential = this.#open(account, which === 'present' ? 'credential' : 'next_credential', sealed);
    const provider =
      which === 'present' ? this.#adapterOf(account) : this.#deps.adapterOf(providerId, credential);
    return {
      provider,
      inspect: async (context) => tidyInspection(await provider.inspect(context), credential.reveal()),
    };
  }

  sealAsPresent(account: { readonly orgId: string; readonly id: string }, next: string): string {
    const { sealer } = this.#deps;
    return sealer.seal(sealer.open(next, placeOf(account, 'next_credential')), placeOf(account));
  }

  #open(
    account: SealedAccount,
    column: 'credential' | 'next_credential',
    sealed: string,
  ): Secret<Credential> {
    const opened = this.#deps.sealer.open(sealed, placeOf(account, column));
    return new Secret(JSON.parse(opened.reveal()) as Credential);
  }

  #isEnabled(providerId: string): boolean {
    return this.#deps.enabledProviders.includes(providerId);
  }

  #adapterOf(account: SealedAccount): Provider {
    const cached = this.#adapters.get(account.id);
    if (cached?.version === account.version) return cached.provider;
    const credential = this.#open(account, 'credential', account.credential);
    const provider = this.#deps.adapterOf(account.providerId, credential);
    this.#adapters.set(account.id, { version: account.version, provider });
    return provider;
  }
}
