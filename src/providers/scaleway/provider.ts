import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { Inspection } from '#providers/inspection.ts';
import type {
  CallContext,
  Capabilities,
  CreatePart,
  CreateServer,
  OwnedResource,
  Part,
  PartKind,
  Provider,
  ProviderOffer,
  ResourceKind,
  ResourceRef,
  Server,
  Volume,
} from '#providers/provider.ts';
import { ScalewayClient } from './client.ts';
import type { ScalewayOptions } from './credential.ts';
import { Holdings } from './holdings.ts';
import { inspectAccount } from './inspect.ts';
import { Parts } from './parts.ts';
import { Servers, USER_DATA_BYTES_MAX } from './servers.ts';
import { Volumes } from './volumes.ts';

/**
 * Scaleway's instances, by HTTP alone. Nothing is remembered but the list of types, so it may be built anew after a
 * crash at any instant.
 */
export interface ScalewayProviderOptions extends ScalewayOptions {
  readonly baseUrl: string;
  readonly secretKey: Secret;
  readonly clock: Clock;
  readonly id?: string;
  /** How long a new resource may stay invisible in reads. */
  readonly visibilityWindowMs?: number;
}

const DEFAULT_VISIBILITY_WINDOW_MS = 60_000;

export class ScalewayProvider implements Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly #client: ScalewayClient;
  readonly #servers: Servers;
  readonly #volumes: Volumes;
  readonly #parts: Parts;
  readonly #holdings: Holdings;
  readonly #zones: readonly string[];
  readonly #projectId: string;

  constructor(options: ScalewayProviderOptions) {
    const { baseUrl, secretKey, clock, projectId } = options;
    this.id = options.id ?? 'scaleway';
    this.capabilities = {
      idempotentCreate: 'tag',
      visibilityWindowMs: options.visibilityWindowMs ?? DEFAULT_VISIBILITY_WINDOW_MS,
      tombstones: false,
      volumesOutliveServer: true,
      parts: options.hasDataVolume ? ['security_group', 'address', 'volume'] : ['security_group', 'address'],
      userDataAtEachBoot: true,
      maxUserDataBytes: USER_DATA_BYTES_MAX,
    };
    this.#zones = options.zones;
    this.#projectId = projectId;
    this.#client = new ScalewayClient({ provider: this.id, baseUrl, secretKey, clock });
    this.#volumes = new Volumes(this.#client);
    const common = { client: this.#client, clock, volumes: this.#volumes };
    this.#parts = new Parts({ ...common, projectId });
    this.#servers = new Servers({ ...common, options, parts: this.#parts });
    this.#holdings = new Holdings(this.#client, projectId, this.#volumes);
  }

  createServer(context: CallContext, order: CreateServer): Promise<Server> {
    return this.#servers.create(context, order);
  }

  prepareServer(context: CallContext, ref: ResourceRef, order: CreateServer): Promise<void> {
    return this.#servers.prepare(context, ref, order);
  }

  startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.start(context, ref);
  }

  findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#servers.find(context, ref);
  }

  findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    return this.#holdings.serversByAttempt(context, zone, attempt);
  }

  deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.delete(context, ref);
  }

  rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.reboot(context, ref);
  }

  replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    return this.#servers.replaceUserData(context, ref, userData);
  }

  createPart(context: CallContext, order: CreatePart): Promise<Part> {
    return this.#parts.create(context, order);
  }

  findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    return this.#parts.find(context, kind, ref);
  }

  findPartsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    return this.#holdings.partsByAttempt(context, kind, zone, attempt);
  }

  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    return this.#parts.delete(context, kind, ref);
  }

  renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    return this.#holdings.renewExpiry(context, kind, ref, expiresAtMs);
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return (await this.#volumes.find(context, 'findVolume', ref))?.volume;
  }

  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#volumes.delete(context, 'deleteVolume', ref);
  }

  listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    return this.#holdings.owned(context, installation, zones);
  }

  listOffers(context: CallContext): Promise<ProviderOffer[]> {
    return this.#servers.products.listOffers(context, this.#zones);
  }

  inspect(context: CallContext): Promise<Inspection> {
    const { capabilities } = this;
    return inspectAccount(this.#client, context, {
      capabilities,
      projectId: this.#projectId,
      zones: this.#zones,
    });
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}
