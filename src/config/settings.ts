/**
 * Settings: variables whose value can be changed without a restart. Code asks at the moment of use and keeps nothing,
 * so a change reaches it at once. The database's values come from the settings domain; here are the first ones.
 */
import type { Config, VariableValue } from './config.ts';
import { type AnyDefinition, DEFINITIONS, type VariableName } from './definitions.ts';

/** Names of variables that are settings. */
export type SettingName = {
  [K in VariableName]: (typeof DEFINITIONS)[K] extends { readonly scope: string } ? K : never;
}[VariableName];

export interface Settings {
  /**
   * The value in force now: of this organisation at this provider, else of this organisation, else of the provider,
   * else of everything, else of the environment, else the default.
   */
  get<K extends SettingName>(name: K, providerId?: string, orgId?: string): VariableValue<K>;
}

export const SETTING_NAMES: readonly SettingName[] = Object.entries(DEFINITIONS)
  .filter(([, definition]) => (definition as AnyDefinition).scope !== undefined)
  .map(([name]) => name as SettingName);

/** The environment's values, for processes without the settings domain and for tests. */
export function fixedSettings({ values }: Pick<Config, 'values'>): Settings {
  return { get: (name) => values[name] };
}
