import type { ActivationSide } from '#contracts/activation.ts';
import type { KeyScope, Priority } from '#contracts/api-keys.ts';
import { tunnelledInstance } from '#contracts/tunnel.ts';
import type { InstanceId, ModelId, OrgId, UserId } from '#kernel/ids.ts';
import { type Limits, NO_LIMITS } from './limits/limits.ts';
import { Market, type MarketRows, NO_MARKET } from './market.ts';

/** A key that may speak now, found by the hash of its whole text. */
export interface SnapshotKey {
  readonly id: string;
  readonly orgId: OrgId;
  readonly userId: UserId;
  /** What its use is grouped by. */
  readonly projectId?: string | null;
  readonly tokenHash: string;
  readonly expiresAtMs: number | null;
  readonly scopes: readonly KeyScope[];
  /** Models that it may call, by id or Hugging Face name; null is all of its organisation. */
  readonly models: readonly string[] | null;
  readonly limits: Limits;
  readonly priorityMax: Priority;
  /** Its requests wait for a model that is starting, without being asked to. */
  readonly waitsForStart: boolean;
  /** Millionths of a euro that it may use up; absent is no budget. */
  readonly budget?: KeyBudget;
  /** Why it is refused although it is neither revoked nor expired. */
  readonly block?: KeyBlock | null;
}

export type KeyBlock =
  | { readonly kind: 'activation'; readonly missing: readonly ActivationSide[] }
  | { readonly kind: 'suspended' };

/** By days and months of UTC, and for good; null is none. */
export interface KeyBudget {
  readonly dayMicros: number | null;
  readonly monthMicros: number | null;
  readonly totalMicros: number | null;
}

export function hasBudget({ budget }: SnapshotKey): boolean {
  return (
    budget !== undefined &&
    (budget.dayMicros !== null || budget.monthMicros !== null || budget.totalMicros !== null)
  );
}

/** What an organisation has of a model and may not use: the model itself, or instances of it, lack an activation. */
export interface UnactivatedModel {
  readonly orgId: OrgId;
  readonly modelId: ModelId;
  readonly kind: 'model' | 'instance';
  readonly missing: readonly ActivationSide[];
}

/** An organisation that is limited at all. */
export interface SnapshotOrganisation extends Limits {
  readonly orgId: OrgId;
}

export interface SnapshotModel {
  readonly id: ModelId;
  readonly hfId: string;
  /** Whose own it is; null or absent is everybody's. */
  readonly orgId?: OrgId | null;
}

/** A ready instance: where its data port is, and the epoch that its data token is bound to. */
export interface ServingWorker {
  readonly instanceId: InstanceId;
  readonly orgId: OrgId;
  readonly modelId: ModelId;
  readonly hfId: string;
  readonly address: string;
  readonly dataPort: number;
  readonly epoch: number;
  /** Time since its last heartbeat when the snapshot was read. */
  readonly silentMs: number;
  /** Of the model; null when the catalogue does not know. */
  readonly parameters?: number | null;
  /** What its engine told last. */
  readonly engine?: EngineReport;
}

/** A worker that is reached through a tunnel: who may dial in for it. */
export interface TunnelWorker {
  readonly instanceId: InstanceId;
  readonly epoch: number;
  /** Of its present token, and of the next one while both work. */
  readonly tokenHashes: readonly string[];
}

/** An engine's own figures, as its agent reports them with heartbeats; null is unknown. */
export interface EngineReport {
  /** When it was told, in the database's time: tells one report from the next. */
  readonly atMs: number;
  readonly running: number | null;
  readonly waiting: number | null;
  /** Used share of the KV cache. */
  readonly kvRatio: number | null;
  /** Size of the KV cache. */
  readonly kvTokens: number | null;
}

/** A model that an organisation has on its way: instances are starting, none need be ready. */
export interface AwaitedModel {
  readonly orgId: OrgId;
  readonly modelId: ModelId;
  /** When the first of them is usually ready, from the moment of reading; null when no start tells. */
  readonly readyInMs: number | null;
  /** One of them is on its way; else they are there and silent. */
  readonly isStarting: boolean;
}

export interface SnapshotRows {
  readonly keys: readonly SnapshotKey[];
  readonly organisations: readonly SnapshotOrganisation[];
  readonly models: readonly SnapshotModel[];
  readonly workers: readonly ServingWorker[];
  readonly awaited: readonly AwaitedModel[];
  /** What organisations offer each other. */
  readonly market?: MarketRows;
  readonly unactivated?: readonly UnactivatedModel[];
  readonly tunnels?: readonly TunnelWorker[];
}

