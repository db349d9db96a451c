/** First values of settings for tests. */
import { type Config, readConfig } from '#config/config.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import type { SettingRules } from './commands/change-setting.ts';

export function configOf(environment: Record<string, string> = {}): Config {
  return readConfig(environment);
}

export function rulesOf(environment: Record<string, string> = {}): SettingRules {
  return { first: configOf(environment), enabledProviders: ['mock', 'other'] };
}

export function operator(env: Env): Actor {
  return { actor: 'user:test', correlationId: newId(env, 'correlation') };
}

/** Waits until something holds; the limit is only there so that a failing test ends. */
export async function until(env: Env, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = env.clock.monotonic() + 60_000;
  while (!(await holds())) {
    if (env.clock.monotonic() > deadline) throw new Error('it did not come true within 60 s');
    await env.sleep(10);
  }
}
