import type { ActivationSide, ActivationView } from '#contracts/activation.ts';
import type { ModelView, Offer, OfferSpeed } from '#contracts/management.ts';
import { diskNeeded, FIT_VERDICTS, type Fit, type FitWish, vramNeeded } from '#contracts/model-fit.ts';
import type { MachineFit } from '#contracts/models.ts';
import { estimateTokensPerSecond, microsPerMillionTokens } from '#contracts/token-speed.ts';
import { fitOfModel } from './fit.ts';
import { type ExchangeRate, microsPerHour } from './price.ts';
import type { CatalogueOffer, Model } from './queries.ts';

export function toModelView(model: Model, readyInstances: number, activation: ActivationView): ModelView {
  return {
    id: model.id,
    hf_id: model.hfId,
    name: model.name,
    parameters: model.parameters,
    weights_bytes: model.weightsBytes,
    kv_bytes_per_token: model.kvBytesPerToken,
    vram_bytes_needed: vramNeeded(model),
    disk_bytes_needed: diskNeeded(model),
    context_length: model.contextLength,
    licence: model.licence,
    shape: model.shape,
    engine_args: [...model.engineArgs],
    gguf: model.gguf,
    is_active: model.isActive,
    is_own: model.orgId !== null,
    origin: model.origin,
    version: model.version,
    ready_instances: readyInstances,
    activation,
  };
}

/** What the audit log tells of a model. Its configuration is not repeated there: what follows from it is. */
export function toAuditedModel(model: Model) {
  const { id: _, orgId: __, shape, ...facts } = model;
  return { ...facts, family: shape?.family ?? null, quantisation: shape?.quantisation ?? null };
}

export interface OfferContext {
  readonly usdRate: ExchangeRate;
  readonly enabledProviders: readonly string[];
  /** The model whose fit is asked for. */
  readonly model: Model | undefined;
  /** What providers lack, by provider. */
  readonly missingOf: ReadonlyMap<string, readonly ActivationSide[]>;
  /** By kind of machine. */
  readonly usualStarts: ReadonlyMap<string, UsualStart>;
  /** The most tokens a second that were seen of the model, by kind of machine. */
  readonly speeds: ReadonlyMap<string, number>;
}

export interface UsualStart {
  readonly medianMs: number;
  readonly starts: number;
}

export function toOfferView(offer: CatalogueOffer, context: OfferContext): Offer {
  const price = priceOf(offer);
  const micros = microsPerHour(price, context.usdRate);
  const fit = context.model ? fitOfModel(context.model, offer) : null;
  const start = context.usualStarts.get(offer.instanceTypeId);
  return {
    instance_type_id: offer.instanceTypeId,
    provider: offer.providerId,
    zone: offer.zone,
    instance_type: offer.code,
    gpu_count: offer.gpuCount,
    gpu_kind: offer.gpuKind,
    vram_bytes_per_gpu: offer.vramBytesPerGpu,
    vram_bytes_nominal: offer.vramBytesNominal,
    vram_measured_on: offer.vramMeasuredOn,
    vcpus: offer.vcpus,
    memory_bytes: offer.memoryBytes,
    price: price && { nanos_per_hour: price.nanosPerHour, currency: price.currency, as_of: offer.priceAsOf },
    price_micros_per_hour: micros,
    availability: offer.availability,
    service: offer.service,
    told_at: offer.toldAt?.toISOString() ?? null,
    age_seconds: offer.ageSeconds,
    stale: offer.stale,
    provider_missing: [...(context.missingOf.get(offer.providerId) ?? [])],
    is_enabled: context.enabledProviders.includes(offer.providerId),
    fit,
    usual_start_ms: start ? Math.round(start.medianMs) : null,
    usual_start_of: start?.starts ?? 0,
    speed: fit?.fits ? speedOf(fit, offer, micros, context) : null,
  };
}

function speedOf(
  fit: Fit,
  offer: CatalogueOffer,
  micros: number | null,
  { speeds }: Pick<OfferContext, 'speeds'>,
): OfferSpeed | null {
  const estimated = estimateTokensPerSecond(fit, offer.gpuKind);
  const measured = speeds.get(offer.instanceTypeId) ?? null;
  const best = Math.max(estimated ?? 0, measured ?? 0);
  if (best === 0) return null;
  return {
    estimated_tokens_per_second: estimated,
    measured_tokens_per_second: measured,
    micros_per_million_tokens: microsPerMillionTokens(micros, best),
    basis: best === measured ? 'measured' : 'estimated',
  };
}

/** Offers by kind of machine: what fits first, then what costs least; an unknown price is not a low one. */
export function machineFits(
  model: Model,
  offers: readonly CatalogueOffer[],
  context: Omit<OfferContext, 'model' | 'missingOf' | 'usualStarts' | 'speeds'> & { readonly wish: FitWish },
): MachineFit[] {
  const byType = Map.groupBy(offers, ({ instanceTypeId }) => instanceTypeId);
  const machines = [...byType.values()].flatMap((zones): MachineFit[] => {
    const [type] = zones;
    if (!type) return [];
    const priced = zones.map((offer) => ({
      zone: offer.zone,
      availability: offer.availability,
      price_micros_per_hour: microsPerHour(priceOf(offer), context.usdRate),
    }));
    const prices = priced.flatMap(({ price_micros_per_hour: micros }) => (micros === null ? [] : [micros]));
    return [
      {
        instance_type_id: type.instanceTypeId,
        provider: type.providerId,
        instance_type: type.code,
        gpu_count: type.gpuCount,
        gpu_kind: type.gpuKind,
        vram_bytes_per_gpu: type.vramBytesPerGpu,
        is_enabled: context.enabledProviders.includes(type.providerId),
        price_micros_per_hour: prices.length === 0 ? null : Math.min(...prices),
        zones: priced,
        fit: fitOfModel(model, type, context.wish),
      },
    ];
  });
  const rank = (one: MachineFit) => FIT_VERDICTS.indexOf(one.fit.verdict);
  const price = (one: MachineFit) => one.price_micros_per_hour ?? Number.MAX_SAFE_INTEGER;
  const name = (one: MachineFit) => `${one.provider} ${one.instance_type}`;
  return machines.sort((a, b) => rank(a) - rank(b) || price(a) - price(b) || (name(a) < name(b) ? -1 : 1));
}

/** What the offer asks; null is unknown, never free. */
export function priceOf(offer: CatalogueOffer): { nanosPerHour: number; currency: string } | null {
  if (offer.nanosPerHour === null || offer.currency === null) return null;
  return { nanosPerHour: offer.nanosPerHour, currency: offer.currency };
}
