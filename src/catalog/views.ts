import type { ActivationSide, ActivationView } from '#contracts/activation.ts';
import type { ModelView, Offer } from '#contracts/management.ts';
import { diskNeeded, fits, vramNeeded } from './fit.ts';
import { type ExchangeRate, microsPerHour } from './price.ts';
import type { CatalogueOffer, Model } from './queries.ts';

export function toModelView(model: Model, readyInstances: number, activation: ActivationView): ModelView {
  return {
    id: model.id,
    hf_id: model.hfId,
    name: model.name,
    parameters: model.parameters,
    weights_bytes: model.weightsBytes,
    vram_bytes_needed: vramNeeded(model),
    disk_bytes_needed: diskNeeded(model),
    context_length: model.contextLength,
    licence: model.licence,
    is_active: model.isActive,
    ready_instances: readyInstances,
    activation,
  };
}

export interface OfferContext {
  readonly usdRate: ExchangeRate;
  readonly enabledProviders: readonly string[];
  /** The model whose fit is asked for. */
  readonly model: Model | undefined;
  /** What providers lack, by provider. */
  readonly missingOf: ReadonlyMap<string, readonly ActivationSide[]>;
}

export function toOfferView(offer: CatalogueOffer, context: OfferContext): Offer {
  const price = priceOf(offer);
  return {
    instance_type_id: offer.instanceTypeId,
    provider: offer.providerId,
    zone: offer.zone,
    instance_type: offer.code,
    gpu_count: offer.gpuCount,
    gpu_kind: offer.gpuKind,
    vram_bytes_per_gpu: offer.vramBytesPerGpu,
    vcpus: offer.vcpus,
    memory_bytes: offer.memoryBytes,
    price: price && { nanos_per_hour: price.nanosPerHour, currency: price.currency, as_of: offer.priceAsOf },
    price_micros_per_hour: microsPerHour(price, context.usdRate),
    availability: offer.availability,
    provider_missing: [...(context.missingOf.get(offer.providerId) ?? [])],
    is_enabled: context.enabledProviders.includes(offer.providerId),
    fit: context.model ? fits(context.model, offer) : null,
  };
}

/** What the offer asks; null is unknown, never free. */
export function priceOf(offer: CatalogueOffer): { nanosPerHour: number; currency: string } | null {
  if (offer.nanosPerHour === null || offer.currency === null) return null;
  return { nanosPerHour: offer.nanosPerHour, currency: offer.currency };
}
