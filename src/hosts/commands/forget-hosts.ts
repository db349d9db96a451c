/** Destroys the credentials of an organisation that has ended. Whoever calls has the proof that nothing needs them. */
import type { Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { markAllHostsRemoved } from '../host-store.ts';

export async function forgetHosts(tx: Transaction, scope: OrgScope): Promise<void> {
  await markAllHostsRemoved(tx, scope);
}