export interface SilenceLimits {
  /** Silence after which a worker gets no more requests. */
  readonly unroutedAfterMs: number;
  /** Silence after which its model is no longer listed: a short gap must not make a model vanish from menus. */
  readonly unlistedAfterMs: number;
}

/** A worker is never judged by its silence: the database, through which it speaks, was away. */
export const NO_SILENCE_LIMITS: SilenceLimits = {
  unroutedAfterMs: Number.POSITIVE_INFINITY,
  unlistedAfterMs: Number.POSITIVE_INFINITY,
};

/** Whether this process has a tunnel to a worker; without one it cannot be asked here. */
export type HasTunnel = (instanceId: string) => boolean;

const NO_TUNNELS: HasTunnel = () => false;
const NO_WORKERS: readonly ServingWorker[] = [];

/**
 * What the gateway knows without asking the database: who may speak, which models there are, who serves them.
 * Immutable; a newer one replaces it whole. Tenants never mix: workers are found by organisation and model together.
 */
export class Snapshot {
  /** What the caller may use of other organisations. */
  readonly market: Market;
  readonly #keysByHash: ReadonlyMap<string, SnapshotKey>;
  readonly #keysById: ReadonlyMap<string, SnapshotKey>;
  readonly #modelsByName: ReadonlyMap<string, SnapshotModel>;
  /** By organisation, then by model. */
  readonly #workersByPlace: ReadonlyMap<OrgId, ReadonlyMap<ModelId, readonly ServingWorker[]>>;
  readonly #workersById: ReadonlyMap<string, ServingWorker>;
  readonly #listedByOrg: ReadonlyMap<string, readonly SnapshotModel[]>;
  readonly #awaited: ReadonlyMap<string, AwaitedModel>;
  readonly #limitsByOrg: ReadonlyMap<string, Limits>;
  /** Ids of keys that may use up only so much. */
  readonly budgetedKeys: ReadonlySet<string>;
  readonly #unactivated: ReadonlyMap<string, UnactivatedModel>;
  readonly #tunnels: ReadonlyMap<string, TunnelWorker>;
  /** Workers that are reached through tunnels, and would serve. */
  readonly tunnelledIds: readonly string[];

