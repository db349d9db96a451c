import type { Offer } from '#contracts/management.ts';

/** One kind of machine with the zones where it is offered, cheapest first. */
export interface MachineKind {
  id: string;
  first: Offer;
  offers: Offer[];
  /** Of its zones; null when no price is known. */
  lowestMicros: number | null;
}

export function kindsOf(offers: readonly Offer[]): MachineKind[] {
  const byType = Map.groupBy(offers, (offer) => offer.instance_type_id);
  return [...byType.entries()].flatMap(([id, found]) => {
    const sorted = found.toSorted((a, b) => priceOf(a) - priceOf(b) || (a.zone < b.zone ? -1 : 1));
    const [first] = sorted;
    return first ? [{ id, first, offers: sorted, lowestMicros: first.price_micros_per_hour }] : [];
  });
}

/** The word may be in the name, the GPU, the provider or one of the zones. */
export function isKindNamed({ first, offers }: MachineKind, find = ''): boolean {
  const words = [first.instance_type, first.gpu_kind, first.provider, ...offers.map(({ zone }) => zone)];
  return words.join(' ').toLowerCase().includes(find.toLowerCase());
}

/** An unknown price is not a low one. */
const priceOf = (offer: Offer) => offer.price_micros_per_hour ?? Number.MAX_SAFE_INTEGER;
