import { refusal } from '#providers/call-errors.ts';
import type { ResourceRef } from '#providers/provider.ts';
import { ZONE } from './credential.ts';

/** Where things are in the API. Ids are taken as text, never as part of a path. */
type Product = 'instance' | 'block';

export function zonePath(product: Product, zone: string, path: string): string {
  return `/${product}/v1/zones/${encodeURIComponent(zone)}/${path}`;
}

export function refPath(product: Product, collection: string, ref: ResourceRef, rest = ''): string {
  return zonePath(product, ref.zone, `${collection}/${encodeURIComponent(ref.id)}${rest}`);
}

/** A zone that cannot be one is refused before anything is asked. @throws ProviderError */
export function requireZone(provider: string, operation: string, zone: string): void {
  if (ZONE.test(zone)) return;
  throw refusal({ provider, operation }, 'invalid', `${zone} is no zone of Scaleway, such as fr-par-2`);
}