  constructor(rows: SnapshotRows, limits: SilenceLimits, hasTunnel: HasTunnel = NO_TUNNELS) {
    this.#keysByHash = new Map(rows.keys.map((key) => [key.tokenHash, key]));
    this.#keysById = new Map(rows.keys.map((key) => [key.id, key]));
    this.budgetedKeys = new Set(rows.keys.filter(hasBudget).map((key) => key.id));
    const modelsById = new Map(rows.models.map((model) => [model.id, model]));
    // Two organisations may each have a model of one name, and mean their own by it.
    this.#modelsByName = new Map(
      rows.models.flatMap((model): [string, SnapshotModel][] => [
        [model.id, model],
        [model.orgId ? place(model.orgId, model.hfId) : model.hfId, model],
      ]),
    );
    const { unactivated = [] } = rows;
    // Of a model that lacks an activation itself nothing is served, whatever its instances have.
    this.#unactivated = new Map(
      [...unactivated]
        .sort((a, b) => Number(a.kind === 'model') - Number(b.kind === 'model'))
        .map((one) => [place(one.orgId, one.modelId), one]),
    );
    const workers = rows.workers.filter(
      (worker) => this.#unactivated.get(place(worker.orgId, worker.modelId))?.kind !== 'model',
    );
    this.#workersById = new Map(rows.workers.map((worker) => [worker.instanceId, worker]));
    this.#tunnels = new Map((rows.tunnels ?? []).map((worker) => [worker.instanceId, worker]));
    this.tunnelledIds = workers
      .filter(({ silentMs }) => silentMs <= limits.unroutedAfterMs)
      .flatMap(({ address }) => tunnelledInstance(address) ?? []);
    const routed = workers.filter(({ silentMs, address }) => {
      const tunnelled = tunnelledInstance(address);
      return silentMs <= limits.unroutedAfterMs && (tunnelled === undefined || hasTunnel(tunnelled));
    });
    this.#workersByPlace = new Map(
      [...Map.groupBy(routed, (worker) => worker.orgId)].map(([orgId, own]) => [
        orgId,
        Map.groupBy(own, (worker) => worker.modelId),
      ]),
    );
    const listed = Map.groupBy(
      workers.filter((worker) => worker.silentMs <= limits.unlistedAfterMs),
      (worker) => worker.orgId,
    );
    this.#listedByOrg = new Map(
      [...listed].map(([orgId, workers]) => [
        orgId,
        [...new Set(workers.map((worker) => worker.modelId))]
          .flatMap((id) => modelsById.get(id) ?? [])
          .sort((a, b) => (a.hfId < b.hfId ? -1 : 1)),
      ]),
    );
    this.#awaited = new Map(rows.awaited.map((model) => [place(model.orgId, model.modelId), model]));
    this.#limitsByOrg = new Map(rows.organisations.map((row) => [row.orgId, row]));
    this.market = new Market(rows.market ?? NO_MARKET);
  }

  static empty(): Snapshot {
    return new Snapshot(
      { keys: [], organisations: [], models: [], workers: [], awaited: [] },
      NO_SILENCE_LIMITS,
    );
  }

  findKey(tokenHash: string): SnapshotKey | undefined {
    return this.#keysByHash.get(tokenHash);
  }

  findKeyById(id: string): SnapshotKey | undefined {
    return this.#keysById.get(id);
  }

  /** Of all keys and people of the organisation together. */
  limitsOf(orgId: OrgId): Limits {
    return this.#limitsByOrg.get(orgId) ?? NO_LIMITS;
  }

  /**
   * By Hugging Face id or by our id. Of two with one name it is the organisation's own, unless only the other is
   * served: what worked yesterday does not stop because somebody made a model of that name.
   */
  findModel(name: string, orgId?: OrgId): SnapshotModel | undefined {
    const common = this.#modelsByName.get(name);
    const own = orgId && this.#modelsByName.get(place(orgId, name));
    if (!own || !common) return own ?? common;
    const isServed = this.workersFor(orgId, own.id).length > 0 || this.isAwaited(orgId, own.id);
    return isServed ? own : common;
  }

  /** Workers of this organisation that serve the model now. */
  workersFor(orgId: OrgId, modelId: ModelId): readonly ServingWorker[] {
    return this.#workersByPlace.get(orgId)?.get(modelId) ?? NO_WORKERS;
  }

  /** What keeps a model from being served although the organisation has it; undefined when nothing does. */
  unactivated(orgId: OrgId, modelId: ModelId): UnactivatedModel | undefined {
    const one = this.#unactivated.get(place(orgId, modelId));
    // One instance that may serve is enough.
    return one?.kind === 'instance' && this.isAwaited(orgId, modelId) ? undefined : one;
  }

  findWorker(instanceId: string): ServingWorker | undefined {
    return this.#workersById.get(instanceId);
  }

  /** Who may dial in as this instance; undefined when nobody may. */
  findTunnelWorker(instanceId: string): TunnelWorker | undefined {
    return this.#tunnels.get(instanceId);
  }

  /** Models that this organisation can call now, by name. */
  listedFor(orgId: OrgId): readonly SnapshotModel[] {
    return this.#listedByOrg.get(orgId) ?? [];
  }

  /** Time from the reading until an instance on its way is usually ready; undefined when none is or nobody knows. */
  readyInMs(orgId: OrgId, modelId: ModelId): number | undefined {
    return this.#awaited.get(place(orgId, modelId))?.readyInMs ?? undefined;
  }

  isStarting(orgId: OrgId, modelId: ModelId): boolean {
    return this.#awaited.get(place(orgId, modelId))?.isStarting ?? false;
  }

  /** True when instances of the model are on their way, or are there but silent for a moment. */
  isAwaited(orgId: OrgId, modelId: ModelId): boolean {
    return this.#awaited.has(place(orgId, modelId)) || this.#isListed(orgId, modelId);
  }

  /** True when the model serves but for a moment of silence, or an instance on its way is usually ready by then. */
  isSoonServed(orgId: OrgId, modelId: ModelId, withinMs: number): boolean {
    return this.#isListed(orgId, modelId) || (this.readyInMs(orgId, modelId) ?? Infinity) <= withinMs;
  }

  #isListed(orgId: OrgId, modelId: ModelId): boolean {
    return this.listedFor(orgId).some((model) => model.id === modelId);
  }
}

function place(orgId: OrgId, model: string): string {
  return `${orgId} ${model}`;
}
