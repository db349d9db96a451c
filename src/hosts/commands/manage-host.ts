/** What people do with a host after it is registered. Its machine is never touched from here. */
import type { ChangeHost, HostView } from '#contracts/hosts.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { announceHost } from '../announce-hosts.ts';
import { writeReleased } from '../claim-store.ts';
import { type HostRow, lockHost, markHostRemoved, updateHost, writeHostKey } from '../host-store.ts';
import { getHost } from '../queries.ts';
import { type HostRules, named, requestProbe, sealHostCredential } from './register-host.ts';

/** @throws host.not_found, host.bad_credential, host.name_taken, host.reached_by_agent */
export async function changeHost(
  rules: Pick<HostRules, 'sealer'>,
  tx: Transaction,
  scope: OrgScope,
  change: { readonly id: string; readonly to: ChangeHost; readonly by: Actor },
): Promise<HostView> {
  const { to, by } = change;
  const row = await requireHost(tx, scope, change.id);
  if (to.credential || to.username !== undefined) refuseAgentHost(row);
  const credential = to.credential && sealHostCredential(rules, row, to.credential);
  const before = { name: row.name, username: row.username, out_of_service: row.isOutOfService };
  const after = {
    name: to.name ?? row.name,
    username: to.username ?? row.username,
    out_of_service: to.out_of_service ?? row.isOutOfService,
  };
  // That the credential was replaced is what counts; the text itself is hidden wherever it is written.
  noteChange(credential ? { before, after: { ...after, credential: 'replaced' } } : { before, after });
  await named(() =>
    updateHost(tx, scope, row.id, {
      name: to.name,
      username: to.username,
      price: to.price,
      isOutOfService: to.out_of_service,
      credential,
    }),
  );
  // A credential that was refused may be right now.
  if (credential || to.username !== undefined || to.out_of_service === false) {
    await requestProbe(tx, scope, row.id, by);
  } else {
    await announceHost(tx, scope, row.id, by.correlationId);
  }
  return getHost(tx, scope, row.id);
}

/** @throws host.not_found */
export async function probeAgain(tx: Transaction, scope: OrgScope, id: string, by: Actor): Promise<HostView> {
  const row = await requireHost(tx, scope, id);
  await requestProbe(tx, scope, row.id, by);
  return getHost(tx, scope, row.id);
}

/**
 * A person has compared the key with the machine's own. It is typed again, so that what is confirmed is what they saw
 * and not what the machine has shown since. @throws host.not_found, host.reached_by_agent
 */
export async function confirmHostKey(
  tx: Transaction,
  scope: OrgScope,
  confirmation: { readonly id: string; readonly hostKey: string; readonly by: Actor },
): Promise<HostView> {
  const { hostKey, by } = confirmation;
  const row = await requireHost(tx, scope, confirmation.id);
  refuseAgentHost(row);
  noteChange({ before: { host_key: row.hostKey }, after: { host_key: hostKey } });
  await writeHostKey(tx, scope, row.id, hostKey);
  await requestProbe(tx, scope, row.id, by);
  return getHost(tx, scope, row.id);
}

/**
 * Declares that nothing of its last use is on the machine any more, where the machine cannot be asked: it burned, was
 * given away, or was installed anew. It stays out of service until a person takes it back.
 * @throws host.not_found, host.not_claimed, host.release_first, host.confirm_name
 */
export async function releaseHost(
  tx: Transaction,
  scope: OrgScope,
  order: { readonly id: string; readonly confirm: string; readonly by: Actor },
): Promise<HostView> {
  const row = await requireHost(tx, scope, order.id);
  if (row.claimId === null) throw new AppError('host.not_claimed');
  if (row.releaseAskedAt === null) throw new AppError('host.release_first');
  if (order.confirm !== row.name) throw new AppError('host.confirm_name');
  await writeReleased(tx, row.claimId, order.by.actor);
  await updateHost(tx, scope, row.id, {
    name: undefined,
    username: undefined,
    price: undefined,
    isOutOfService: true,
    credential: undefined,
  });
  await announceHost(tx, scope, row.id, order.by.correlationId);
  return getHost(tx, scope, row.id);
}

/** It is forgotten here; nothing is done on the machine. @throws host.not_found, host.in_use */
export async function removeHost(tx: Transaction, scope: OrgScope, id: string, by: Actor): Promise<void> {
  const row = await requireHost(tx, scope, id);
  if (row.claimId !== null) {
    throw new AppError('host.in_use', {
      publicMessage: `The host is used by the instance ${row.instanceId}. Terminate it and wait until the host is free.`,
    });
  }
  await markHostRemoved(tx, scope, row.id);
  await announceHost(tx, scope, row.id, by.correlationId);
}

function refuseAgentHost({ reachedBy }: HostRow): void {
  if (reachedBy === 'agent') throw new AppError('host.reached_by_agent');
}

async function requireHost(tx: Transaction, scope: OrgScope, id: string): Promise<HostRow> {
  const row = await lockHost(tx, scope, id);
  if (!row) throw new AppError('host.not_found');
  return row;
}
