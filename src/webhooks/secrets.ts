/** How the secrets of an endpoint lie in the database. */
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import type { SendingRow } from './endpoint-store.ts';

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
