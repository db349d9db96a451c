import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '#config/config.ts';
import type { Env } from '#kernel/env.ts';
import type { Provider } from '#providers/provider.ts';
import { ownProviders, PROVIDER_KINDS } from '../../bin/provider-kinds.ts';
import type { RunFiles } from './run-files.ts';

export interface RunAccess {
  readonly provider: Provider;
  /** What the stack of the run is told; nothing else of the caller's environment reaches it. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Settings that a run takes over from whoever starts it, beside those of its provider. */
const TAKEN = ['PUBLIC_URL', 'PUBLIC_URL_CHECK', 'PROVIDER_TIMEOUT_MS', 'WORKER_REACH', 'TUNNEL_URL'];

/**
 * The installation's own account, as `make up` would use it: secret files of SECRETS_DIR whose names begin with the
 * provider's, and the provider's variables. Scaleway's own variables work too. The files are copied, so that the run's
 * stack has secrets of its own beside them.
 */
export function accessOf(
  env: Env,
  id: string,
  environment: Readonly<Record<string, string | undefined>>,
  files: RunFiles,
): RunAccess | { readonly skipped: string } {
  const real = PROVIDER_KINDS.filter((one) => one !== 'mock');
  if (!real.includes(id)) {
    return {
      skipped: `PROVIDER=${id || '(nothing)'} has no adapter in this release; there is ${real.join(', ')}`,
    };
  }
  const prefix = id.replaceAll('-', '_');
  const secrets = join(files.data, 'secrets');
  mkdirSync(secrets, { mode: 0o700 });
  const { secretsDir } = readConfig({ ...environment, ENABLED_PROVIDERS: id });
  const own = existsSync(secretsDir)
    ? readdirSync(secretsDir).filter((name) => name.startsWith(`${prefix}_`))
    : [];
  for (const name of own) cpSync(join(secretsDir, name), join(secrets, name));
  const given = environmentOf(environment, id, prefix.toUpperCase());
  const secretKey = environment['SCW_SECRET_KEY'];
  if (id === 'scaleway' && secretKey) {
    writeFileSync(join(secrets, 'scaleway_secret_key'), secretKey, { mode: 0o600 });
  }
  const variables = { ...given, ENABLED_PROVIDERS: id };
  const config = readConfig({ ...variables, INVENTIV_DATA_DIR: files.data });
  const [provider] = ownProviders(env, config);
  if (!provider) {
    return {
      skipped: `no credentials for ${id}: its secret files in ${secretsDir} and its variables are described in docs/guides/${id}.md`,
    };
  }
  return { provider, variables };
}

function environmentOf(
  environment: Readonly<Record<string, string | undefined>>,
  id: string,
  prefix: string,
): Record<string, string> {
  const taken = Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    const isOurs = name.startsWith(`${prefix}_`) || TAKEN.includes(name);
    return isOurs && value ? [[name, value]] : [];
  });
  const project = environment['SCW_DEFAULT_PROJECT_ID'];
  return {
    ...(id === 'scaleway' && project ? { SCALEWAY_PROJECT_ID: project } : {}),
    ...Object.fromEntries(taken),
  };
}
