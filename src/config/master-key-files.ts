/**
 * The files of the master key in the secrets directory, and how one key takes over from another. Each step is one
 * rename, so a process that dies anywhere leaves a directory in which every key is still there, and reading it at any
 * moment gives the key that seals.
 *
 *   master_key           seals and opens
 *   master_key_next      opens already; becomes the one that seals
 *   master_key_former    opens still
 *   master_key_retired_* opens nothing here; a copy of the database from before may need it
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '#kernel/env.ts';
import { MASTER_KEY_LENGTH_MIN, type MasterKeys, masterKeyId } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import type { Config } from './config.ts';
import { readOptionalSecret, readSecret } from './secrets.ts';
import { StartError } from './start-error.ts';

const NEXT = 'master_key_next';
const FORMER = 'master_key_former';
const KEY_BYTES = 32;

export class MasterKeyFiles {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  /** @throws ConfigError, StartError */
  read(): MasterKeys {
    const current = this.#checked('master_key', readSecret(this.#config, 'master_key'));
    return { current, others: [this.next, this.former].flatMap((key) => key ?? []) };
  }

  get current(): Secret {
    return this.read().current;
  }

  get next(): Secret | undefined {
    return this.#optional(NEXT);
  }

  get former(): Secret | undefined {
    return this.#optional(FORMER);
  }

  /** A key for the time to come; the one that waits already where there is one. */
  ensureNext(random: Random): Secret {
    const next = this.next ?? new Secret(Buffer.from(random.bytes(KEY_BYTES)).toString('base64url'));
    if (!existsSync(this.#path(NEXT))) this.#write(NEXT, next);
    return next;
  }

  /** The key that seals will open only; nothing changes for readers yet. */
  keepFormer(): void {
    this.#write(FORMER, this.current);
  }

  /** The next key seals from this moment on. */
  promote(): void {
    renameSync(this.#path(NEXT), this.#path('master_key'));
    this.#settle();
  }

  /** The former key opens nothing any more. @returns the file that it is kept in */
  putAwayFormer(former: Secret): string {
    const path = this.#path(`master_key_retired_${masterKeyId(former)}`);
    renameSync(this.#path(FORMER), path);
    this.#settle();
    return path;
  }

  #optional(name: string): Secret | undefined {
    const key = readOptionalSecret(this.#config, name);
    return key && this.#checked(name, key);
  }

  #checked(name: string, key: Secret): Secret {
    if (key.reveal().length >= MASTER_KEY_LENGTH_MIN) return key;
    throw new StartError(
      `the secret file ${this.#path(name)} has less than ${MASTER_KEY_LENGTH_MIN} characters: put the right one there`,
    );
  }

  #write(name: string, key: Secret): void {
    const path = this.#path(name);
    writeFileSync(`${path}.new`, `${key.reveal()}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    this.#settle();
  }

  /** A rename is on the disk only when its directory is. */
  #settle(): void {
    const directory = openSync(this.#config.secretsDir, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  #path(name: string): string {
    return join(this.#config.secretsDir, name);
  }
}
