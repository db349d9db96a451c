/** How an owner is written where tags are plain words, and read back. */
import type { Ownership } from './provider.ts';

const MARK = 'inv_';

export function tagsOf(owner: Ownership): string[] {
  return [
    `inv_installation=${owner.installation}`,
    `inv_instance=${owner.instance}`,
    `inv_attempt=${owner.attempt}`,
    `inv_expires=${owner.expiresAtMs}`,
  ];
}

/** The same tags with another expiry. */
export function withExpiry(tags: readonly string[], expiresAtMs: number): string[] {
  const others = tags.filter((tag) => !tag.startsWith('inv_expires='));
  return [...others, `inv_expires=${expiresAtMs}`];
}

/** Whether somebody marked it as one of ours, however badly. */
export function hasOurMark(answer: { readonly tags?: readonly string[] | null | undefined }): boolean {
  return (answer.tags ?? []).some((tag) => tag.startsWith(MARK));
}

/** Undefined unless all four tags are there: half an owner is none. */
export function ownerOf(tags: readonly string[]): Ownership | undefined {
  const installation = tagValue(tags, 'inv_installation');
  const instance = tagValue(tags, 'inv_instance');
  const attempt = tagValue(tags, 'inv_attempt');
  const expires = tagValue(tags, 'inv_expires');
  if (!installation || !instance || !attempt || !expires || !/^\d{1,15}$/.test(expires)) return undefined;
  return { installation, instance, attempt, expiresAtMs: Number(expires) };
}

export function tagValue(tags: readonly string[], name: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${name}=`))?.slice(name.length + 1);
}
