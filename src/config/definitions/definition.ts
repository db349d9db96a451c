/** One variable: its default, its range, what it does. */
export type Definition = {
  readonly about: string;
  /**
   * Present on settings: the variable is their first value, and a value in the database replaces it without a
   * restart, for everything or for one provider.
   */
  readonly scope?: SettingScope;
} & (
  | { readonly kind: 'text'; readonly default: string }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'integer'; readonly default: number; readonly min: number; readonly max: number }
);

export type SettingScope = 'global' | 'provider';

export const HOUR_MS = 3_600_000;
