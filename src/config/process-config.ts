import { Secret } from '#kernel/secret.ts';
import { type Config, readConfig } from './config.ts';
import { requireConsistent } from './setting-rules.ts';

/** The configuration of this process from its environment. @throws ConfigError */
export function readProcessConfig(): Config {
  return requireConsistent(readConfig(process.env));
}

/** The server on which tests make their databases, when not the throw-away one. */
export function readTestDatabaseUrl(): Secret | undefined {
  const text = process.env.TEST_DATABASE_URL;
  return text ? new Secret(text) : undefined;
}

/** What programs that we did not write may see of our environment: no settings, no credentials. */
export function readBareEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Whether a test for which something is missing on this machine must fail instead of being skipped. */
export function mustNotSkipTests(): boolean {
  return Boolean(process.env.CI);
}
