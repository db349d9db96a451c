import type { SettingDefinitionView } from '#contracts/settings.ts';

type Definition = Pick<SettingDefinitionView, 'kind' | 'min' | 'max' | 'choices'>;

/** What was typed as the api takes it; null where it cannot be a value of this setting. */
export function readValue({ kind, min, max, choices }: Definition, text: string): number | string | null {
  if (kind === 'text') return text;
  if (kind === 'choice') return choices?.includes(text) ? text : null;
  if (!/^-?\d{1,15}$/.test(text.trim())) return null;
  const value = Number(text.trim());
  return (min !== null && value < min) || (max !== null && value > max) ? null : value;
}

/** Settings that match every word of a search, by name or by what they do. */
export function matchesSearch(setting: Pick<SettingDefinitionView, 'name' | 'about'>, find: string): boolean {
  const text = `${setting.name} ${setting.about}`.toLowerCase();
  return find
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
