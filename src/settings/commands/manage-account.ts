/**
 * An organisation's accounts on providers: made, changed, tried out, removed. The credential is checked for its form,
 * sealed, and never leaves again; no provider is asked here.
 */
import type * as z from 'zod';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { requireLiving } from '#identity/organisations/queries.ts';
import { enqueue } from '#jobs/jobs.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type ProviderAccountId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { type Credential, placeOf } from '../account-directory.ts';
import { getAccount, toAccountView } from '../account-queries.ts';
import {
  type AccountRow,
  askForCheck,
  insertAccount,
  lockAccount,
  markRemoved,
  updateAccount,
} from '../account-store.ts';

export const CHECK_ACCOUNT = 'check-provider-account';

/** Something at a provider that is known or possible, and reached by an account. */
export interface AccountUse {
  readonly instanceId: string;
  /** Such as `instance`, `volume`, `address`. */
  readonly what: string;
  readonly name: string;
}

export interface AccountRules {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly sealer: Sealer;
  readonly enabledProviders: readonly string[];
  /** The form of a provider's credential; undefined when it takes no accounts. */
  readonly credentialOf: (providerId: string) => z.ZodType | undefined;
  /** Everything that would be lost sight of without the account. */
  readonly usesOf: (
    tx: Transaction,
    scope: OrgScope,
    id: ProviderAccountId,
  ) => Promise<readonly AccountUse[]>;
}

const USES_SHOWN_MAX = 100;

/** @throws organisation.deleting, provider.not_enabled, provider_account.bad_credential, provider_account.name_taken */
export async function createAccount(
  rules: AccountRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: { readonly providerId: string; readonly name: string; readonly credential: Credential },
  by: Actor,
): Promise<ProviderAccountView> {
  await requireLiving(tx, scope);
  const { providerId, name } = wanted;
  const id = newId(rules.env, 'providerAccount');
  const credential = sealCredential(rules, { orgId: scope.orgId, id, providerId }, wanted.credential);
  const account = { id, providerId, name, credential, createdBy: by.actor };
  const row = await named(() => insertAccount(tx, scope, account));
  await tell(tx, scope, id, 'active');
  return toAccountView(row);
}

/** @throws provider_account.not_found, provider_account.bad_credential, provider_account.name_taken */
export async function changeAccount(
  rules: AccountRules,
  tx: Transaction,
  scope: OrgScope,
  id: string,
  wanted: { readonly name: string | undefined; readonly credential: Credential | undefined },
): Promise<ProviderAccountView> {
  const row = await requireAccount(tx, scope, id);
  const credential = wanted.credential && sealCredential(rules, row, wanted.credential);
  const [before, after] = [{ name: row.name }, { name: wanted.name ?? row.name }];
  // Hidden where it is written: that it was replaced is what counts.
  noteChange(credential ? { before, after: { ...after, credential: 'replaced' } } : { before, after });
  await named(() => updateAccount(tx, scope, row.id, { name: wanted.name, credential }));
  await tell(tx, scope, row.id, 'active');
  return getAccount(tx, scope, row.id);
}

/** The orchestrator tries it out; the result appears on the account. @throws provider_account.not_found */
export async function requestCheck(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  by: Actor,
): Promise<ProviderAccountView> {
  await getAccount(tx, scope, id);
  const job = { kind: CHECK_ACCOUNT, subjectId: id, orgId: scope.orgId, correlationId: by.correlationId };
  await enqueue(tx, job);
  const row = await requireAccount(tx, scope, id);
  await askForCheck(tx, scope, row.id);
  await tell(tx, scope, row.id, 'active');
  return getAccount(tx, scope, row.id);
}

/** @throws provider_account.not_found, provider_account.in_use with what is still there */
export async function removeAccount(
  rules: AccountRules,
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<void> {
  const row = await requireAccount(tx, scope, id);
  const uses = await rules.usesOf(tx, scope, row.id);
  const [first] = uses;
  if (first) {
    const errors = uses.slice(0, USES_SHOWN_MAX).map((use) => ({
      path: use.instanceId,
      message: `${use.what} ${use.name}`,
    }));
    throw new AppError('provider_account.in_use', {
      publicMessage: `This account cannot be removed while ${uses.length} things at the provider need it, such as the ${first.what} ${first.name}. Terminate them and wait until they are gone.`,
      details: { errors },
    });
  }
  await markRemoved(tx, scope, row.id);
  await tell(tx, scope, row.id, 'removed');
}

export async function requireAccount(tx: Transaction, scope: OrgScope, id: string): Promise<AccountRow> {
  const row = await lockAccount(tx, scope, id);
  if (!row) throw new AppError('provider_account.not_found');
  return row;
}

/** @throws provider.not_enabled, provider_account.bad_credential */
export function sealCredential(
  rules: AccountRules,
  account: { readonly orgId: string; readonly id: string; readonly providerId: string },
  credential: Credential,
  column: 'credential' | 'next_credential' = 'credential',
): string {
  const { providerId } = account;
  const form = rules.enabledProviders.includes(providerId) ? rules.credentialOf(providerId) : undefined;
  if (!form) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `There can be no account on ${providerId}. Enabled providers: ${rules.enabledProviders.join(', ')}.`,
    });
  }
  const parsed = form.safeParse(credential);
  if (!parsed.success) {
    const errors = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
      path: ['credential', ...path].join('.').slice(0, 200),
      message,
    }));
    throw new AppError('provider_account.bad_credential', { details: { errors } });
  }
  return rules.sealer.seal(new Secret(JSON.stringify(parsed.data)), placeOf(account, column));
}

async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (constraintOf(error) !== 'provider_accounts_name') throw error;
    throw new AppError('provider_account.name_taken', { cause: error });
  }
}

export async function tell(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  state: string,
): Promise<void> {
  const summary = { state };
  await emitEvent(tx, { orgId: scope.orgId, type: 'provider_account.changed', subjectId: id, summary });
}
