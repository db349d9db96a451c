import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { type Config, ConfigError } from './config.ts';

/** Secrets that are made once when absent. Each is a file of this name in the secrets directory. */
const GENERATED = {
  admin_password: 'First password of the first administrator',
  database_password: 'Owner of the embedded database',
  database_roles_key: 'Passwords of the database role of each process derive from it',
  data_plane_key: 'Tokens with which the gateway speaks to workers derive from it',
  control_key: 'Tokens of workers, and with which the orchestrator speaks to them, derive from it',
  web_bearer_key: 'Signs the short bearers with which browsers and batches reach the gateway',
  mock_cloud_token: 'Account of the mock cloud',
  master_key: 'Wraps the keys with which credentials in the database are sealed: without it they are lost',
} as const;

export type SecretName = keyof typeof GENERATED;
export const SECRET_NAMES = Object.keys(GENERATED) as SecretName[];

/** The content of a secret file without its final newline. @throws ConfigError when it is missing or unreadable */
export function readSecret(config: Config, name: SecretName): Secret {
  const secret = readOptionalSecret(config, name);
  if (!secret) throw new ConfigError(`the secret file ${join(config.secretsDir, name)} is missing or empty`);
  return secret;
}

export function readOptionalSecret(config: Config, name: string): Secret | undefined {
  const path = join(config.secretsDir, name);
  try {
    const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    return text ? new Secret(text) : undefined;
  } catch (error) {
    throw new ConfigError(`cannot read the secret file ${path}: ${messageOf(error)}`);
  }
}

/** Makes what is missing, with mode 0600, never replacing what is there. */
export function ensureSecrets(env: Env, config: Config): void {
  mkdirSync(config.secretsDir, { recursive: true, mode: 0o700 });
  for (const name of SECRET_NAMES) {
    const path = join(config.secretsDir, name);
    if (readOptionalSecret(config, name)) continue;
    const length = name === 'admin_password' ? 15 : 32;
    const text = Buffer.from(env.random.bytes(length)).toString('base64url');
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
}
