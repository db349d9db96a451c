import type { CatalogueProvider, CatalogueSyncView } from '#contracts/catalogue-sync.ts';
import type { ModelShape } from '#contracts/model-shape.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceTypeId, ModelId, OrgId } from '#kernel/ids.ts';
import { type ModelScope, selectConfig, selectModel, selectModels } from './model-store.ts';
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
  readonly isActive: boolean;
  /** Whose word its facts are. */
  readonly origin: 'seed' | 'person';
  readonly version: number;
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
  readonly vramBytesPerGpu: number;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly arch: string;
  readonly scratchBytesMax: number;
  /** Null is unknown, never free. */
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly priceAsOf: string | null;
  readonly availability: 'available' | 'scarce' | 'shortage' | 'unknown';
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
}

/** What can be rented now, cheapest first, unknown prices last. */
export async function listOffers(db: Queryable, filter: OfferFilter = {}): Promise<CatalogueOffer[]> {
  return selectOffers(db, filter);
}

/** Undefined when the catalogue does not know it. */
export async function findOffer(
  db: Queryable,
  wanted: { readonly provider: string; readonly type: string; readonly zone: string },
): Promise<CatalogueOffer | undefined> {
  return selectOffer(db, wanted);
}

/** The type by its id or the provider's name. @throws catalogue.type_not_found, catalogue.type_unavailable */
export async function getOffer(
  db: Queryable,
  wanted: { readonly provider: string; readonly type: string; readonly zone: string },
): Promise<CatalogueOffer> {
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
