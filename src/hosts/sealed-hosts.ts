/** Where the domain's sealed texts lie, and how credentials are opened. */
import type { SealedColumn } from '#database/sealed-rows.ts';
import type { SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import type { HostCredential, SshTarget } from '#providers/host-ssh.ts';
import type { SealedHost } from './host-store.ts';

export const SEALED_HOSTS: readonly SealedColumn[] = [
  { table: 'hosts', id: 'id', org: 'org_id', column: 'credential', key: 'key_id' },
  { table: 'host_claims', id: 'id', org: 'org_id', column: 'script', key: 'key_id' },
];

export function credentialPlace(host: { readonly orgId: string; readonly id: string }): SealedPlace {
  return { table: 'hosts', orgId: host.orgId, rowId: host.id, column: 'credential' };
}

export function scriptPlace(claim: { readonly orgId: string; readonly id: string }): SealedPlace {
  return { table: 'host_claims', orgId: claim.orgId, rowId: claim.id, column: 'script' };
}

/** @throws SealError */
export function targetOf(sealer: Sealer, host: SealedHost): SshTarget {
  const opened = sealer.open(host.credential, credentialPlace(host));
  return {
    address: host.address,
    port: host.port,
    username: host.username,
    hostKey: host.hostKey,
    credential: new Secret(JSON.parse(opened.reveal()) as HostCredential),
  };
}
