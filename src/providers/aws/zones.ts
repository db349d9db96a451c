import { refusal } from '#providers/call-errors.ts';
import type { ResourceRef } from '#providers/provider.ts';
import { ZONE } from './credential.ts';

/**
 * A zone of ours is an availability zone of AWS, or a whole region, in which EC2 chooses one. What a thing was ordered
 * in is written on it, because much of AWS knows regions alone.
 */
export function regionOf(zone: string): string {
  return zone.replace(/[a-z]$/, '');
}

export function isRegion(zone: string): boolean {
  return regionOf(zone) === zone;
}

/** A zone that cannot be one is refused before anything is asked. @throws ProviderError */
export function requireZone(provider: string, operation: string, zone: string): void {
  if (ZONE.test(zone)) return;
  throw refusal({ provider, operation }, 'invalid', `${zone} is no zone of AWS, such as eu-west-3a`);
}

/** Ids of another form belong to nothing here; AWS would call them malformed. */
const FORMS = {
  server: /^i-[0-9a-f]{8,17}$/,
  volume: /^vol-[0-9a-f]{8,17}$/,
  security_group: /^sg-[0-9a-f]{8,17}$/,
  key: /^inv-[\w-]{1,200}$/,
} as const;
export type KnownKind = keyof typeof FORMS;

export function isKnownForm(kind: KnownKind, ref: ResourceRef): boolean {
  return FORMS[kind].test(ref.id) && ZONE.test(ref.zone);
}
