/** How the secrets of an endpoint lie in the database. */
import type { SealedColumn } from '#database/sealed-rows.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import type { SendingRow } from './endpoint-store.ts';

const ENDPOINT = { table: 'webhook_endpoints', id: 'id', org: 'org_id' } as const;
export const SEALED_ENDPOINTS: readonly SealedColumn[] = [
  { ...ENDPOINT, column: 'secret', key: 'secret_key_id' },
  { ...ENDPOINT, column: 'former_secret', key: 'former_key_id' },
];

interface Owner {
  readonly orgId: string;
  readonly id: string;
}

type Column = 'secret' | 'former_secret';

export function sealSecret(sealer: Sealer, owner: Owner, column: Column, secret: Secret): string {
  return sealer.seal(secret, placeOf(owner, column));
}

/** @throws SealError */
export function openSecret(sealer: Sealer, owner: Owner, column: Column, sealed: string): Secret {
  return sealer.open(sealed, placeOf(owner, column));
}

/** All that sign now, the present one first. @throws SealError */
export function openSecrets(sealer: Sealer, row: SendingRow): Secret[] {
  const former =
    row.formerSecret === null ? [] : [openSecret(sealer, row, 'former_secret', row.formerSecret)];
  return [openSecret(sealer, row, 'secret', row.secret), ...former];
}

function placeOf(owner: Owner, column: Column) {
  return { table: 'webhook_endpoints', orgId: owner.orgId, rowId: owner.id, column };
}
