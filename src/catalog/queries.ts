import type { CatalogueProvider, CatalogueSyncView } from '#contracts/catalogue-sync.ts';
import type { ModelShape } from '#contracts/model-shape.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceTypeId, ModelId, OrgId } from '#kernel/ids.ts';
import { type ModelScope, selectConfig, selectModel, selectModels } from './model-store.ts';
import { type PriceFilter, type PriceRow, selectPrices } from './offer-store.ts';
import { existsProvider, selectInstanceType, selectOffer, selectOffers } from './store.ts';
import { findCatalogueSync, selectFreshness } from './sync-store.ts';

export type { ModelScope };

export interface Model {
  readonly id: ModelId;
  /** Null: everybody's. */
  readonly orgId: OrgId | null;
  readonly hfId: string;
  readonly name: string;
  readonly parameters: number | null;
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
  readonly licence: string | null;
  /** Null is unknown. */
  readonly shape: ModelShape | null;
  readonly engineArgs: readonly string[];
  /** Null: vLLM fetches and serves it by its name. */
  readonly gguf: GgufFile | null;
  readonly isActive: boolean;
  /** Whose word its facts are. */
  readonly origin: 'seed' | 'person';
  readonly version: number;
}

/** The one file that is a model. */
export interface GgufFile {
  readonly source: string;
  readonly sha256: string | null;
}

/** A machine that can be rented in a zone. */
export interface CatalogueOffer {
  readonly instanceTypeId: InstanceTypeId;
  readonly providerId: string;
  readonly zone: string;
  /** The provider's own name of the type. */
  readonly code: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  /** What may be counted on: as measured, where machines of the type have been measured. */
  readonly vramBytesPerGpu: number;
  readonly vramBytesNominal: number;
  /** On how many machines it was measured; 0: it is what is sold, or what a person wrote. */
  readonly vramMeasuredOn: number;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly arch: string;
  readonly scratchBytesMax: number;
  /** Null is unknown, never free. */
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly priceAsOf: string | null;
  readonly availability: 'available' | 'scarce' | 'shortage' | 'unknown';
  /** Whether its provider goes on selling it. */
  readonly service: 'offered' | 'ending' | 'unlisted';
  /** When its availability was told, and how long ago; null when nobody told. */
  readonly toldAt: Date | null;
  readonly ageSeconds: number | null;
  /** Why it may not be so any more: the provider was not asked for long, or did not answer. */
  readonly stale: 'late' | 'failed' | null;
  /** False when the type or its zone was switched off: it is not offered, but what runs there still is known. */
  readonly isActive: boolean;
}

export interface ModelSelection {
  readonly includeInactive?: boolean;
  /** Those of the whole installation only. */
  readonly onlyCommon?: boolean;
  readonly limit?: number;
  /** Begin after the model of this name and id. */
  readonly after?: { readonly name: string; readonly id: string } | undefined;
}

/** The models of the catalogue by name; all of them unless limited, inactive ones only when asked for. */
export async function listModels(
  db: Queryable,
  scope: ModelScope,
  selection: ModelSelection = {},
): Promise<Model[]> {
  return selectModels(db, scope, selection);
}

/** @throws model.not_found */
export async function getModel(db: Queryable, scope: ModelScope, idOrHfId: string): Promise<Model> {
  const model = await selectModel(db, scope, idOrHfId);
  if (!model) throw new AppError('model.not_found');
  return model;
}

/** By its id alone. */
export async function isKnownModel(db: Queryable, scope: ModelScope, id: string): Promise<boolean> {
  return (await selectModel(db, scope, id))?.id === id;
}

/** `config.json` as it was posted; null when there is none. */
export async function getModelConfig(db: Queryable, scope: ModelScope, id: ModelId): Promise<unknown> {
  return selectConfig(db, scope, id);
}

/** Whether the catalogue knows this provider. */
export async function isKnownProvider(db: Queryable, id: string): Promise<boolean> {
  return existsProvider(db, id);
}

export interface OfferFilter {
  readonly provider?: string | undefined;
  readonly zone?: string | undefined;
  /** Zones of its own are listed too; without it those of everybody alone. */
  readonly orgId?: OrgId | undefined;
  /** Those that their providers give up, or list no more, too. */
  readonly includesEnded?: boolean | undefined;
}

export interface WantedOffer {
  readonly provider: string;
  /** Its id or the provider's name of it. */
  readonly type: string;
  readonly zone: string;
  /** Who asks: zones of other organisations are not there for them. Undefined: whoever made the order. */
  readonly orgId?: OrgId | undefined;
}

/** What can be rented now, cheapest first, unknown prices last. */
export async function listOffers(db: Queryable, filter: OfferFilter = {}): Promise<CatalogueOffer[]> {
  return selectOffers(db, filter);
}

/** Prices that were seen, the newest first. */
export async function listPrices(db: Queryable, filter: PriceFilter): Promise<PriceRow[]> {
  return selectPrices(db, filter);
}

/** Undefined when the catalogue does not know it. */
export async function findOffer(db: Queryable, wanted: WantedOffer): Promise<CatalogueOffer | undefined> {
  return selectOffer(db, wanted);
}

/** The type by its id or the provider's name. @throws catalogue.type_not_found, catalogue.type_unavailable */
export async function getOffer(db: Queryable, wanted: WantedOffer): Promise<CatalogueOffer> {
  const offer = await selectOffer(db, wanted);
  if (offer) return offer;
  if (!(await selectInstanceType(db, wanted.provider, wanted.type))) {
    throw new AppError('catalogue.type_not_found');
  }
  throw new AppError('catalogue.type_unavailable');
}

/** @throws catalogue.sync_not_found */
export async function getCatalogueSync(db: Queryable, id: string): Promise<CatalogueSyncView> {
  const sync = await findCatalogueSync(db, id);
  if (!sync) throw new AppError('catalogue.sync_not_found');
  const { provider_id, requested_at, ended_at, ...rest } = sync;
  return {
    ...rest,
    provider: provider_id,
    requested_at: requested_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
  };
}

/** What is offered by whom, and how old it is. */
export async function listCatalogueProviders(
  db: Queryable,
  enabledProviders: readonly string[],
): Promise<CatalogueProvider[]> {
  const rows = await selectFreshness(db);
  return rows.map((row) => ({
    ...row,
    is_enabled: enabledProviders.includes(row.provider),
    synced_at: row.synced_at?.toISOString() ?? null,
  }));
}
