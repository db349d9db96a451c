/** A new credential for an account, which replaces the present one when it has proved itself at the provider. */
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import type { Credential } from '../account-directory.ts';
import { getAccount } from '../account-queries.ts';
import { forgetNext, keepNext } from '../account-store.ts';
import { type AccountRules, requireAccount, sealCredential, tell } from './manage-account.ts';

export const ROTATE_CREDENTIAL = 'rotate-provider-credential';

/**
 * One that was being tried is forgotten for it. @throws provider_account.not_found, provider_account.bad_credential
 */
export async function rotateCredential(
  rules: AccountRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: { readonly id: string; readonly credential: Credential },
  by: Actor,
): Promise<ProviderAccountView> {
  // Asked for before the row is locked, as everywhere: the job's row comes first.
  const { id, correlationId } = { id: wanted.id, correlationId: by.correlationId };
  await getAccount(tx, scope, id);
  await enqueue(tx, { kind: ROTATE_CREDENTIAL, subjectId: id, orgId: scope.orgId, correlationId });
  const row = await requireAccount(tx, scope, id);
  const sealed = sealCredential(rules, row, wanted.credential, 'next_credential');
  await keepNext(tx, scope, row.id, sealed);
  noteChange({ after: { name: row.name, credential: 'on trial' } });
  await tell(tx, scope, row.id, 'active');
  return getAccount(tx, scope, row.id);
}

/** The credential on trial is forgotten; the present one stays. @throws provider_account.not_found */
export async function cancelRotation(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<ProviderAccountView> {
  const row = await requireAccount(tx, scope, id);
  await forgetNext(tx, scope, row.id);
  await tell(tx, scope, row.id, 'active');
  return getAccount(tx, scope, row.id);
}
