/**
 * Seals the secrets of endpoints with the present master key where a former one sealed them. Each endpoint by itself,
 * so that a run that dies anywhere is continued by the next one; meanwhile both keys open.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { SealError, type Sealer } from '#kernel/sealing.ts';
import { replaceSealedSecrets, type SealedSecrets, selectSealedOtherwise } from '../endpoint-store.ts';
import { openSecret, sealSecret } from '../secrets.ts';

/** @returns how many endpoints were sealed anew */
export async function resealEndpoints(env: Env, db: Database, sealer: Sealer): Promise<number> {
  let count = 0;
  for (const endpoint of await selectSealedOtherwise(db, sealer.keyId)) {
    const now = resealed(env, sealer, endpoint);
    if (!now) continue;
    await env.crashPoint('reseal-endpoints.commit');
    await replaceSealedSecrets(db, endpoint, now);
    count += 1;
  }
  return count;
}

/** One that does not open keeps nobody from starting; its deliveries fail, and say why. */
function resealed(env: Env, sealer: Sealer, endpoint: SealedSecrets) {
  const again = (column: 'secret' | 'former_secret', sealed: string) =>
    sealSecret(sealer, endpoint, column, openSecret(sealer, endpoint, column, sealed));
  try {
    const { secret, formerSecret } = endpoint;
    const former = formerSecret === null ? null : again('former_secret', formerSecret);
    return { secret: again('secret', secret), former, keyId: sealer.keyId };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    env.log.error(
      { webhook_id: endpoint.id, error: error.message },
      'the secret of a webhook cannot be opened',
    );
    return undefined;
  }
}
