import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { MasterKeyFiles } from '#config/master-key-files.ts';
import { StartError } from '#config/start-error.ts';
import type { Database, Queryable } from '#database/database.ts';
import { countByKey, type SealedColumn } from '#database/sealed-rows.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type MasterKeys, Sealer } from '#kernel/sealing.ts';
import { isRetired, noteMasterKeys } from './master-key-store.ts';

/**
 * The sealer of this installation. Keys may be replaced while it is in use: it looks at the files again. While they
 * cannot be read, those that are known go on. @throws ConfigError, StartError
 */
export function openSealer(env: Pick<Env, 'random' | 'log'>, config: Config): Sealer {
  const files = new MasterKeyFiles(config);
  let known: MasterKeys = files.read();
  return new Sealer(env.random, () => {
    try {
      known = files.read();
    } catch (error) {
      env.log.warn({ error: messageOf(error) }, 'the master key cannot be read anew, the known one stays');
    }
    return known;
  });
}

/** Nothing starts with a key that cannot open what is there, or that nothing may be sealed with. @throws StartError */
export async function requireMasterKey(
  db: Queryable,
  config: Config,
  sealer: Sealer,
  columns: readonly SealedColumn[],
): Promise<void> {
  const file = join(config.secretsDir, 'master_key');
  const ours = new Set(sealer.keyIds);
  const others = (await countByKey(db, columns)).filter(({ keyId }) => !ours.has(keyId));
  const count = others.reduce((sum, { rows }) => sum + rows, 0);
  if (count > 0) {
    throw new StartError(
      `the secret file ${file} is not the key that sealed ${count} secrets in the database: put the former file back`,
    );
  }
  if (await isRetired(db, sealer.keyId)) {
    throw new StartError(`the master key in ${file} is retired: put the present one there`);
  }
}

/** The keys that are here are known from now on, so that each can be retired. */
export async function registerMasterKeys(db: Database, sealer: Sealer): Promise<void> {
  await db.transaction((tx) => noteMasterKeys(tx, sealer.keyIds));
}
