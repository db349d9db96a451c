/** The providers with the installation's own credentials. A concrete provider is named here and nowhere else. */
import { type Config, ConfigError } from '#config/config.ts';
import { readSecret } from '#config/secrets.ts';
import type { Env } from '#kernel/env.ts';
import { MOCK_PARTS, MockProvider } from '#providers/mock/provider.ts';
import type { Provider } from '#providers/provider.ts';

export function ownProviders(env: Env, config: Config): Provider[] {
  return config.enabledProviders.map((name): Provider => {
    if (name !== 'mock') throw new ConfigError(`ENABLED_PROVIDERS names ${name}, which has no adapter`);
    return new MockProvider({
      baseUrl: `http://127.0.0.1:${config.ports.mockCloud}`,
      token: readSecret(config, 'mock_cloud_token'),
      clock: env.clock,
      parts: MOCK_PARTS[config.values.MOCK_PARTS] ?? [],
    });
  });
}
