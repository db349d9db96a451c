import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { readSecret } from '#config/secrets.ts';
import { StartError } from '#config/start-error.ts';
import type { Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { MASTER_KEY_LENGTH_MIN, Sealer } from '#kernel/sealing.ts';
import { countSealedWithOther } from './account-store.ts';

/** The sealer of this installation. @throws ConfigError, StartError */
export function openSealer(env: Pick<Env, 'random'>, config: Config): Sealer {
  const masterKey = readSecret(config, 'master_key');
  if (masterKey.reveal().length < MASTER_KEY_LENGTH_MIN) {
    throw new StartError(
      `the secret file ${join(config.secretsDir, 'master_key')} has less than ${MASTER_KEY_LENGTH_MIN} characters: put the right one there`,
    );
  }
  return new Sealer(env.random, masterKey);
}

/** Nothing starts with a key that cannot open what is there. @throws StartError */
export async function requireMasterKey(db: Queryable, config: Config, sealer: Sealer): Promise<void> {
  const count = await countSealedWithOther(db, sealer.keyId);
  if (count === 0) return;
  throw new StartError(
    `the secret file ${join(config.secretsDir, 'master_key')} is not the key that sealed ${count} provider credentials: put the former file back`,
  );
}
