import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { readOptionalSecret, readSecret } from '#config/secrets.ts';
import { StartError } from '#config/start-error.ts';
import type { Queryable } from '#database/database.ts';
import { countTotpSealedWithOther } from '#identity/queries.ts';
import type { Env } from '#kernel/env.ts';
import { MASTER_KEY_LENGTH_MIN, Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { countSealedWithOther } from './account-store.ts';

/** Only there while the master key is being replaced. */
const FORMER_KEY = 'master_key_former';

/** The sealer of this installation. @throws ConfigError, StartError */
export function openSealer(env: Pick<Env, 'random'>, config: Config): Sealer {
  const masterKey = readSecret(config, 'master_key');
  const former = readOptionalSecret(config, FORMER_KEY);
  requireLength(config, 'master_key', masterKey);
  if (former) requireLength(config, FORMER_KEY, former);
  return new Sealer(env.random, masterKey, former);
}

/** Nothing starts with a key that cannot open what is there. @throws StartError */
export async function requireMasterKey(db: Queryable, config: Config, sealer: Sealer): Promise<void> {
  const count =
    (await countSealedWithOther(db, sealer.keyIds)) + (await countTotpSealedWithOther(db, sealer.keyIds));
  if (count === 0) return;
  throw new StartError(
    `the secret file ${join(config.secretsDir, 'master_key')} is not the key that sealed ${count} secrets in the database: put the former file back`,
  );
}

function requireLength(config: Config, name: string, key: Secret): void {
  if (key.reveal().length >= MASTER_KEY_LENGTH_MIN) return;
  throw new StartError(
    `the secret file ${join(config.secretsDir, name)} has less than ${MASTER_KEY_LENGTH_MIN} characters: put the right one there`,
  );
}
