/** Destroys the credentials of an organisation that has ended. Whoever calls has the proof that nothing needs them. */
import type { Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { markAllRemoved } from '../account-store.ts';

export async function forgetAccounts(tx: Transaction, scope: OrgScope): Promise<void> {
  await markAllRemoved(tx, scope);
}
