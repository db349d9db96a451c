import type { CredentialField } from '#contracts/provider-accounts.ts';

export type Typed = Readonly<Record<string, string | boolean>>;
export type CredentialBody = Record<string, string | number | boolean>;

/** What was typed as the api takes it: what is left empty is left out, and counts as the provider's own default. */
export function credentialOf(fields: readonly CredentialField[], typed: Typed): CredentialBody {
  const body: CredentialBody = {};
  for (const { name, kind } of fields) {
    const value = typed[name];
    if (value === undefined) continue;
    if (typeof value === 'boolean') body[name] = value;
    else if (value.trim() !== '') body[name] = kind === 'number' ? Number(value) : value.trim();
  }
  return body;
}

/** Fields that must be given and are not, or hold what is no number. */
export function wrongFields(fields: readonly CredentialField[], typed: Typed): ReadonlySet<string> {
  const body = credentialOf(fields, typed);
  return new Set(
    fields
      .filter(({ name, is_required: isRequired }) => {
        const value = body[name];
        return value === undefined ? isRequired : typeof value === 'number' && Number.isNaN(value);
      })
      .map(({ name }) => name),
  );
}

/** `secret_key` as people read it, where no text of ours names it. */
export function humanName(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
