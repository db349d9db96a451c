import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { readSecret } from '#config/secrets.ts';
import type { Env } from '#kernel/env.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import { externalDatabaseUrl } from './roles.ts';

/** The embedded server of the data directory; adopted when it runs already. @throws StartError */
export function startOwnServer(env: Env, config: Config, signal?: AbortSignal): Promise<EmbeddedServer> {
  return startEmbedded(env, {
    directory: join(config.dataDir, 'postgres'),
    port: config.ports.database,
    password: readSecret(config, 'database_password'),
    logFile: join(config.dataDir, 'logs', 'postgres.log'),
    ...(signal ? { signal } : {}),
  });
}

/** Runs `work` while the configured database answers: an embedded one that did not run is stopped again after. */
export async function withConfiguredServer<T>(env: Env, config: Config, work: () => Promise<T>): Promise<T> {
  const server = externalDatabaseUrl(config) ? undefined : await startOwnServer(env, config);
  try {
    return await work();
  } finally {
    if (server && !server.wasRunning) await server.stop();
  }
}
