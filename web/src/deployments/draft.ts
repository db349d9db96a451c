import type { ModelView, Offer } from '#contracts/management.ts';
import type { OwnVolume } from '#contracts/sweep.ts';
import type { DeployRequest } from './deploy-request.ts';

export interface DeployDraft {
  modelId: string | null;
  offerKey: string | null;
  /** Offers to try after it, in this order. */
  fallbackKeys: readonly string[];
  /** Named only where the organisation has several on the provider. */
  accountId: string | null;
  /** Null as long as the suggested name stands. */
  name: string | null;
  replicas: number;
  /** Kept volumes that the machine is to be made with. */
  volumeIds: readonly string[];
}

const NAME_LENGTH_MAX = 60;
/** The catalogue does not say what a model is for; these names do. A first try should be able to talk. */
const NOT_FOR_CHAT = /embed|rerank|(?:^|[/-])bge-/i;

export function offerKey(offer: Pick<Offer, 'provider' | 'zone' | 'instance_type'>): string {
  return `${offer.provider}/${offer.zone}/${offer.instance_type}`;
}

/** A name from the model's own: `Qwen/Qwen3-8B-Instruct` and `4f2a` give `qwen3-8b-instruct-4f2a`. */
export function suggestName(model: Pick<ModelView, 'hf_id'>, tail: string): string {
  const words = (model.hf_id.split('/').at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const base = words.slice(0, NAME_LENGTH_MAX - tail.length - 1).replaceAll(/^-+|-+$/g, '');
  return `${base === '' ? 'model' : base}-${tail}`;
}

/** Four characters that keep the names of one model's deployments apart. */
export function newNameTail(): string {
  return Date.now().toString(36).slice(-4);
}

/** When a provider was asked for, the smallest model stands chosen: the first try should be quick. */
export function suggestModel(
  models: readonly ModelView[] | undefined,
  { provider }: DeployRequest,
): ModelView | null {
  if (provider === undefined || models === undefined) return null;
  const active = models.filter((model) => model.is_active && !NOT_FOR_CHAT.test(model.hf_id));
  return active.sort((a, b) => a.vram_bytes_needed - b.vram_bytes_needed)[0] ?? null;
}

/** The cheapest machine of the provider that was asked for. */
export function suggestOffer(
  offers: readonly Offer[] | undefined,
  { provider }: DeployRequest,
): Offer | null {
  if (provider === undefined || offers === undefined) return null;
  return offers.filter((offer) => offer.provider === provider && isUsable(offer)).sort(byPrice)[0] ?? null;
}

export function isUsable(offer: Offer): boolean {
  return offer.is_enabled && offer.service === 'offered' && offer.fit?.fits !== false;
}

/** Cheapest first; an unknown price comes last, since it is not a low one. */
export function byPrice(a: Offer, b: Offer): number {
  return (
    (a.price_micros_per_hour ?? Number.MAX_SAFE_INTEGER) -
    (b.price_micros_per_hour ?? Number.MAX_SAFE_INTEGER)
  );
}

export const OFFER_ORDERS = ['price', 'million', 'start'] as const;
export type OfferOrder = (typeof OFFER_ORDERS)[number];

/** By what counts for the reader, then by price; what is not known comes last. */
export function inOrder(order: OfferOrder): (a: Offer, b: Offer) => number {
  const figure = (offer: Offer) => {
    if (order === 'million') return offer.speed?.micros_per_million_tokens ?? Number.MAX_SAFE_INTEGER;
    if (order === 'start') return offer.usual_start_ms ?? Number.MAX_SAFE_INTEGER;
    return 0;
  };
  return (a, b) => figure(a) - figure(b) || byPrice(a, b);
}

/** What may come after the first offer and the fallbacks so far: of the same provider, and each once. */
export function possibleFallbacks(
  offers: readonly Offer[],
  first: Offer,
  fallbacks: readonly Offer[],
): Offer[] {
  const taken = new Set([first, ...fallbacks].map(offerKey));
  return offers
    .filter((offer) => offer.provider === first.provider && isUsable(offer) && !taken.has(offerKey(offer)))
    .sort(byPrice);
}

/** The fallbacks that still go with the first offer; a choice made for another provider falls away. */
export function chosenFallbacks(
  offers: readonly Offer[] | undefined,
  first: Offer | null,
  keys: readonly string[],
): Offer[] {
  if (first === null || offers === undefined) return [];
  const possible = possibleFallbacks(offers, first, []);
  return keys.flatMap((key) => possible.find((offer) => offerKey(offer) === key) ?? []);
}

/** Kept volumes that are free and where the machine will be. */
export function attachableVolumes(
  volumes: readonly OwnVolume[] | undefined,
  offer: Pick<Offer, 'provider' | 'zone'> | null,
  accountId: string | null,
): OwnVolume[] {
  if (volumes === undefined || offer === null) return [];
  const hasEnded = ({ instance_state: state }: OwnVolume) => state === 'terminated' || state === 'archived';
  return volumes.filter(
    (volume) =>
      hasEnded(volume) &&
      volume.used_by === null &&
      volume.delete_asked_at === null &&
      volume.provider === offer.provider &&
      volume.zone === offer.zone &&
      volume.account_id === accountId,
  );
}

/** The list with one entry a place further up (-1) or down (1). */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): T[] {
  const entry = list[index];
  if (entry === undefined) return [...list];
  return list.toSpliced(index, 1).toSpliced(Math.max(0, index + by), 0, entry);
}

/** The highest price that an order may come to; null when one of them is unknown. */
export function dearest(offers: readonly Offer[]): number | null {
  let highest = 0;
  for (const { price_micros_per_hour: micros } of offers) {
    if (micros === null) return null;
    highest = Math.max(highest, micros);
  }
  return highest;
}
