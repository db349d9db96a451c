/** One variable: its default, its range, what it does. */
export type Definition = {
  readonly about: string;
  /**
   * Present on settings: the variable is their first value, and a value in the database replaces it without a
   * restart, for everything, for one provider, or for one organisation. An organisation sets what concerns its own
   * machines and no safety of others.
   */
  readonly scope?: SettingScope;
} & (
  | { readonly kind: 'text'; readonly default: string }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'integer'; readonly default: number; readonly min: number; readonly max: number }
);

/** Each may also have the values of the ones before it. */
export type SettingScope = 'global' | 'provider' | 'organisation';

export const HOUR_MS = 3_600_000;
